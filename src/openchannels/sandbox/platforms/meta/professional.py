"""Professional accounts of Instagram and their media, as both ways in show them.

https://developers.facebook.com/docs/instagram-platform/reference/instagram-media
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.platforms.meta import media as meta_media
from openchannels.sandbox.platforms.meta.account_insights import account_insights, followers
from openchannels.sandbox.platforms.meta.graph import HOST, Field, GraphError
from openchannels.sandbox.platforms.meta.instagram_publishing import IDS, InstagramPublishing
from openchannels.sandbox.platforms.meta.media_insights import (
    COMMENTS,
    LIKES,
    METRICS,
    REPOSTS,
    SAVED,
    SHARES,
    VIEWS,
    counts,
    has_insights,
    media_insights,
    product_of,
    type_of,
)

IMAGES = "scontent.cdninstagram.com"
_FIELDS = {
    "alt_text", "audio_id", "boost_eligibility_info", "caption", "children", "collaborators",
    "comments", "comments_count", "copyright_check_information", "id", "ig_id", "insights",
    "is_ai_generated", "is_comment_enabled", "is_shared_to_feed", "legacy_instagram_media_id",
    "like_count", "media_audio_type", "media_product_type", "media_type", "media_url", "owner",
    "permalink", "reposts_count", "saved_count", "shares_count", "shortcode", "thumbnail_url",
    "timestamp", "total_comments_count", "total_like_count", "total_views_count", "username",
}  # fmt: skip
_FACEBOOK_ONLY = {
    "reposts_count", "saved_count", "shares_count", "total_comments_count", "total_like_count",
    "total_views_count",
}  # fmt: skip
"""Fields that Instagram's own host knows and leaves out."""
_CLOSED = "instagram comments off"
_CONTAINER = {"copyright_check_status", "id", "status", "status_code"}
_PROFILE = {
    "id", "user_id", "username", "name", "account_type", "profile_picture_url", "followers_count",
    "follows_count", "media_count", "biography", "website",
}  # fmt: skip
_OF_ONE_APP = {"account_type", "user_id"}
"""Fields of an account that the host of Facebook does not know."""


def account_id(person: str) -> str:
    """The id of a person's account, the same for every app."""
    return digits(17, "instagram", person)


def app_id(person: str) -> str:
    """The account's id for one app, on Instagram's own host."""
    return digits(17, "instagram app-scoped", person)


def username(person: str) -> str:
    """A person's user name."""
    return f"{person.lower()}.{hexadecimal(4, 'instagram name', person)}"


def unknown_object() -> GraphError:
    """100/33: the object does not exist, or is not the caller's."""
    return GraphError(100, "Unsupported get request. Object does not exist.", 33)


class Professionals:
    """The accounts and media of all persons, on the host of a call."""

    def __init__(self, context: Context, host: str) -> None:
        self._dataset = context.dataset
        self._documents = context.documents
        self._host = host
        self.publishing = InstagramPublishing(context, host)

    def series(self, person: str) -> Series:
        """A person's media."""
        return self._dataset.series(Creator("instagram", person))

    def is_account(self, person: str, identifier: str) -> bool:
        """Whether this names the person's account."""
        own = {account_id(person)} if self._host == HOST else {account_id(person), app_id(person)}
        return identifier in own or (identifier == "me" and self._host != HOST)

    def find_work(self, person: str, identifier: str) -> Work | None:
        """The person's media with this id, or None."""
        series = self.series(person)
        return series.work_at(IDS.index_of(series.owner, identifier))

    def knows(self, person: str, identifier: str, now: float) -> bool:
        """Whether this is the person's account, one of their media or a container."""
        return (
            self.is_account(person, identifier)
            or self.find_work(person, identifier) is not None
            or self.publishing.story(person, identifier, now) is not None
            or self.publishing.container(person, identifier, now) is not None
        )

    def node(self, person: str, identifier: str, fields: list[Field], now: float) -> dict[str, Any]:
        """The fields of the account, of one media or of a container.

        Raises:
            GraphError: 100/33 for another object, 100 for an unknown field or metric.
        """
        container = self.publishing.container(person, identifier, now)
        if container is not None:
            return meta_media.select_fields(container, fields, _CONTAINER)
        story = self.publishing.story(person, identifier, now)
        if story is not None:
            return self.story_fields(person, story, fields)
        if not self.is_account(person, identifier):
            return self.fields(self._work(person, identifier), fields, now)
        known = _PROFILE - _OF_ONE_APP if self._host == HOST else _PROFILE
        return meta_media.select_fields(self.profile(person, now), fields, known)

    def _work(self, person: str, identifier: str) -> Work:
        found = self.find_work(person, identifier)
        if found is None:
            raise unknown_object()
        return found

    def insights(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """The insights of the account or of one media. Raises GraphError."""
        if self.is_account(person, identifier):
            series = self.series(person)
            return account_insights(request, self._host, account_id(person), series)
        found = self._work(person, identifier)
        return media_insights(found, identifier, request.query, request.now, self._host)

    def fields(self, work: Work, fields: list[Field], now: float) -> dict[str, Any]:
        """The fields of a media. Raises GraphError for unknown ones and for unknown metrics."""
        media = _media(work, now)
        if self._host != HOST:
            media = {name: value for name, value in media.items() if name not in _FACEBOOK_ONLY}
        for one in fields:
            if one.name == "is_comment_enabled":
                media[one.name] = self.takes_comments(media["id"])
            if one.name == "insights":
                metrics = meta_media.metrics_of(one.modifiers.get("metric", ""), METRICS)
                found = counts(work, metrics, now) if has_insights(work) else {}
                media["insights"] = meta_media.insights(media["id"], found)
        return meta_media.select_fields(media, fields, _FIELDS)

    def change(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """Allow or forbid comments, all that can be changed of a media. Raises GraphError."""
        self._work(person, identifier)
        wanted = request.parameter("comment_enabled").lower()
        if wanted not in ("true", "false"):
            raise GraphError(100, "(#100) The parameter comment_enabled is required")
        if wanted == "true":
            self._documents.delete(_CLOSED, identifier)
        else:
            self._documents.put(_CLOSED, identifier, {})
        return {"success": True}

    def takes_comments(self, identifier: str) -> bool:
        """Whether comments on a media are allowed."""
        return self._documents.get(_CLOSED, identifier) is None

    def remove(self, person: str, identifier: str, now: float) -> dict[str, Any]:
        """Delete a media or story. Raises GraphError."""
        if not self.publishing.delete(person, identifier, now):
            raise unknown_object()
        return {"success": True, "deleted_id": identifier}

    def stories(self, person: str, fields: list[Field], now: float) -> dict[str, Any]:
        """The stories that still live, newest first."""
        stories = self.publishing.stories(person, now)
        return {"data": [self.story_fields(person, one, fields) for one in stories]}

    def story_fields(
        self, person: str, story: dict[str, Any], fields: list[Field]
    ) -> dict[str, Any]:
        """The fields of a story. Raises GraphError for unknown ones."""
        name = username(person)
        shown = story | {
            "username": name,
            "owner": {"id": account_id(person)},
            "permalink": f"https://www.instagram.com/stories/{name}/{story['id']}",
        }
        return meta_media.select_fields(shown, fields, _FIELDS)

    def profile(self, person: str, now: float) -> dict[str, Any]:
        """All fields of the person's account."""
        creator = Creator("instagram", person)
        face = hexadecimal(12, "ig face", person)
        return {
            "id": account_id(person) if self._host == HOST else app_id(person),
            "user_id": account_id(person),
            "username": username(person),
            "name": creator.pick("brand", sample_text.BRANDS_EN),
            "account_type": creator.pick("type", ("Business", "Media_Creator")),
            "profile_picture_url": f"https://{IMAGES}/v/t51/ig_face_{face}.jpg",
            "followers_count": followers(creator, now),
            "follows_count": creator.number("following", 5, 900),
            "media_count": self.series(person).total,
        }


def _media(work: Work, now: float) -> dict[str, Any]:
    identifier = IDS.id_of(work)
    kind, product = type_of(work), product_of(work)
    shortcode = letters(11, "ig code", identifier)
    image = f"https://{IMAGES}/v/t51/ig_{hexadecimal(16, 'ig', identifier)}.jpg"
    media: dict[str, Any] = {
        "id": identifier,
        "caption": work.title_en() if work.index % 7 or work.post else None,
        "media_type": kind,
        "media_product_type": product,
        "permalink": f"https://www.instagram.com/{'reel' if product == 'REELS' else 'p'}/"
        f"{shortcode}/",
        "shortcode": shortcode,
        "timestamp": f"{utc_text(work.created)}+0000",
        "username": username(work.owner.person),
        "owner": {"id": account_id(work.owner.person)},
        "comments_count": COMMENTS.at(work, now),
        "saved_count": SAVED.at(work, now),
        "shares_count": SHARES.at(work, now),
        "reposts_count": REPOSTS.at(work, now),
        "total_views_count": VIEWS.at(work, now),
        "total_like_count": LIKES.at(work, now),
        "total_comments_count": COMMENTS.at(work, now),
    }
    if work.index % 11 or work.post:
        media["like_count"] = LIKES.at(work, now)
    if kind == "VIDEO":
        media |= {"media_url": image.replace(".jpg", ".mp4"), "thumbnail_url": image}
    elif work.index % 23 != 6 or work.post:
        media["media_url"] = image
    if kind == "CAROUSEL_ALBUM":
        child = {"id": f"{identifier}1", "media_type": "IMAGE", "media_url": image}
        children = (
            [{"media_url": image, **one} for one in work.post["children"]] if work.post else [child]
        )
        media["children"] = {"data": children}
    if work.post and work.post["alt_text"]:
        media["alt_text"] = work.post["alt_text"]
    return media
