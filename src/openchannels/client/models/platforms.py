"""The platforms' metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class ContentLimits(Result):
    """Kinds of works (`article2`, `article`, `video`), and the most that one may hold.

    None where no limit is known. Lengths are in characters.
    """

    modes: tuple[str, ...] = ()
    max_title_length: int | None = None
    max_body_length: int | None = None
    max_total_text_length: int | None = None
    max_media_count: int | None = None
    max_images: int | None = None
    max_videos: int | None = None


@dataclass(frozen=True, slots=True)
class AspectRatio(Result):
    """Bounds of width divided by height."""

    min: float
    max: float


@dataclass(frozen=True, slots=True)
class MediaRules(Result):
    """Which files a platform takes: sizes in bytes, durations in seconds, sides in pixels."""

    image_formats: tuple[str, ...] = ()
    video_formats: tuple[str, ...] = ()
    max_image_size: int | None = None
    max_video_size: int | None = None
    min_video_duration: float | None = None
    max_video_duration: float | None = None
    min_image_width: int | None = None
    max_image_width: int | None = None
    min_image_height: int | None = None
    max_image_height: int | None = None
    aspect_ratio: AspectRatio | None = None


@dataclass(frozen=True, slots=True)
class TopicRules(Result):
    """Hashtags; `native_field` is True where the platform has a field of its own for them."""

    supported: bool
    native_field: bool | None = None
    max_count: int | None = None
    max_total_length: int | None = None


@dataclass(frozen=True, slots=True)
class EmptyHint(Result):
    """What a person can do whose grant opens no account, by language.

    `action`, if any, has a `label` by language and the `url` of the page on which to do it.
    """

    title: Mapping[str, str]
    description: Mapping[str, str]
    action: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform(Result):
    """A platform: what it accepts, and what can be done with it in this installation.

    `capabilities` is as on the wire; all are off unless `status` is `available`. `option_schema`
    is a JSON Schema. Names and instructions are by language: `en-US`, `zh-CN`.
    """

    platform: str
    display_name: Mapping[str, str]
    logo_url: str
    auth_type: str
    editor: str
    content_limits: ContentLimits
    media_rules: MediaRules
    topic: TopicRules
    capabilities: Mapping[str, Any]
    option_schema: Mapping[str, Any]
    status: str
    auth_instructions: Mapping[str, str] = field(default_factory=dict)
    empty_account_hint: EmptyHint | None = None
    default_option: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionSource(Result):
    """A publish option whose values are the account's or the platform's own.

    `value_type` is `list` or `tree`. The schemas are None where nothing narrows the values, or none
    can be made.
    """

    field: str
    label: str
    value_type: str
    requires_account: bool
    description: str | None = None
    filter_schema: Mapping[str, Any] | None = None
    create_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FieldAvailability(Result):
    """Whether a platform gives a field or does an operation: `state`, and what it needs or why not.

    `state` is `given`, `scope` (with the `scope` that is needed) or `never` (with the `reason`).
    """

    state: str
    scope: str | None = None
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlatformAvailability(Result):
    """A platform's fields and operations, by name; `works_reason` says why it lists no works."""

    platform: str
    display_name: Mapping[str, str]
    lists_works: bool
    works_reason: Mapping[str, str] = field(default_factory=dict)
    account: Mapping[str, FieldAvailability] = field(default_factory=dict)
    work: Mapping[str, FieldAvailability] = field(default_factory=dict)
    operations: Mapping[str, FieldAvailability] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Used(Result):
    """Calls of one operation of a platform on one day; `cost` is in the platform's own `unit`."""

    platform: str
    day: str
    operation: str
    calls: int
    cost: float
    unit: str


@dataclass(frozen=True, slots=True)
class Usage(Result):
    """What the workspace used of the platforms in the last `days` days."""

    days: int
    used: tuple[Used, ...] = ()


@dataclass(frozen=True, slots=True)
class AvailabilityMatrix(Result):
    """The availability of every platform."""

    platforms: tuple[PlatformAvailability, ...] = ()
