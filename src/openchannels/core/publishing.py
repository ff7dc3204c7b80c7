"""What a platform accepts as a work: limits, kinds of media, and options of a publication."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from openchannels.core.assets import ImageTarget
from openchannels.core.platforms import Text
from openchannels.core.publish_rules import Draft, Rule
from openchannels.core.works import ContentMode

MIB = 1024 * 1024

JsonSchema = Mapping[str, Any]
"""A JSON Schema (2020-12) whose texts for people are `Text`."""

Editor = Literal["none", "text", "html"]


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """Kinds of works, and the most that one may hold; None where no limit is known.

    Lengths are in characters. `total_text` is of title and body together.
    """

    modes: tuple[ContentMode, ...] = ()
    title: int | None = None
    body: int | None = None
    total_text: int | None = None
    media: int | None = None
    images: int | None = None
    videos: int | None = None


@dataclass(frozen=True, slots=True)
class AspectRatio:
    """Bounds of width divided by height."""

    min: float
    max: float


@dataclass(frozen=True, slots=True)
class MediaRules:
    """Which files a platform takes: formats as file extensions, sizes in bytes, durations in
    seconds, widths and heights in pixels. None where no limit is known.
    """

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
class TopicRules:
    """Hashtags: `native` where the platform has a field of its own for them."""

    supported: bool = False
    native: bool | None = None
    max_count: int | None = None
    max_total_length: int | None = None


@dataclass(frozen=True, slots=True)
class OptionSource:
    """An option whose values are the account's or the platform's own, not part of the schema.

    `filter_schema` describes what narrows the values, `create_schema` what makes a new one.
    """

    field: str
    label: Text
    value_type: Literal["list", "tree"]
    requires_account: bool = True
    description: Text | None = None
    filter_schema: JsonSchema | None = None
    create_schema: JsonSchema | None = None


@dataclass(frozen=True, slots=True)
class OptionValue:
    """One value of an option: `value` is what a publication names, `label` what a person reads."""

    value: str | int
    label: str | Text
    description: str | Text | None = None
    disabled: bool | None = None
    children: tuple["OptionValue", ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


NO_OPTIONS: JsonSchema = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a publication costs: `USD`, or units that the platform counts, such as `uploads`."""

    amount: float
    unit: str


def no_cost(draft: Draft) -> Sequence[Cost]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class PublishRules:
    """What a platform accepts. The default accepts nothing.

    `rules` are those that do not follow from the limits and the schema; one with the id of a rule
    that does takes its place. `reported`: the work is out already when it is made known here, so
    what its content breaks is only told. `cost` says what a publication costs the operator.
    `cover_option` is an option that names the cover by its address. Where every video needs a
    cover, `made_cover` is what a frame of the video becomes for one without.
    """

    editor: Editor = "none"
    content: ContentLimits = field(default_factory=ContentLimits)
    media: MediaRules = field(default_factory=MediaRules)
    topics: TopicRules = field(default_factory=TopicRules)
    options: JsonSchema = field(default_factory=lambda: NO_OPTIONS)
    option_sources: tuple[OptionSource, ...] = ()
    rules: tuple[Rule, ...] = ()
    cover_option: str | None = None
    made_cover: ImageTarget | None = None
    reported: bool = False
    cost: Callable[[Draft], Sequence[Cost]] = no_cost

    def default_options(self) -> dict[str, Any]:
        """Returns the options that have a default, with it."""
        properties: Mapping[str, Mapping[str, Any]] = self.options["properties"]
        return {name: rule["default"] for name, rule in properties.items() if "default" in rule}
