"""Shared by the works of Meta's platforms: author and cover picture."""

from collections.abc import Callable, Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, first, https, text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.sources import FromAccount, Source
from openchannels.core.accounts import Account


def author_sources(
    uid: str, name: str, own_name: Callable[[Account], str | None]
) -> Mapping[str, Source]:
    """Returns sources for the author: the values at two paths, or else the account."""

    def read_uid(item: Any, account: Account) -> str:
        return text(value_at(item, uid)) or account.uid

    def read_name(item: Any, account: Account) -> str | None:
        fallback = own_name(account) if read_uid(item, account) == account.uid else None
        return text(value_at(item, name)) or fallback

    return {"author_name": FromAccount(read_name), "author_uid": FromAccount(read_uid)}


BY_OWNER = author_sources(
    "owner.id", "username", lambda account: account.handle or account.nickname
)
"""Author sources of a post of Instagram or Threads."""


def cover_picture(node: Any, *, video: bool) -> str | None:
    """Returns the picture of a post of Instagram or Threads, never a video file.

    An album without a picture uses that of its first part.
    """
    own_picture = https(dig(node, "thumbnail_url"))
    if video:
        return own_picture
    part = dig(node, "children", "data", 0)
    thumbnail = https(dig(part, "thumbnail_url"))
    album, first_part = https(dig(node, "media_url")), https(dig(part, "media_url"))
    if dig(part, "media_type") == "VIDEO":
        # The album's address may be that of the video.
        album = first_part = None
    found: str | None = first((album, thumbnail, first_part, own_picture))
    return found
