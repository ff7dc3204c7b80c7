"""Types of what a caller sends for publishing, and how they are read."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Filled,
    PlatformName,
    Unset,
    Wire,
    none_if_empty,
    none_if_unset,
)
from openchannels.api.schemas.publishing import LinkStatusShown, StatusShown
from openchannels.core.exceptions import Issue
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    LinkStatus,
    PublicationFilter,
)
from openchannels.service.publishing.drafts import FlowRequest, ItemRequest
from openchannels.service.publishing.requested import ContentRequest, MediaRequest
from openchannels.service.publishing.work_links import WorkLink

MAX_MEDIA = 100
MAX_ITEMS = 100
MAX_TEXT = 100_000
MediaAddress = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2048,
        extra_json_schema={"format": "uri"},
        description="Of an asset of yours, or of a file that anybody can fetch.",
    ),
]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
When = Annotated[datetime, Meta(tz=True)]
FlowId = Annotated[str, Meta(max_length=128)]


class AdaptationWire(Wire, kw_only=True):
    """How a file may be changed for a platform."""

    image_format: Annotated[
        Literal["off", "auto", "jpeg", "png", "webp"],
        Meta(description="`auto`: to one that the platform takes. Videos are never changed."),
    ] = "off"


class MediaOptions(Wire, kw_only=True):
    """Options of a file."""

    adaptation: AdaptationWire | Unset = UNSET


class MediaItem(Wire, kw_only=True):
    """A file of the content."""

    url: MediaAddress
    options: MediaOptions | Unset = UNSET


class ContentWire(Wire, kw_only=True):
    """What is published. `media` in the order in which it is shown."""

    title: Text | Unset = UNSET
    body: Text | Unset = UNSET
    media: Annotated[list[MediaItem], Meta(max_length=MAX_MEDIA)] | Unset = UNSET
    cover: MediaItem | Unset | None = UNSET


class FlowContext(Wire, kw_only=True):
    """Where the content comes from, kept as it is."""

    material_group_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET
    material_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET
    task_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET


class FlowItem(Wire, kw_only=True):
    """One account that publishes the content."""

    platform: PlatformName
    account_id: Filled
    option: (
        Annotated[
            dict[str, Any],
            Meta(description="As the platform's `optionSchema` in `GET /platforms` has it."),
        ]
        | Unset
    ) = UNSET
    overrides: (
        Annotated[
            ContentWire,
            Meta(description="Parts that this account has otherwise; a cover of null removes it."),
        ]
        | Unset
    ) = UNSET


class CreateFlow(Wire, kw_only=True):
    """One content for one or more accounts."""

    content: ContentWire
    publish_at: Annotated[When, Meta(description="When it goes out; one in the past means now.")]
    items: Annotated[list[FlowItem], Meta(min_length=1, max_length=MAX_ITEMS)]
    flow_id: (
        Annotated[
            FlowId,
            Meta(description="Yours, or ours if absent. The same request again changes nothing."),
        ]
        | Unset
    ) = UNSET
    context: FlowContext | Unset = UNSET


class UpdatePublishAt(Wire, kw_only=True):
    """Another time."""

    publish_at: When


class RetryTask(Wire, kw_only=True):
    """How a failed task is started again."""

    force: (
        Annotated[
            bool,
            Meta(
                description="Also one of which it is not known whether it is out, after you"
                " have looked."
            ),
        ]
        | Unset
    ) = UNSET


class UpdateTask(Wire, kw_only=True):
    """What a published work is changed to; at least one of both."""

    content: ContentWire | Unset = UNSET
    option: dict[str, Any] | Unset = UNSET


class RecordsQuery(Wire, kw_only=True):
    """Filters of records; all given ones must match."""

    account_id: Annotated[Filled, Meta(description="Of one account.")] | Unset = UNSET
    account_type: Annotated[PlatformName, Meta(description="Of one platform.")] | Unset = UNSET
    time: (
        Annotated[
            list[When],
            Meta(min_length=2, max_length=2, description="From and until, by `publishTime`."),
        ]
        | Unset
    ) = UNSET


class AllRecordsQuery(RecordsQuery, kw_only=True):
    """The same, and the status."""

    status: StatusShown | Unset = UNSET


class UpdateWorkLink(Wire, kw_only=True):
    """The work that a plug-in or a person has published."""

    work_link: Annotated[str, Meta(min_length=1, max_length=2048)] | Unset = UNSET
    data_id: Annotated[str, Meta(min_length=1, max_length=512)] | Unset = UNSET
    platform_work_id: Annotated[str, Meta(min_length=1, max_length=512)] | Unset = UNSET
    link_status: LinkStatusShown = "ready"
    link_error: Annotated[str, Meta(max_length=1000)] | Unset = UNSET
    link_meta: dict[str, Any] | Unset = UNSET


def flow_request(body: CreateFlow) -> FlowRequest:
    context = none_if_unset(body.context)
    material = {} if context is None else _given(context)
    return FlowRequest(
        content=content_request(body.content),
        publish_at=body.publish_at.timestamp(),
        items=tuple(_item(item) for item in body.items),
        flow_id=none_if_empty(body.flow_id),
        material=material,
    )


def content_request(content: ContentWire) -> ContentRequest:
    return ContentRequest(
        title=none_if_unset(content.title) or "",
        body=none_if_unset(content.body) or "",
        media=_media(content.media) or (),
        cover=_medium(none_if_unset(content.cover)),
    )


def _item(item: FlowItem) -> ItemRequest:
    option = none_if_unset(item.option) or {}
    changes = _changes(none_if_unset(item.overrides))
    return ItemRequest(Platform(item.platform), item.account_id, option, changes)


def content_changes(body: UpdateTask) -> dict[str, Any]:
    """Returns the parts of the content that are to be replaced."""
    return _changes(none_if_unset(body.content))


def _changes(given: ContentWire | None) -> dict[str, Any]:
    if given is None:
        return {}
    parts = {"title": given.title, "body": given.body}
    changes: dict[str, Any] = {name: value for name, value in parts.items() if value is not UNSET}
    if given.media is not UNSET:
        changes["media"] = _media(given.media)
    if given.cover is not UNSET:
        changes["cover"] = _medium(given.cover)
    return changes


def _media(media: list[MediaItem] | Unset) -> tuple[MediaRequest, ...] | None:
    if not isinstance(media, list):
        return None
    return tuple(one for one in map(_medium, media) if one is not None)


def _medium(item: MediaItem | None) -> MediaRequest | None:
    if item is None:
        return None
    options = none_if_unset(item.options)
    adaptation = None if options is None else none_if_unset(options.adaptation)
    return MediaRequest(item.url, "off" if adaptation is None else adaptation.image_format)


def _given(context: FlowContext) -> dict[str, str]:
    known = {
        "materialGroupId": context.material_group_id,
        "materialId": context.material_id,
        "taskId": context.task_id,
    }
    return {name: value for name, value in known.items() if isinstance(value, str)}


def record_filter(query: RecordsQuery) -> PublicationFilter:
    between = none_if_unset(query.time)
    platform = none_if_unset(query.account_type)
    return PublicationFilter(
        account_id=none_if_unset(query.account_id),
        platform=None if platform is None else Platform(platform),
        since=None if between is None else between[0].timestamp(),
        until=None if between is None else between[1].timestamp(),
    )


def work_link(body: UpdateWorkLink) -> WorkLink:
    return WorkLink(
        link=none_if_unset(body.work_link),
        work_id=none_if_unset(body.platform_work_id),
        data_id=none_if_unset(body.data_id),
        status=LinkStatus(body.link_status),
        error=none_if_unset(body.link_error),
        meta=none_if_unset(body.link_meta),
    )


def nothing_to_change() -> list[Issue]:
    return [Issue("content", "or option is required")]
