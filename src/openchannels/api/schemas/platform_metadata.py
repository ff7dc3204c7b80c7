"""Types of the platforms' metadata and of option sources on the wire."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.envelope import localised
from openchannels.api.schemas.capabilities import CapabilitiesVo, capabilities_vo
from openchannels.api.schemas.common import (
    Address,
    Count,
    PlatformName,
    Schema,
    Wire,
    texts,
)
from openchannels.core.platforms import EmptyHint, Locale
from openchannels.core.publishing import (
    ContentLimits,
    JsonSchema,
    MediaRules,
    OptionSource,
    TopicRules,
)
from openchannels.service.platforms.metadata import PlatformMetadata
from openchannels.service.platforms.registered import logo_path

Bytes = Annotated[int, Meta(ge=0, description="Bytes.")]
Seconds = Annotated[float, Meta(ge=0, description="Seconds.")]
Pixels = Annotated[int, Meta(ge=0, description="Pixels.")]
Characters = Annotated[int, Meta(ge=0, description="Characters.")]


class HintActionVo(Wire, kw_only=True):
    """A page on which the person can do what is missing."""

    label: dict[Locale, str]
    url: Address


class EmptyHintVo(Wire, kw_only=True):
    """What a person can do whose grant opens no account."""

    title: dict[Locale, str]
    description: dict[Locale, str]
    action: HintActionVo | None = None


class ContentLimitsVo(Wire, kw_only=True):
    """Kinds of works, and the most that one may hold. A limit that is not known is absent."""

    modes: list[Literal["article2", "article", "video"]]
    max_title_length: Characters | None = None
    max_body_length: Characters | None = None
    max_total_text_length: (
        Annotated[int, Meta(ge=0, description="Characters of title and body together.")] | None
    ) = None
    max_media_count: Count | None = None
    max_images: Count | None = None
    max_videos: Count | None = None


class AspectRatioVo(Wire, kw_only=True):
    """Bounds of width divided by height."""

    min: float
    max: float


class MediaRulesVo(Wire, kw_only=True):
    """Which files the platform takes. A limit that is not known is absent."""

    image_formats: Annotated[list[str], Meta(description="File extensions.")]
    video_formats: Annotated[list[str], Meta(description="File extensions.")]
    max_image_size: Bytes | None = None
    max_video_size: Bytes | None = None
    min_video_duration: Seconds | None = None
    max_video_duration: Seconds | None = None
    min_image_width: Pixels | None = None
    max_image_width: Pixels | None = None
    min_image_height: Pixels | None = None
    max_image_height: Pixels | None = None
    aspect_ratio: AspectRatioVo | None = None


class TopicRulesVo(Wire, kw_only=True):
    """Hashtags. `nativeField`: the platform has a field of its own for them."""

    supported: bool
    native_field: bool | None = None
    max_count: Count | None = None
    max_total_length: Characters | None = None


class PlatformMetadataVo(Wire, kw_only=True):
    """A platform: what it accepts, and what can be done with it in this installation."""

    platform: PlatformName
    display_name: dict[Locale, str]
    logo_url: Address
    auth_type: Literal["oauth2", "browser", "plugin", "qrcode"]
    auth_instructions: Annotated[
        dict[Locale, str], Meta(description="What the person does to connect an account.")
    ]
    empty_account_hint: EmptyHintVo | None = None
    editor: Literal["none", "text", "html"]
    content_limits: ContentLimitsVo
    media_rules: MediaRulesVo
    topic: TopicRulesVo
    capabilities: CapabilitiesVo
    option_schema: Schema
    default_option: (
        Annotated[dict[str, Any], Meta(description="Options that have a default.")] | None
    ) = None
    status: Annotated[
        Literal["hidden", "available", "unavailable", "coming_soon"],
        Meta(description="`unavailable`: the platform's app is not configured here."),
    ]


class OptionSourceVo(Wire, kw_only=True):
    """A publish option whose values are the account's or the platform's own."""

    field: str
    label: str
    description: str | None = None
    value_type: Literal["list", "tree"]
    requires_account: bool
    filter_schema: Schema | None = None
    create_schema: Schema | None = None


def metadata_vo(row: PlatformMetadata, public_url: str, locale: Locale) -> PlatformMetadataVo:
    return PlatformMetadataVo(
        platform=row.id,
        display_name=texts(row.name),
        logo_url=public_url + logo_path(row.id),
        auth_type=row.auth_type.value,
        auth_instructions=texts(row.instructions),
        empty_account_hint=_hint(row.empty_hint) if row.empty_hint else None,
        editor=row.publishing.editor,
        content_limits=_content(row.publishing.content),
        media_rules=_media(row.publishing.media),
        topic=_topic(row.publishing.topics),
        capabilities=capabilities_vo(row.capabilities, locale),
        option_schema=localised(row.publishing.options, locale),
        default_option=row.publishing.default_options() or None,
        status=row.status,
    )


def option_source_vo(source: OptionSource, locale: Locale) -> OptionSourceVo:
    return OptionSourceVo(
        field=source.field,
        label=source.label.in_locale(locale),
        description=source.description.in_locale(locale) if source.description else None,
        value_type=source.value_type,
        requires_account=source.requires_account,
        filter_schema=_schema(source.filter_schema, locale),
        create_schema=_schema(source.create_schema, locale),
    )


def _schema(schema: JsonSchema | None, locale: Locale) -> dict[str, Any] | None:
    return None if schema is None else localised(schema, locale)


def _hint(hint: EmptyHint) -> EmptyHintVo:
    action = None
    if hint.action is not None and hint.url is not None:
        action = HintActionVo(label=texts(hint.action), url=hint.url)
    return EmptyHintVo(title=texts(hint.title), description=texts(hint.description), action=action)


def _content(limits: ContentLimits) -> ContentLimitsVo:
    return ContentLimitsVo(
        modes=[mode.value for mode in limits.modes],
        max_title_length=limits.title,
        max_body_length=limits.body,
        max_total_text_length=limits.total_text,
        max_media_count=limits.media,
        max_images=limits.images,
        max_videos=limits.videos,
    )


def _media(rules: MediaRules) -> MediaRulesVo:
    ratio = rules.aspect_ratio
    return MediaRulesVo(
        image_formats=list(rules.image_formats),
        video_formats=list(rules.video_formats),
        max_image_size=rules.max_image_size,
        max_video_size=rules.max_video_size,
        min_video_duration=rules.min_video_duration,
        max_video_duration=rules.max_video_duration,
        min_image_width=rules.min_image_width,
        max_image_width=rules.max_image_width,
        min_image_height=rules.min_image_height,
        max_image_height=rules.max_image_height,
        aspect_ratio=AspectRatioVo(min=ratio.min, max=ratio.max) if ratio else None,
    )


def _topic(rules: TopicRules) -> TopicRulesVo:
    return TopicRulesVo(
        supported=rules.supported,
        native_field=rules.native,
        max_count=rules.max_count,
        max_total_length=rules.max_total_length,
    )
