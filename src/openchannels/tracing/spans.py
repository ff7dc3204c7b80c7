"""Spans in progress, as the rooms end them."""

from collections.abc import Mapping
from contextvars import Token

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import Span, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from openchannels.core.metrics import SUCCESS
from openchannels.core.redaction import redact
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import ABANDONED, current_trace_id
from openchannels.tracing import declared as attribute

LONGEST_TEXT = 256
"""Characters of an attribute whose text a caller chooses."""
ACCEPTED = frozenset({SUCCESS, "delivered"})
PROPAGATOR = TraceContextTextMapPropagator()


def _text(sent: str) -> str:
    """Returns a text that a caller chose as the access log has it."""
    return redact(sent)[:LONGEST_TEXT]


class LeafSpan:
    """A span within which nothing else begins."""

    __slots__ = ("_ended", "_span")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._ended = False

    @property
    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier, set_span_in_context(self._span, Context()))
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
        found = span.get_span_context()
        # Without one where OTEL_SDK_DISABLED is set.
        trace_id = format_trace_id(found.trace_id) if found.is_valid else None
        self._context: Token[Context] = context.attach(set_span_in_context(span))
        self._trace_id: Token[str | None] = current_trace_id.set(trace_id)

    def leave(self) -> None:
        current_trace_id.reset(self._trace_id)
        context.detach(self._context)


class BatchSpan(LeafSpan):
    """A batch or the work on a publication, within which calls and deliveries begin."""

    __slots__ = ("_current",)

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self._current = _Current(span)

    def end(self, outcome: str, http_status: int | None = None) -> None:
        if not self._ended:
            self._current.leave()
        super().end(outcome, http_status)


class ServerSpan:
    """A request, within which calls begin."""

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
                _fail(span, ABANDONED if code is None else str(code))
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
