"""Publishing on Threads: containers, the quotas of a day, replies, reposts, deletion.

How a full quota is answered is not documented: here with code 9 and a text about the limit.
https://developers.facebook.com/docs/threads/reference/publishing
"""

import re
from typing import Any

from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Grant, random_hex
from openchannels.sandbox.http import Reply, Request
from openchannels.sandbox.media_fetcher import FetchedFile
from openchannels.sandbox.platforms.meta.containers import (
    DAY,
    ERROR,
    EXPIRED,
    FINISHED,
    PUBLISHED,
    Container,
    Containers,
)
from openchannels.sandbox.platforms.meta.graph import (
    GraphError,
    read_list,
    refusal,
    structure,
)
from openchannels.sandbox.platforms.meta.locations import PLACES, SEARCHES, Locations
from openchannels.sandbox.platforms.meta.threads_insights import QUOTED, REPOSTED
from openchannels.sandbox.platforms.meta.threads_posts import IDS
from openchannels.sandbox.platforms.meta.threads_replies import ThreadsReplies

POSTS, REPLIES, DELETIONS = 250, 1000, 100
MOST_TEXT, MOST_LINKS = 500, 5
_DELETION = "threads deletion"
_COUNTED = {"reposted_post": REPOSTED, "quoted_post": QUOTED}
"""What posts have of those that show them."""
_KINDS = {
    "TEXT": "TEXT_POST", "IMAGE": "IMAGE", "VIDEO": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM",
}  # fmt: skip
_AUDIENCES = (
    "", "everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only",
    "followers_only",
)  # fmt: skip
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u200d\ufe0f\U00010000-\U0010ffff]")
_LINK = re.compile(r"https?://[^\s]+")
_TAG = re.compile(r"(?<!\w)#([^\s.&@!?,;:#]*[^\s.&@!?,;:#\d][^\s.&@!?,;:#]*)")


def problem_of(wanted: str, file: FetchedFile) -> str:
    """What is wrong with a file that was pulled; empty if nothing is."""
    if not file.is_there:
        return "FAILED_DOWNLOADING_VIDEO"
    is_image = file.mime_type.startswith("image/")
    return "FAILED_PROCESSING_VIDEO" if wanted == "video" and is_image else ""


class ThreadsPublishing:
    """What persons prepare and publish."""

    def __init__(self, context: Context, locations: Locations, replies: ThreadsReplies) -> None:
        self._context = context
        self._containers = Containers(context, "threads", problem_of)
        self._locations = locations
        self._replies = replies

    def container(self, person: str, identifier: str, now: float) -> dict[str, Any] | None:
        """The node of a person's container, or None."""
        found = self._containers.find(Creator("threads", person), identifier, now)
        if found is None:
            return None
        state = found.state(now)
        node = {"id": identifier, "status": state}
        return node | ({"error_message": found.problem} if state == ERROR else {})

    def create(self, request: Request, person: str, grant: Grant) -> Reply:
        """A container, or with `auto_publish_text` a post. Raises GraphError."""
        owner, kind = Creator("threads", person), request.parameter("media_type")
        if kind not in _KINDS:
            raise refusal("100", "(#100) Param media_type must be one of TEXT, IMAGE, VIDEO")
        child = _flag(request, "is_carousel_item")
        if child and kind not in ("IMAGE", "VIDEO"):
            raise refusal("100", "(#100) Only images and videos may be carousel items")
        post = self._post(request, grant, kind) | {"child": child}
        if kind == "CAROUSEL":
            post["children"] = self._children(request, owner)
        container = self._containers.add(owner, post, self._files(request, kind), request.now)
        if not _flag(request, "auto_publish_text"):
            return Reply.json({"id": container.id})
        if kind != "TEXT":
            raise refusal("100", "(#100) auto_publish_text is for text posts only")
        return self._published(owner, container, request.now)

    def _post(self, request: Request, grant: Grant, kind: str) -> dict[str, Any]:
        """What the post will be. Raises GraphError for parameters that do not fit."""
        get = request.parameter
        text, link, tag = get("text"), get("link_attachment"), get("topic_tag")
        _check_text(text, link)
        if kind == "TEXT" and not text:
            raise refusal("100", "(#100) The parameter text is required")
        only_text = link or structure(request, "poll_attachment") is not None
        if kind != "TEXT" and only_text:
            raise refusal("100", "(#100) The attachment is for text posts only")
        if get("alt_text") and (kind not in ("IMAGE", "VIDEO") or len(get("alt_text")) > 1000):
            raise refusal("100", "(#100) Invalid parameter alt_text")
        if get("reply_control") not in _AUDIENCES:
            raise refusal("100", "(#100) Invalid parameter reply_control")
        if tag and (len(tag) > 50 or re.search("[.&]", tag)):
            raise refusal("100", "(#100) Invalid parameter topic_tag")
        countries = read_list(",".join(_values(request, "allowlisted_country_codes")))
        if any(not re.fullmatch("[A-Z]{2}", one) for one in countries):
            raise refusal("100", "(#100) Invalid parameter allowlisted_country_codes")
        found = _TAG.search(text)
        return {
            "title": text,
            "media_type": _KINDS[kind],
            "alt_text": get("alt_text"),
            "link_attachment_url": link,
            "topic_tag": tag or (found[1] if found else ""),
            "reply_audience": get("reply_control").upper(),
            "allowlisted_country_codes": countries or None,
            "is_quote_post": bool(get("quote_post_id")),
            "quoted_post": {"id": get("quote_post_id")} if get("quote_post_id") else None,
            **self._place(request, grant),
            **self._target(request, grant),
        }

    def _place(self, request: Request, grant: Grant) -> dict[str, Any]:
        identifier = request.parameter("location_id")
        if not identifier:
            return {}
        if "threads_location_tagging" not in grant.scopes:
            what = "This action requires the threads_location_tagging permission."
            raise GraphError(10, what, http=403)
        place = next((one for one in PLACES if one.id == identifier), None)
        if place is None:
            raise refusal("100", "(#100) Invalid parameter location_id")
        return {"location_id": identifier, "location": place.node()}

    def _target(self, request: Request, grant: Grant) -> dict[str, Any]:
        """What is replied to: an own post or a reply below it, or any other with a scope."""
        identifier = request.parameter("reply_to_id")
        if not identifier:
            return {}
        reply = self._replies.find(grant.person, identifier)
        own = reply is not None or self._replies.post(grant.person, identifier) is not None
        others = {"threads_keyword_search", "threads_manage_mentions"}
        needed = {"threads_manage_replies"} if own else others
        if not needed & set(grant.scopes):
            raise GraphError(10, f"This action requires the {min(needed)} permission.", http=403)
        root = reply["work"] if reply else identifier
        return {"replied_to": {"id": identifier}, "root_post": {"id": root}}

    def _children(self, request: Request, owner: Creator) -> list[dict[str, Any]]:
        ids = read_list(",".join(_values(request, "children")))
        if not 2 <= len(ids) <= 20:
            raise refusal("100", "(#100) A carousel needs 2 to 20 children")
        children = []
        for one in ids:
            found = self._containers.find(owner, one, request.now)
            if found is None or not found.post["child"] or found.state(request.now) != FINISHED:
                raise refusal("24/4279009", "Media Not Found")
            alt_text = found.post["alt_text"]
            children.append(
                {"id": one, "media_type": found.post["media_type"]}
                | ({"alt_text": alt_text} if alt_text else {})
            )
        return children

    def _files(self, request: Request, kind: str) -> dict[str, str]:
        """The files that the container pulls; an image was fetched before the call is answered."""
        if kind not in ("IMAGE", "VIDEO"):
            return {}
        address = request.parameter(f"{kind.lower()}_url")
        if not address:
            raise refusal("100", f"(#100) The parameter {kind.lower()}_url is required")
        if kind == "VIDEO":
            return {address: "video"}
        found = self._context.media.result(address)
        if found is None or not found.is_there:
            raise refusal("9004/2207052", "The media could not be fetched from this URI.")
        if found.size > 8 << 20 or found.mime_type.startswith("video/"):
            raise refusal("100", "(#100) The image is too large or none")
        return {}

    def publish(self, request: Request, person: str) -> Reply:
        """Publish a container, which makes it visible. Raises GraphError."""
        owner = Creator("threads", person)
        container = self._containers.find(owner, request.parameter("creation_id"), request.now)
        state = container.state(request.now) if container else EXPIRED
        if container is None or state == EXPIRED or container.post["child"]:
            raise refusal("24", "The requested resource does not exist")
        if state == PUBLISHED:
            raise refusal("100", "(#100) The container was already published")
        if state != FINISHED:
            raise refusal("24/4279009", "Media Not Found")
        return self._published(owner, container, request.now)

    def _published(self, owner: Creator, container: Container, now: float) -> Reply:
        conduct, reply = self._context.conducts.of("threads"), "replied_to" in container.post
        usage = self._usage(owner.person, now)["reply_" if reply else ""]
        if usage[0] >= usage[1]:
            raise refusal("9", "(#9) The limit of posts within 24 hours is reached")
        if conduct.reject:
            raise refusal(conduct.reject)
        if reply:
            identifier = self._replies.publish(owner.person, container.post, now)
        else:
            identifier = self._publish(owner, container.post, now)
        self._containers.publish(container, identifier, now)
        return Reply.json({"id": identifier})

    def _usage(self, person: str, now: float) -> dict[str, tuple[int, int]]:
        """Used and total of each quota by the prefix of its fields."""
        owner, cap = Creator("threads", person), self._context.conducts.of("threads").daily_cap
        made = [one for one in self._containers.of_owner(owner, now - DAY) if one.media]
        recent = [one for one in made if one.published > now - DAY]
        replies = sum("replied_to" in one.post for one in recent)
        deletions = self._context.documents.of_owner(_DELETION, owner.key).values()
        return {
            "": (len(recent) - replies, POSTS if cap is None else cap),
            "reply_": (replies, REPLIES),
            "delete_": (sum(one["at"] > now - DAY for one in deletions), DELETIONS),
            "location_search_": (self._locations.used(person, now), SEARCHES),
        }

    def limit(self, person: str, names: list[str], now: float) -> dict[str, Any]:
        """The requested fields of the quotas. Raises GraphError for unknown ones."""
        row: dict[str, Any] = {}
        for prefix, (used, total) in self._usage(person, now).items():
            row[f"{prefix}quota_usage"] = used
            row[f"{prefix}config"] = {"quota_total": total, "quota_duration": DAY}
        for name in names:
            if name not in row:
                raise refusal("100", f"(#100) Tried accessing nonexisting field ({name})")
        return {"data": [{name: row[name] for name in names}]}

    def repost(self, work: Work, now: float) -> Reply:
        """Repost a post, once; a repeated call finds the first repost, `mara`'s is refused."""
        series, identifier = self._context.dataset.series(work.owner), IDS.id_of(work)
        for one in series.posts():
            if one.post and one.post.get("reposted_post") == {"id": identifier}:
                if work.owner.person == "mara":
                    raise refusal("100", "(#100) The post was already reposted")
                return Reply.json({"id": IDS.id_of(one)})
        post = {
            "title": "",
            "media_type": "REPOST_FACADE",
            "link_attachment_url": "",
            "reposted_post": {"id": identifier},
        }
        return Reply.json({"id": self._publish(work.owner, post, now)})

    def _publish(self, owner: Creator, post: dict[str, Any], now: float) -> str:
        """Publish a post, and count it at the post that it repeats or quotes; returns its id."""
        identifier = IDS.id_of(self._context.dataset.series(owner).publish_post(post, now))
        for field, counted in _COUNTED.items():
            shown = self._replies.post(owner.person, (post.get(field) or {}).get("id", ""))
            if shown is not None:
                self._context.tallies.add(shown.place, counted, identifier, now)
        return identifier

    def remove(self, person: str, identifier: str, now: float) -> Reply:
        """Delete a post or reply. Raises GraphError."""
        owner = Creator("threads", person)
        used, total = self._usage(person, now)["delete_"]
        if used >= total:
            raise refusal("9", "(#9) The limit of deletions within 24 hours is reached")
        series = self._context.dataset.series(owner)
        if not series.delete([identifier], lambda one: IDS.index_of(owner, one)):
            self._replies.delete(person, identifier)
        self._context.documents.put(_DELETION, random_hex(), {"at": now}, owner.key)
        return Reply.json({"success": True, "deleted_id": identifier})


def _flag(request: Request, name: str) -> bool:
    return request.parameter(name).lower() in ("true", "1")


def _values(request: Request, name: str) -> list[str]:
    return request.query.values(name) or request.form.values(name)


def _check_text(text: str, link: str) -> None:
    """An emoji counts as many characters as it has bytes."""
    length = len(_EMOJI.sub("", text)) + sum(len(one.encode()) for one in _EMOJI.findall(text))
    if length > MOST_TEXT:
        raise refusal("100", f"(#100) Param text must be at most {MOST_TEXT} characters long.")
    if len({*_LINK.findall(text), *filter(None, [link])}) > MOST_LINKS:
        raise refusal("100", "THREADS_API__LINK_LIMIT_EXCEEDED")
