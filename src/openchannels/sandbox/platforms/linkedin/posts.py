"""LinkedIn: the posts of organizations and their images.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from typing import Any

from openchannels.sandbox.dataset import Creator, Dataset, Work
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal, letters
from openchannels.sandbox.images import cover
from openchannels.sandbox.platforms.linkedin.counts import COMMENTS, REACTIONS, TOP_LEVEL
from openchannels.sandbox.platforms.linkedin.pages import (
    RequireToken,
    error_reply,
    member_id,
    organization,
    organizations_of,
    paging,
    parse_list,
)
from openchannels.sandbox.work_ids import DecimalIds

DEFAULT_PAGE, MOST_PER_PAGE = 10, 100
_API = "api.linkedin.com"
_IDS = DecimalIds(7_000_000_000_000_000_000, bits=60)
_CONTENT = ("image", "text", "multiImage", "video", "article", "image", "document", "poll")
_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,25}")
_POSTING_ROLES = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")


def post_urn(work: Work) -> str:
    """`urn:li:share:...`, every third `urn:li:ugcPost:...`, as are videos that calls posted."""
    if work.post is not None:
        medium = work.post["content"].get("media", {}).get("id", "")
        kind = "ugcPost" if medium.startswith("urn:li:video:") else "share"
        return f"urn:li:{kind}:{_IDS.id_of(work)}"
    return f"urn:li:{'ugcPost' if work.index % 3 == 2 else 'share'}:{_IDS.id_of(work)}"


def post_index(owner: Creator, urn: str) -> int | None:
    """The index of a post by its URN, or None if it is not of this owner."""
    return _IDS.index_of(owner, urn.rpartition(":")[2])


class Posts:
    """The calls about posts."""

    def __init__(self, dataset: Dataset, require_token: RequireToken) -> None:
        self._dataset = dataset
        self._require_token = require_token

    def routes(self) -> list[Route]:
        """Posts, reactions, and the parts posts are made of."""
        return [
            Route("GET", _API, "/rest/posts", self.posts),
            Route("GET", _API, "/rest/posts/{urn}", self.post),
            Route("GET", _API, "/rest/socialMetadata", self.social_metadata),
            Route("GET", _API, "/rest/images", self.images),
            Route("GET", _API, "/rest/videos", self.videos),
            Route("GET", "media.licdn.com", "/dms/image/{file}", cover),
        ]

    def posts(self, request: Request) -> Reply:
        """Posts of an organization by offset; those of a member are not available."""
        token = self._require_token(request, "r_organization_social")
        query = request.query
        author = query.get("author")
        method = request.headers.get("x-restli-method", "finder").lower()
        if query.get("q") != "author" or method != "finder":
            return error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "q=author by the FINDER method")
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if start is None or start < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(400, "ILLEGAL_ARGUMENT", "start or count")
        one = organization(token.grant.person, author)
        if one is None or one.role not in _POSTING_ROLES:
            message = "Not enough permissions to access: partnerApiPosts.FINDER-author.20260901"
            return error_reply(403, "ACCESS_DENIED", message)
        series = self._dataset.series(one.creator)
        works = series.slice(start, count)
        where = paging(request, start, count, start + len(works) < series.total)
        return Reply.json({"paging": where, "elements": [_post(w, one.urn) for w in works]})

    def post(self, request: Request) -> Reply:
        """One post of an organization that the member may post for."""
        token = self._require_token(request, "r_organization_social")
        urn = request.params["urn"]
        if not _URN.fullmatch(urn):
            return error_reply(400, "INVALID_URN_TYPE", f"Invalid URN: {urn}")
        if request.query.get("viewContext", "READER") not in ("AUTHOR", "READER"):
            return error_reply(400, "ILLEGAL_ARGUMENT", "viewContext")
        for one in organizations_of(token.grant.person):
            work = self._dataset.series(one.creator).work_at(post_index(one.creator, urn))
            if work is None or post_urn(work) != urn:
                continue
            if one.role not in _POSTING_ROLES:
                message = "Not enough permissions to access: partnerApiPosts.GET.20260901"
                return error_reply(403, "ACCESS_DENIED", message)
            return Reply.json(_post(work, one.urn))
        return error_reply(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}")

    def social_metadata(self, request: Request) -> Reply:
        """Reactions and comments of posts, for roles that may not read the statistics."""
        token = self._require_token(request, "r_organization_social", "r_organization_social_feed")
        results = {}
        for urn in parse_list(request.query, "ids"):
            work = self._work(token.grant.person, urn)
            if work is not None:
                like = {"reactionType": "LIKE", "count": REACTIONS.at(work, request.now)}
                comments = COMMENTS.at(work, request.now)
                results[urn] = {
                    "reactionSummaries": {"LIKE": like},
                    "commentsState": "OPEN",
                    "commentSummary": {
                        "count": comments,
                        "topLevelCount": 1 + TOP_LEVEL.at(work, request.now),
                    },
                }
        return Reply.json({"results": results, "statuses": {}, "errors": {}})

    def _work(self, person: str, urn: str) -> Work | None:
        for one in organizations_of(person):
            work = self._dataset.series(one.creator).work_at(post_index(one.creator, urn))
            if work is not None:
                return work
        return None

    def images(self, request: Request) -> Reply:
        """Download URLs of images, which expire."""
        return self._batch(request, "urn:li:image:", "downloadUrl")

    def videos(self, request: Request) -> Reply:
        """Thumbnails of videos."""
        return self._batch(request, "urn:li:video:", "thumbnail")

    def _batch(self, request: Request, kind: str, field: str) -> Reply:
        self._require_token(request, "r_organization_social")
        wanted = [urn for urn in parse_list(request.query, "ids") if urn.startswith(kind)]
        results = {urn: described_media(urn, field, request.now) for urn in wanted}
        return Reply.json({"results": results, "statuses": {}, "errors": {}})


def described_media(urn: str, field: str, now: float) -> dict[str, Any]:
    """A medium of which nothing else is known."""
    return {
        "id": urn,
        "status": "AVAILABLE",
        field: f"https://media.licdn.com/dms/image/{hexadecimal(16, 'li media', urn)}",
        "downloadUrlExpiresAt": int((now + 3600) * 1000),
    }


def _content(work: Work, urn: str) -> dict[str, Any] | None:
    kind = _CONTENT[work.index % len(_CONTENT)]
    media = letters(12, "li content", urn)
    image = f"urn:li:image:{media}"
    contents: dict[str, dict[str, Any]] = {
        "image": {"media": {"id": image, "altText": "a picture"}},
        "multiImage": {"multiImage": {"images": [{"id": image}, {"id": f"{image}2"}]}},
        "video": {"media": {"id": f"urn:li:video:{media}", "title": work.title_en()}},
        "document": {"media": {"id": f"urn:li:document:{media}", "title": "Notes"}},
        "article": {
            "article": {
                "source": "https://kiln.example/notes",
                "thumbnail": image,
                "title": work.title_en(),
            }
        },
        "poll": {"poll": {"question": "Which glaze?", "options": [{"text": "Ash"}]}},
    }
    return contents.get(kind)


def _post(work: Work, author: str) -> dict[str, Any]:
    urn = post_urn(work)
    moment = work.created * 1000 + work.number(100, 0, 999)
    posted = work.post or {}
    text = f"{work.title_en()} \\#pottery with @[Ida Holm](urn:li:person:{member_id('ida')})"
    dark = work.index % 13 == 9
    post: dict[str, Any] = {
        "id": urn,
        "author": author,
        "commentary": posted.get("commentary", text),
        "visibility": posted.get("visibility", "PUBLIC"),
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": "edited" in posted},
        "createdAt": moment,
        "publishedAt": moment,
        "lastModifiedAt": int(posted["edited"] * 1000) if "edited" in posted else moment + 1000,
        "distribution": {
            "feedDistribution": posted.get("distribution", "NONE" if dark else "MAIN_FEED")
        },
        "isReshareDisabledByAuthor": posted.get("noReshare", False),
    }
    if posted.get("reshared"):
        post["reshareContext"] = {"parent": posted["reshared"]}
    content = posted["content"] if posted else _content(work, urn)
    return post | ({"content": content} if content else {})
