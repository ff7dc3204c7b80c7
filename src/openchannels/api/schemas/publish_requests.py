"""From what a caller sends to what the service is asked."""

from typing import Any

from openchannels.api.schemas.common import UNSET, Unset, none_if_unset
from openchannels.api.schemas.publishing import (
    ContentWire,
    CreateFlow,
    FlowContext,
    FlowItem,
    MediaItem,
    RecordsQuery,
    UpdateTask,
    UpdateWorkLink,
)
from openchannels.core.exceptions import Issue
from openchannels.core.platforms import Platform
from openchannels.core.publications import LinkStatus, PublicationFilter
from openchannels.service.publishing.records import WorkLink
from openchannels.service.publishing.requests import (
    ContentRequest,
    FlowRequest,
    ItemRequest,
    MediaRequest,
)


def flow_request(body: CreateFlow) -> FlowRequest:
    context = none_if_unset(body.context)
    material = {} if context is None else _given(context)
    return FlowRequest(
        content=content_request(body.content),
        publish_at=body.publish_at.timestamp(),
        items=tuple(_item(item) for item in body.items),
        flow_id=none_if_unset(body.flow_id),
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
