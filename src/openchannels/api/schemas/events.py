"""Types of events on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import MAX_SAFE, UNSET, Moment, Unset, Wire
from openchannels.core.clock import iso
from openchannels.core.webhooks import Event

Sequence_ = Annotated[int, Meta(ge=0, le=MAX_SAFE)]
PageSize = Annotated[int, Meta(ge=1, le=100, description="Maximum number; 50 if absent.")]


class EventsQuery(Wire, kw_only=True):
    """The position and size of a page of events."""

    after: (
        Annotated[Sequence_, Meta(description="Events with a greater sequence; all if absent.")]
        | Unset
    ) = UNSET
    limit: PageSize | Unset = UNSET


class EventVo(Wire, kw_only=True):
    """An event about an account, as it is sent to webhooks."""

    id: str
    type: str
    timestamp: Moment
    data: dict[str, Any]


class EventList(Wire, kw_only=True):
    """Events, oldest first."""

    list: list[EventVo]
    has_next: bool


def event_list(events: Sequence[Event], has_next: bool) -> EventList:
    return EventList(list=[event_vo(event) for event in events], has_next=has_next)


def event_vo(event: Event) -> EventVo:
    return EventVo(id=event.id, type=event.type, timestamp=iso(event.at), data=dict(event.payload))
