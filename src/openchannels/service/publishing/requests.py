"""What a caller asks to be published, before any of it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.core.platforms import Platform


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


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """One account that publishes, with what is its own. `overrides` replace parts of the content:
    a cover of None removes it.
    """

    platform: Platform
    account_id: str
    option: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowRequest:
    """One content for several accounts. `publish_at` is in Unix seconds."""

    content: ContentRequest
    publish_at: float
    items: tuple[ItemRequest, ...]
    flow_id: str | None = None
    material: Mapping[str, Any] = field(default_factory=dict)
    source: str = "api"
