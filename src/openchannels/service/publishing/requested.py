"""Content as a caller sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """A file as a caller names it."""

    url: str
    adaptation: str = "off"


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """Content as a caller sends it."""

    title: str = ""
    body: str = ""
    media: tuple[MediaRequest, ...] = ()
    cover: MediaRequest | None = None


def with_optional_cover(
    content: ContentRequest, option: Mapping[str, Any], name: str | None
) -> ContentRequest:
    """Returns the content with the cover that an option names, unless it has one."""
    address = None if name is None else option.get(name)
    if content.cover is not None or not isinstance(address, str):
        return content
    return replace(content, cover=MediaRequest(address))


def overridden(content: ContentRequest, overrides: Mapping[str, Any]) -> ContentRequest:
    """Returns the content with the parts that an item replaces."""
    return ContentRequest(
        title=overrides.get("title", content.title),
        body=overrides.get("body", content.body),
        media=overrides.get("media", content.media),
        cover=overrides.get("cover", content.cover),
    )
