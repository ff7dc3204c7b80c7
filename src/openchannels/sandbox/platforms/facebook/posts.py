"""Posts of a Page, their fields and metrics.

The index of a post modulo 12 selects its kind.
https://developers.facebook.com/docs/graph-api/reference/page/published_posts
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox import comments, sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import VIEWS, Count, Share
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.facebook.fields import POST_FIELDS
from openchannels.sandbox.platforms.meta.graph import Field, GraphError, project, read_list
from openchannels.sandbox.work_ids import DecimalIds

ALBUM, TEXT, LINK, VIDEO, PHOTO, REEL, TEXT_UNSHARED, STORY, RELATIVE, UNCOUNTED = range(10)
_CYCLE = 12
_KINDS = {10: PHOTO, 11: VIDEO}
_VIDEOS = (VIDEO, REEL, RELATIVE)
IDS = DecimalIds(10**17, bits=56)
TWO_YEARS = 2 * 365 * 86_400
_NOT_COMPUTED = "1970-01-02T00:00:00+0000"

_REMOVED = {"type", "link", "name", "caption", "description", "object_id", "source"}
LIKED = "likes"
REACTIONS = Share(60, 15, 60, (LIKED,))
_LIKES_OF_CALLS = Share(60, 0, 0, (LIKED,))
COMMENTS = Share(60, 2, 8, (comments.COMMENTS, comments.ANSWERS))
_TOP_LEVEL = Share(60, 2, 8, (comments.COMMENTS,))
SHARES = Share(84, 1, 9)
REACHED, CLICKS = Share(70, 600, 800), Share(70, 10, 60)
_REACTIONS = ("like", "love", "wow", "haha", "sorry", "anger")


class _Plays(Count):
    """Plays of at least three seconds, which only videos have."""

    def of(self, work: Work, views: int) -> int:
        """The plays when the post has this many views."""
        return Share(74, 200, 500).of(work, views) if kind_of(work) in _VIDEOS else 0


PLAYS = _Plays()
_COUNTS: dict[str, Count] = {
    "post_media_view": VIEWS,
    "post_total_media_view_unique": REACHED,
    "post_clicks": CLICKS,
    "post_video_views": PLAYS,
}
_METRICS = {
    *_COUNTS, "post_clicks_by_type", "post_activity_by_action_type", "post_video_view_time",
    "post_video_avg_time_watched", "post_reactions_by_type_total",
    *(f"post_reactions_{name}_total" for name in _REACTIONS),
}  # fmt: skip


def check_fields(fields: list[Field]) -> None:
    """Check the fields and metrics of a call.

    Raises:
        GraphError: 12 for a field removed in v3.3, #100 for an unknown field or metric.
    """
    for one in fields:
        if one.name in _REMOVED:
            raise GraphError(
                12,
                "(#12) deprecate_post_aggregated_fields_for_attachement is deprecated for"
                " versions v3.3 and higher",
            )
        if one.name not in POST_FIELDS:
            raise GraphError(
                100, f"(#100) Tried accessing nonexisting field ({one.name}) on node type (Post)"
            )
        if one.name == "insights":
            metrics_of(one.modifiers.get("metric", ""))


def metrics_of(text: str) -> list[str]:
    """The requested metrics of a post. Raises GraphError as `known_metrics` does."""
    return known_metrics(text, _METRICS)


def known_metrics(text: str, known: set[str]) -> list[str]:
    """The requested metrics. Raises GraphError 3001 without one, 100 if one does not exist."""
    metrics = read_list(text)
    if not metrics:
        raise GraphError(3001, "(#3001) No metric was specified to be fetched", 1504028)
    if any(name not in known for name in metrics):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return metrics


def by_reaction(total: int, of_calls: int = 0) -> dict[str, int]:
    """Reactions by their type, those of calls as likes; what nobody chose is left out."""
    love, wow = (total - of_calls) // 5, (total - of_calls) // 10
    counts = {"like": total - love - wow, "love": love, "wow": wow}
    return {name: count for name, count in counts.items() if count}


def kind_of(work: Work) -> int:
    """The kind of a post."""
    if work.post is not None:
        return int(work.post["kind"])
    return _KINDS.get(work.index % _CYCLE, work.index % _CYCLE)


def post_id(page_id: str, work: Work) -> str:
    """`{page}_{post}`."""
    return f"{page_id}_{number_of(work)}"


def number_of(work: Work) -> str:
    """The number of a post; one that waited has it from then."""
    return str((work.post or {}).get("number") or IDS.id_of(work))


def moment(seconds: float) -> str:
    """A date as the Graph API writes it."""
    return f"{utc_text(seconds)}+0000"


class Post:
    """A post as its caller sees it."""

    def __init__(
        self, work: Work, page_id: str, page_name: str, tiny: bool, own: bool, now: float
    ) -> None:
        """`tiny`: the Page has under 100 likes; `own`: read with the Page's token."""
        self.work = work
        self.id = post_id(page_id, work)
        self.kind = kind_of(work)
        self._page = {"id": page_id, "name": page_name}
        self._tiny = tiny
        self._own = own
        self._now = now

    @property
    def is_video(self) -> bool:
        """Whether it shows a video, also as a reel."""
        return self.kind in _VIDEOS

    @property
    def is_reel(self) -> bool:
        """Whether it is a reel."""
        return self.kind == REEL

    @property
    def video_id(self) -> str:
        """The id of its video: that of the upload, or the post's without the Page's."""
        return str((self.work.post or {}).get("video") or self.id.partition("_")[2])

    def video(self) -> dict[str, Any]:
        """The node of its video."""
        number, created = self.video_id, moment(self.work.created)
        done = {"status": "complete"}
        published = {**done, "publish_status": "published", "publish_time": created}
        watched = f"/reel/{number}/" if self.is_reel else f"/{self._page['id']}/videos/{number}/"
        return {
            "id": number,
            "title": self.work.title_en(),
            "description": self.message(),
            "created_time": created,
            "updated_time": created,
            "length": self.work.number(90, 4_000, 40_000) / 400,
            "permalink_url": watched,
            "post_id": self.id,
            "published": True,
            "from": self._page,
            "picture": self._image(),
            "source": f"https://video.xx.fbcdn.net/v/{number}.mp4",
            "views": PLAYS.at(self.work, self._now),
            "status": {
                "video_status": "ready",
                "processing_progress": 100,
                "uploading_phase": done,
                "processing_phase": done,
                "publishing_phase": published,
            },
        }

    def fields(self, requested: list[Field]) -> dict[str, Any]:
        """The id and the requested fields; absent ones are left out."""
        found: dict[str, Any] = {}
        for one in requested:
            value = self._field(one)
            if value is not None:
                found[one.name] = project(value, one.fields)
        return {**found, "id": self.id}

    def _field(self, one: Field) -> Any:
        maker = _MAKERS.get(one.name)
        if maker:
            return maker(self)
        if one.name in ("reactions", "likes", "comments"):
            return self._counted(one)
        if one.name == "insights":
            return self.insights(metrics_of(one.modifiers.get("metric", "")))
        due = (self.work.post or {}).get("due")
        constant = {
            "from": self._page,
            "is_published": "made" not in (self.work.post or {}),
            "is_hidden": False,
            "scheduled_publish_time": int(due) if due else None,
        }
        if one.name in ("created_time", "updated_time"):
            return moment(self.work.created)
        return constant.get(one.name)

    def message(self) -> str | None:
        """The author's text; a post with a story has none."""
        if self.work.post is not None:
            return self.work.post["message"] or None
        if self.kind == STORY:
            return None
        return f"{self.work.title_en()}\n{self.work.pick(40, sample_text.LINES_EN)}"

    def story(self) -> str | None:
        """The text that Facebook generates for some posts without a message."""
        return f"{self._page['name']} updated their cover photo." if self.kind == STORY else None

    def status_type(self) -> str:
        """How the post was created."""
        if self.is_video:
            return "added_video"
        if self.kind in (TEXT, TEXT_UNSHARED):
            return "mobile_status_update"
        return "shared_story" if self.kind == LINK else "added_photos"

    def permalink(self) -> str:
        """Its URL; some are relative, as on the real API."""
        page, number = self.id.split("_")
        if self.is_video and self.work.post is not None:
            number = self.video_id
        if self.kind == REEL:
            return f"https://www.facebook.com/reel/{number}/"
        if self.kind == RELATIVE:
            return f"/{page}/videos/{number}/"
        return f"https://www.facebook.com/{page}/posts/{number}"

    def _image(self, number: int = 0) -> str:
        name = hexadecimal(20, "fb image", self.id, number)
        return f"https://scontent.xx.fbcdn.net/v/t39/{name}.jpg"

    def picture(self) -> str | None:
        """The cover image; text posts have none."""
        return None if self.kind in (TEXT, TEXT_UNSHARED) else self._image()

    def shares(self) -> dict[str, int] | None:
        """The number of shares; absent if zero."""
        count = SHARES.at(self.work, self._now)
        return {"count": count} if count and self.kind != TEXT_UNSHARED else None

    def _counted(self, one: Field) -> dict[str, Any]:
        edge: dict[str, Any] = {"data": []}
        if "summary" in one.modifiers:
            of_comments = COMMENTS if one.modifiers.get("filter") == "stream" else _TOP_LEVEL
            count = of_comments if one.name == "comments" else REACTIONS
            hidden = one.name == "comments" and not self._own
            total = 0 if hidden else count.at(self.work, self._now)
            edge["summary"] = {"total_count": total}
        return edge

    def attachments(self) -> dict[str, Any] | None:
        """Images, videos and link previews; text posts have none."""
        if self.kind in (TEXT, TEXT_UNSHARED):
            return None
        number = self.video_id if self.is_video else self.id.split("_")[1]
        photos = (self.work.post or {}).get("photos", [])
        if len(photos) == 1:
            number = photos[0]
        media: dict[str, Any] = {"image": {"src": self._image(), "width": 720, "height": 720}}
        item: dict[str, Any] = {"target": {"id": number}, "media": media}
        if self.is_video:
            media["source"] = f"https://video.xx.fbcdn.net/v/{number}.mp4"
            item |= {"media_type": "video", "type": "video_inline", "title": self.work.title_en()}
        elif self.kind == LINK:
            link = f"https://example.com/notes/{self.work.index}"
            if self.work.post is not None:
                link = self.work.post["link"]
            item |= {"media_type": "link", "type": "share", "title": self.work.title_en()}
            item["unshimmed_url"] = link
        elif self.kind == ALBUM:
            name = f"Photos from {self._page['name']}'s post"
            item |= {"media_type": "album", "type": "album", "title": name}
            ids = enumerate(self.photo_ids(), 1)
            item["subattachments"] = {"data": [self._photo(number, one) for number, one in ids]}
        else:
            item |= {"media_type": "photo", "type": "photo"}
        return {"data": [item]}

    def photo_ids(self) -> list[str]:
        """The ids of its photos: those that were attached, else three of an album, or its own."""
        if self.work.post is not None:
            return list(self.work.post.get("photos", []))
        first = int(self.id.split("_")[1])
        if self.kind == ALBUM:
            return [str(first + number) for number in (1, 2, 3)]
        return [str(first)] if self.kind in (PHOTO, STORY, UNCOUNTED) else []

    def _photo(self, number: int, identifier: str) -> dict[str, Any]:
        target = {"id": identifier}
        media = {"image": {"src": self._image(number)}}
        return {"media_type": "photo", "type": "photo", "target": target, "media": media}

    def insights(self, metrics: list[str]) -> dict[str, Any]:
        """Lifetime values; none for a Page under 100 likes and for posts over two years old."""
        if self._tiny or self._now - self.work.created > TWO_YEARS:
            return {"data": []}
        return {"data": [self._metric(name) for name in metrics]}

    def _metric(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = {"value": self._measure(name)}
        if self.kind == UNCOUNTED and name == "post_clicks":
            value = {"value": 0, "end_time": _NOT_COMPUTED}
        return {
            "name": name,
            "period": "lifetime",
            "values": [value],
            "id": f"{self.id}/insights/{name}/lifetime",
        }

    def _measure(self, name: str) -> int | dict[str, int]:
        count = _COUNTS.get(name)
        if count is not None:
            return count.at(self.work, self._now)
        if name.startswith("post_video"):
            return self._watched(name)
        clicks, reactions = CLICKS.at(self.work, self._now), REACTIONS.at(self.work, self._now)
        if name == "post_clicks_by_type":
            return {"link clicks": clicks // 3, "other clicks": clicks - clicks // 3}
        if name == "post_activity_by_action_type":
            commented, shares = COMMENTS.at(self.work, self._now), SHARES.at(self.work, self._now)
            return {"like": reactions, "comment": commented, "share": shares}
        by_type = by_reaction(reactions, _LIKES_OF_CALLS.at(self.work, self._now))
        if name == "post_reactions_by_type_total":
            return by_type
        return by_type.get(name.split("_")[2], 0)

    def _watched(self, name: str) -> int:
        watched = self.work.number(90, 4_000, 40_000) if self.is_video else 0
        if name == "post_video_avg_time_watched":
            return watched
        return PLAYS.at(self.work, self._now) * watched


_MAKERS: dict[str, Callable[[Post], Any]] = {
    "attachments": Post.attachments,
    "full_picture": Post.picture,
    "message": Post.message,
    "permalink_url": Post.permalink,
    "shares": Post.shares,
    "status_type": Post.status_type,
    "story": Post.story,
}
