"""Calls to platforms and their spans, however a call ends."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from openchannels.core.clock import system_clock
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import current_trace_id
from openchannels.tracing import process
from openchannels.tracing.process import ProcessTracing
from openchannels.tracing.spans import LONGEST_TEXT
from openchannels.transport.admission import PlatformGuard, Protection
from openchannels.transport.answers import unrecognized
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, HttpClient, TransportError
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient
from tests.harness.receiver import Receiver
from tests.harness.waiting import until

URL = "https://api.example.com/things?access_token=hidden"
KEYED = [(b"x-api-key", b"k")]


class Traced:
    """The spans that have ended."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracing = ProcessTracing(provider)

    @property
    def ended(self) -> list[dict[str, Any]]:
        return [
            {"name": span.name, **(span.attributes or {})}
            for span in self._kept.get_finished_spans()
        ]

    @property
    def noted(self) -> list[dict[str, Any]]:
        """The events on the spans that have ended."""
        found = [event for span in self._kept.get_finished_spans() for event in span.events]
        return [{"name": event.name, **(event.attributes or {})} for event in found]

    def client(self, send: Callable[[Call], Any], **protection: Any) -> PlatformClient:
        return PlatformClient(
            platform=Platform("youtube"),
            app=App("id", "secret", "https://oc.example/callback", ()),
            send=send,
            classify=unrecognized,
            cache=Cache(system_clock),
            guard=PlatformGuard(system_clock, Protection(**protection), tracing=self.tracing),
        )


async def test_a_call_without_an_answer() -> None:
    traced = Traced()

    async def send(_call: Call) -> Answer:
        raise TransportError("timeout", "the deadline passed")

    with pytest.raises(PlatformFailure):
        await traced.client(send).call("POST", URL, operation="auth.exchange")
    assert traced.ended == [
        {
            "name": "youtube auth.exchange",
            "openchannels.platform": "youtube",
            "openchannels.operation": "auth.exchange",
            "http.request.method": "POST",
            "server.address": "api.example.com",
            "openchannels.outcome": "timeout",
            "error.type": "timeout",
        }
    ]


async def test_a_call_that_is_cancelled() -> None:
    traced, called = Traced(), asyncio.Event()

    async def send(_call: Call) -> Answer:
        called.set()
        return await asyncio.Future()

    call = asyncio.create_task(traced.client(send).call("GET", URL, operation="works.list"))
    await called.wait()
    assert traced.ended == []
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [span["openchannels.outcome"] for span in traced.ended] == ["abandoned"]


async def test_a_call_that_is_not_sent_is_noted_with_its_request() -> None:
    traced = Traced()

    async def send(_call: Call) -> Answer:
        return Answer(503, {}, b"")

    client = traced.client(send, failures=1)
    with pytest.raises(PlatformFailure):
        await client.call("POST", URL, operation="works.list")
    request = traced.tracing.begin_request("GET", "/x", [])
    with pytest.raises(PlatformFailure):
        await client.call("POST", URL, operation="works.list")
    request.end(RequestRecord("r" * 24), None)
    assert [span["name"] for span in traced.ended] == ["youtube works.list", "GET"]
    assert traced.ended[1]["error.type"] == "abandoned"
    assert traced.noted == [
        {
            "name": "platform call withheld",
            "openchannels.platform": "youtube",
            "openchannels.operation": "works.list",
            "openchannels.outcome": "circuit_open",
        }
    ]


async def test_platforms_are_told_of_no_trace(receiver: Receiver) -> None:
    """Not even where the trace is a caller's own: see docs/adr/0029."""
    traced, http = Traced(), HttpClient(sandbox=receiver.origin)
    sent = (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    request = traced.tracing.begin_request("POST", "/x", [*KEYED, sent])
    await traced.client(http).call("POST", URL, operation="works.list", silent=True)
    request.end(RequestRecord("r" * 24), 200)
    await http.close()
    (message,) = receiver.messages
    assert len(traced.ended) == 2
    assert not message.headers.keys() & {"traceparent", "tracestate", "baggage"}


async def test_log_lines_know_their_trace_while_it_lasts() -> None:
    traced = Traced()
    request = traced.tracing.begin_request("GET", "/x", KEYED)
    outer = current_trace_id.get()
    batch = traced.tracing.begin_batch("webhooks", 3)
    assert outer
    assert current_trace_id.get() not in (None, outer)
    batch.end("success")
    batch.end("abandoned")
    assert current_trace_id.get() == outer
    request.end(RequestRecord("r" * 24), 200)
    assert current_trace_id.get() is None
    assert traced.ended[0]["openchannels.outcome"] == "success"


async def test_what_callers_write_is_cut_and_redacted() -> None:
    traced, record = Traced(), RequestRecord("r" * 24)
    record.platform, record.account_id = "x" * 9000, "access_token=hunter2hunter2"
    traced.tracing.begin_request("BREW", "/x", []).end(record, 404)
    (span,) = traced.ended
    assert span["name"] == span["http.request.method"] == "_OTHER"
    assert len(span["openchannels.platform"]) == LONGEST_TEXT
    assert "hunter2" not in span["openchannels.account"]


async def test_a_collector_that_hangs_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exporter goes on until `close` has returned: waiting for it would never end."""

    class Hanging(SpanExporter):
        def __init__(self) -> None:
            self.begun, self.released = threading.Event(), threading.Event()

        def export(self, spans: Any) -> SpanExportResult:
            self.begun.set()
            self.released.wait()
            return SpanExportResult.FAILURE

    monkeypatch.setattr(process, "CLOSING_SECONDS", 0.05)
    hanging, provider = Hanging(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(hanging))
    tracing = ProcessTracing(provider)
    tracing.begin_batch("webhooks", 1).end("success")
    await tracing.close()
    assert await until(hanging.begun.is_set)
    hanging.released.set()
