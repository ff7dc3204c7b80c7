"""Profiles and posts of Threads as nodes.

https://developers.facebook.com/docs/threads/retrieve-and-discover-posts
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.platforms.meta.locations import PLACES
from openchannels.sandbox.platforms.meta.threads_insights import LINK, has_link, kind_of
from openchannels.sandbox.work_ids import DecimalIds

IDS = DecimalIds(18_000_000_000_000_000, bits=56)
POST_FIELDS = {
    "allowlisted_country_codes", "alt_text", "children", "gif_url", "has_replies", "hide_status",
    "id", "insights", "is_quote_post", "is_reply", "is_reply_owned_by_me", "is_verified",
    "link_attachment_url", "location", "location_id", "media_product_type", "media_type",
    "media_url", "owner", "permalink", "poll_attachment", "profile_picture_url", "quoted_post",
    "replied_to", "reply_audience", "reposted_post", "root_post", "shortcode", "text",
    "thumbnail_url", "timestamp", "topic_tag", "username",
}  # fmt: skip
"""The fields that Meta documents for posts and replies."""


def user_id(person: str) -> str:
    """The id of a person's profile."""
    return digits(17, "threads user", person)


def username(person: str) -> str:
    """A person's user name."""
    return f"{person.lower()}.{hexadecimal(4, 'threads name', person)}"


def profile(person: str) -> dict[str, Any]:
    """All fields of a profile."""
    creator = Creator("threads", person)
    face = hexadecimal(12, "threads face", person)
    return {
        "id": user_id(person),
        "username": username(person),
        "name": creator.pick("brand", sample_text.BRANDS_EN),
        "threads_profile_picture_url": f"https://scontent.cdninstagram.com/v/t51/face_{face}.jpg",
        "threads_biography": creator.pick("about", sample_text.LINES_EN),
        "is_verified": False,
    }


def post_node(work: Work) -> dict[str, Any]:
    """All fields of a post but its insights."""
    if work.post is not None:
        return _published(work, work.post)
    identifier, kind = IDS.id_of(work), kind_of(work)
    image = _image(identifier)
    post = _own(identifier, work) | {
        "media_type": kind,
        "text": work.title_en(),
        "is_quote_post": work.index % 9 == 4,
        "has_replies": True,
    }
    if work.index % 29 == 3:
        del post["permalink"]
    if kind == "IMAGE":
        post["media_url"] = image
    elif kind == "VIDEO":
        post |= {"media_url": image.replace(".jpg", ".mp4"), "thumbnail_url": image}
    elif kind == "CAROUSEL_ALBUM":
        child = {"id": f"{identifier}1", "media_type": "IMAGE", "media_url": image}
        post["children"] = {"data": [child]}
    elif kind == "REPOST_FACADE":
        post |= {"reposted_post": {"id": "18099999999999999", "media_type": "IMAGE"}}
    elif has_link(work):
        post["link_attachment_url"] = LINK
    if work.index % 10 == 3:
        place = work.pick(60, PLACES).node()
        post |= {"location_id": place["id"], "location": place}
    return post


def common(identifier: str, name: str, created: float) -> dict[str, Any]:
    """The fields that posts and replies have for being those of a user name."""
    shortcode = letters(11, "threads code", identifier)
    return {
        "id": identifier,
        "media_product_type": "THREADS",
        "permalink": f"https://www.threads.com/@{name}/post/{shortcode}",
        "shortcode": shortcode,
        "timestamp": f"{utc_text(created)}+0000",
        "username": name,
    }


def _own(identifier: str, work: Work) -> dict[str, Any]:
    """Those of a post, which also names its owner."""
    person = work.owner.person
    return common(identifier, username(person), work.created) | {"owner": {"id": user_id(person)}}


def _image(identifier: str) -> str:
    return f"https://scontent.cdninstagram.com/v/t51/{hexadecimal(16, 'th', identifier)}.jpg"


def _published(work: Work, post: Mapping[str, Any]) -> dict[str, Any]:
    """A post that was published by a call."""
    identifier = IDS.id_of(work)
    return _own(identifier, work) | published_fields(identifier, post)


def published_fields(identifier: str, post: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of what a call published: those of its container, and its media."""
    image = _image(identifier)
    media: dict[str, Any] = {}
    if post["media_type"] == "IMAGE":
        media = {"media_url": image}
    elif post["media_type"] == "VIDEO":
        media = {"media_url": image.replace(".jpg", ".mp4"), "thumbnail_url": image}
    elif post["media_type"] == "CAROUSEL_ALBUM":
        media = {"children": {"data": [{"media_url": image, **one} for one in post["children"]]}}
    shown = {"text": post["title"], **post, **media, "has_replies": False}
    return {name: value for name, value in shown.items() if value not in ("", None)}
