"""What the rooms report about where their work begins and ends; the room `tracing` makes spans.

As in `core.metrics` each part is a protocol of its own, and the members never raise. Spans of one
task of the event loop nest: what begins within a request, a batch or a delivery belongs to it. A
request or batch must end in the task that began it.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Protocol

from openchannels.core.publications import Publication
from openchannels.core.request_record import RequestRecord
from openchannels.core.webhooks import Event

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Raw headers from the server, names in lower case."""

ABANDONED = "abandoned"
"""The outcome of work that was cancelled, or ended by an exception that nobody expected."""

current_trace_id: ContextVar[str | None] = ContextVar("current_trace_id", default=None)
"""The trace that this code runs in, as 32 hexadecimal digits; None where it runs in none."""


class Span(Protocol):
    """Work in progress. Ending it a second time does nothing."""

    def end(self, outcome: str, http_status: int | None = None) -> None:
        """Ends the span: `outcome` is as in the metrics, `http_status` that of an answer."""


class RequestSpan(Protocol):
    """A request in progress."""

    def end(self, record: RequestRecord, http_status: int | None) -> None:
        """Ends the span; `http_status` is None for a request without an answer."""


class DeliverySpan(Span, Protocol):
    """An attempt to deliver an event."""

    @property
    def headers(self) -> Mapping[str, str]:
        """`traceparent` and `tracestate`, by which the receiver continues the trace."""
        ...


class RequestTracing(Protocol):
    """Reported by the API."""

    def begin_request(self, method: str, path: str, headers: RawHeaders) -> RequestSpan:
        """Begins a request; with an API key among its headers it continues the caller's trace."""
        ...


class UpstreamTracing(Protocol):
    """Reported by the platform clients."""

    def begin_call(
        self, platform: str, operation: str, method: str, host: str, attempt: int
    ) -> Span:
        """Begins one attempt of a call to a platform, the first attempt being 1."""
        ...

    def note_withheld_call(self, platform: str, operation: str, reason: str) -> None:
        """Notes with the work in progress that a call was not sent."""


class DeliveryTracing(Protocol):
    """Reported by the deliveries of webhooks."""

    def begin_delivery(self, webhook_id: str, event_id: str, event: Event | None) -> DeliverySpan:
        """Begins an attempt to deliver an event; `event` is None for a test of the webhook."""
        ...


class PublishTracing(Protocol):
    """Reported by the publications."""

    def begin_publication(self, publication: Publication) -> Span:
        """Begins a run of the work on a publication, within which calls to its platform are made.

        It must end in the task that began it.
        """
        ...


class TaskTracing(Protocol):
    """Reported by the background work."""

    def begin_batch(self, task: str, size: int) -> Span:
        """Begins a batch of a task."""
        ...


class ServiceTracing(
    RequestTracing, UpstreamTracing, DeliveryTracing, PublishTracing, TaskTracing, Protocol
):
    """All that one process reports."""

    async def close(self) -> None:
        """Sends the spans that have ended, within a few seconds."""


class NoTracing(ServiceTracing):
    """Traces nothing."""

    def begin_request(self, method: str, path: str, headers: RawHeaders) -> RequestSpan:
        return NO_REQUEST

    def begin_call(
        self, platform: str, operation: str, method: str, host: str, attempt: int
    ) -> Span:
        return NO_SPAN

    def note_withheld_call(self, platform: str, operation: str, reason: str) -> None:
        return

    def begin_delivery(self, webhook_id: str, event_id: str, event: Event | None) -> DeliverySpan:
        return NO_SPAN

    def begin_publication(self, publication: Publication) -> Span:
        return NO_SPAN

    def begin_batch(self, task: str, size: int) -> Span:
        return NO_SPAN

    async def close(self) -> None:
        return


class _NoSpan(DeliverySpan):
    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    def end(self, outcome: str, http_status: int | None = None) -> None:
        return


class _NoRequest(RequestSpan):
    def end(self, record: RequestRecord, http_status: int | None) -> None:
        return


NO_SPAN: DeliverySpan = _NoSpan()
NO_REQUEST: RequestSpan = _NoRequest()
NO_TRACING: ServiceTracing = NoTracing()
