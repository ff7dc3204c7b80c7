"""The traces of one process: what the rooms report, as spans of OpenTelemetry."""

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from contextvars import Token

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from openchannels.core import tracing
from openchannels.core.metrics import SUCCESS
from openchannels.core.redaction import redact
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import RawHeaders, ServiceTracing, current_trace_id
from openchannels.core.webhooks import Event
from openchannels.tracing import declared as attribute

CLOSING_SECONDS = 3.0
"""How long the end of a process waits for its last spans to be sent."""
LONGEST_TEXT = 256
"""Characters of an attribute whose text a caller chooses."""
UNTRACED = frozenset({"/health", "/ready", "/metrics"})
"""Paths that monitors ask for all the time."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
KEYS = frozenset({b"x-api-key", b"authorization"})
"""Headers with an API key; of strangers, who have none, no trace is continued."""
ACCEPTED = frozenset({SUCCESS, "delivered"})

_propagator = TraceContextTextMapPropagator()


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
        return _RequestSpan(span)

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
        return _Leaf(self._tracer.start_span(name, None, SpanKind.CLIENT, attributes))

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
        return _Leaf(self._tracer.start_span("webhook", None, SpanKind.CLIENT, attributes))

    def begin_batch(self, task: str, size: int) -> tracing.Span:
        attributes: dict[str, AttributeValue] = {
            attribute.TASK.name: task,
            attribute.SIZE.name: size,
        }
        # A batch belongs to no request, whatever the thread that starts it has run before.
        return _BatchSpan(
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
    return _propagator.extract(sent, Context())


def _text(sent: str) -> str:
    """Returns a text that a caller chose as the access log has it."""
    return redact(sent)[:LONGEST_TEXT]


class _Leaf:
    """A span within which nothing else begins."""

    __slots__ = ("_ended", "_span")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._ended = False

    @property
    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        _propagator.inject(carrier, set_span_in_context(self._span, Context()))
        return carrier

    def end(self, outcome: str, http_status: int | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        self._span.set_attribute(attribute.OUTCOME.name, outcome)
        if http_status is not None:
            self._span.set_attribute(attribute.STATUS.name, http_status)
        if outcome not in ACCEPTED:
            _fail(self._span, outcome)
        self._span.end()


def _fail(span: Span, kind: str) -> None:
    """Marks a span as an error, without a text: that might hold a secret."""
    span.set_attribute(attribute.ERROR.name, kind)
    span.set_status(StatusCode.ERROR)


class _Current:
    """Makes a span the one that others begin in, until it is left in the same task."""

    __slots__ = ("_context", "_trace_id")

    def __init__(self, span: Span) -> None:
        trace_id = format_trace_id(span.get_span_context().trace_id)
        self._context: Token[Context] = context.attach(set_span_in_context(span))
        self._trace_id: Token[str | None] = current_trace_id.set(trace_id)

    def leave(self) -> None:
        current_trace_id.reset(self._trace_id)
        context.detach(self._context)


class _BatchSpan(_Leaf):
    __slots__ = ("_current",)

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self._current = _Current(span)

    def end(self, outcome: str, http_status: int | None = None) -> None:
        if not self._ended:
            self._current.leave()
        super().end(outcome, http_status)


class _RequestSpan:
    __slots__ = ("_current", "_span")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._current = _Current(span)

    def end(self, record: RequestRecord, http_status: int | None) -> None:
        self._current.leave()
        span = self._span
        if span.is_recording():
            if record.operation is not None:
                span.update_name(record.operation)
            span.set_attributes(_request_attributes(record, http_status))
            code = http_status if record.code is None else record.code
            if code is None or 500 <= code < 600:
                _fail(span, tracing.ABANDONED if code is None else str(code))
        span.end()


def _request_attributes(
    record: RequestRecord, http_status: int | None
) -> dict[str, AttributeValue]:
    known: dict[str, AttributeValue | None] = {
        attribute.STATUS.name: http_status,
        attribute.CODE.name: record.code,
        attribute.REQUEST_ID.name: redact(record.request_id),
        attribute.USER.name: record.user_id,
        attribute.KEY_ID.name: record.key_id,
        attribute.PLATFORM.name: record.platform and _text(record.platform),
        attribute.ACCOUNT.name: record.account_id and _text(record.account_id),
    }
    return {name: value for name, value in known.items() if value is not None}
