"""The traces of one process: what the rooms report, as spans of OpenTelemetry."""

import asyncio
import contextlib
import threading

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, get_current_span
from opentelemetry.util.types import AttributeValue

from openchannels.core import tracing
from openchannels.core.publications import Publication
from openchannels.core.tracing import RawHeaders, ServiceTracing
from openchannels.core.webhooks import Event
from openchannels.tracing import declared as attribute
from openchannels.tracing.spans import PROPAGATOR, BatchSpan, LeafSpan, ServerSpan

CLOSING_SECONDS = 3.0
"""How long the end of a process waits for its last spans to be sent."""
UNTRACED = frozenset({"/health", "/ready", "/metrics"})
"""Paths that monitors ask for all the time."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
KEYS = frozenset({b"x-api-key", b"authorization"})
"""Headers with an API key; of strangers, who have none, no trace is continued."""


class ProcessTracing(ServiceTracing):
    """Makes spans of what one process does, with a provider of its own.

    The provider is not OpenTelemetry's global one: other libraries of this process would export
    through that, and what they put into their spans is not ours to vouch for.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("openchannels")

    def begin_request(self, method: str, path: str, headers: RawHeaders) -> tracing.RequestSpan:
        if path in UNTRACED:
            return tracing.NO_REQUEST
        known = method if method in METHODS else "_OTHER"
        span = self._tracer.start_span(
            known,
            _sent_context(headers),
            SpanKind.SERVER,
            {attribute.METHOD.name: known},
        )
        return ServerSpan(span)

    def begin_call(
        self, platform: str, operation: str, method: str, host: str, attempt: int
    ) -> tracing.Span:
        attributes: dict[str, AttributeValue] = {
            attribute.PLATFORM.name: platform,
            attribute.OPERATION.name: operation,
            attribute.METHOD.name: method,
            attribute.HOST.name: host,
        }
        if attempt > 1:
            attributes[attribute.RESENT.name] = attempt - 1
        name = f"{platform} {operation}"
        return LeafSpan(self._tracer.start_span(name, None, SpanKind.CLIENT, attributes))

    def note_withheld_call(self, platform: str, operation: str, reason: str) -> None:
        noted = {
            attribute.PLATFORM.name: platform,
            attribute.OPERATION.name: operation,
            attribute.OUTCOME.name: reason,
        }
        get_current_span().add_event(attribute.WITHHELD_CALL, noted)

    def begin_delivery(
        self, webhook_id: str, event_id: str, event: Event | None
    ) -> tracing.DeliverySpan:
        attributes: dict[str, AttributeValue] = {
            attribute.WEBHOOK.name: webhook_id,
            attribute.EVENT.name: event_id,
        }
        if event is not None:
            attributes |= {
                attribute.EVENT_TYPE.name: event.type,
                attribute.USER.name: event.user_id,
                attribute.PLATFORM.name: event.platform,
                attribute.ACCOUNT.name: event.account_id,
            }
        return LeafSpan(self._tracer.start_span("webhook", None, SpanKind.CLIENT, attributes))

    def begin_publication(self, publication: Publication) -> tracing.Span:
        attributes: dict[str, AttributeValue] = {
            attribute.PUBLICATION.name: publication.id,
            attribute.PLATFORM.name: publication.platform,
            attribute.ACCOUNT.name: publication.account_id,
            attribute.USER.name: publication.user_id,
        }
        name = f"publish {publication.platform}"
        return BatchSpan(self._tracer.start_span(name, None, SpanKind.INTERNAL, attributes))

    def begin_batch(self, task: str, size: int) -> tracing.Span:
        attributes: dict[str, AttributeValue] = {
            attribute.TASK.name: task,
            attribute.SIZE.name: size,
        }
        # A batch belongs to no request, whatever the thread that starts it has run before.
        return BatchSpan(
            self._tracer.start_span(f"task {task}", Context(), SpanKind.INTERNAL, attributes)
        )

    async def close(self) -> None:
        """Sends what has ended; a collector that is away delays this by `CLOSING_SECONDS`."""
        closed, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down() -> None:
            self._provider.shutdown()
            # The loop has ended where nobody waits any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(closed.set)

        # Its own thread, because the loop waits at its end for those of its pool.
        threading.Thread(target=shut_down, name="close-tracing", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await closed.wait()


def _sent_context(headers: RawHeaders) -> Context | None:
    """Returns the trace of a caller with an API key; None leaves the one of this code."""
    sent: dict[str, list[str]] = {}
    has_key = False
    for name, value in headers:
        if name in KEYS:
            has_key = True
        elif name in (b"traceparent", b"tracestate"):
            sent.setdefault(name.decode(), []).append(value.decode("latin-1"))
    if not has_key or "traceparent" not in sent:
        return None
    return PROPAGATOR.extract(sent, Context())
