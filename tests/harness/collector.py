"""An OTLP collector on a real socket, which keeps the spans that are exported to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from openchannels.testing.receiver import Message, Receiver, ReceiverAnswer
from tests.harness.waiting import wait_until

KINDS = {
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
    trace_pb2.Span.SPAN_KIND_INTERNAL: "internal",
}


@dataclass(frozen=True)
class Exported:
    """One span as it arrived; ids are hexadecimal, the parent's is empty at a root."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    trace_state: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    failed: bool
    message: str
    resource: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Returns one of our attributes by its name without prefix; None where it is absent."""
        return self.attributes.get(f"openchannels.{name}")


class Collector(Receiver):
    """Accepts every export at `/v1/traces`."""

    def receive(self, message: Message) -> ReceiverAnswer:
        super().receive(message)
        headers = {"content-type": "application/x-protobuf"}
        return ReceiverAnswer(200 if message.path == "/v1/traces" else 404, b"", headers)

    @property
    def environ(self) -> dict[str, str]:
        """Settings of a service that exports to this collector."""
        return {
            "OPENCHANNELS_TRACING__ENABLED": "true",
            "OPENCHANNELS_TRACING__ENDPOINT": self.origin,
        }

    @property
    def spans(self) -> list[Exported]:
        """All spans so far, in the order in which they ended."""
        with self.lock:
            bodies = [message.body for message in self.messages]
        requests = (ExportTraceServiceRequest.FromString(body) for body in bodies)
        return [
            _exported(span, _values(part.resource.attributes))
            for request in requests
            for part in request.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]

    def wait(self, wanted: Callable[[Exported], bool]) -> Exported:
        """Returns the first span of those wanted, once it is there."""
        found = wait_until(lambda: next(filter(wanted, self.spans), None))
        assert found is not None
        return found


def _exported(span: trace_pb2.Span, resource: dict[str, Any]) -> Exported:
    return Exported(
        name=span.name,
        kind=KINDS[span.kind],
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        trace_state=span.trace_state,
        attributes=_values(span.attributes),
        events=[(event.name, _values(event.attributes)) for event in span.events],
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        message=span.status.message,
        resource=resource,
    )


def _values(attributes: "list[KeyValue] | Any") -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()
