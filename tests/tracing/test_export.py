"""Which spans are exported and where to; that off nothing is loaded is in `tests/mcp`."""

import asyncio
import sys
from pathlib import Path

import pytest

from openchannels.app.bootstrap import open_runtime
from openchannels.core.exceptions import StartRefused
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import current_trace_id
from openchannels.settings import load_settings
from openchannels.tracing.export import export_traces
from tests.harness.collector import collecting


def test_without_its_library_the_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "openchannels.tracing.export", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    settings = load_settings(data_dir=tmp_path, environ={"OPENCHANNELS_TRACING__ENABLED": "true"})
    with pytest.raises(StartRefused, match=r"install openchannels\[otel\]"):
        asyncio.run(open_runtime(settings, public_url="http://127.0.0.1"))
    assert list(tmp_path.iterdir()) == []


async def test_callers_decide_for_their_own_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all others the ratio; and the variables of OpenTelemetry hold where no setting does."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "channels")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc")
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.origin)
        about = {"service.name": "openchannels", "service.version": "1"}
        tracing = export_traces(about, endpoint=None, sample_ratio=0.0)
        for flag in (None, b"00", b"01"):
            trace = b"00-%032x-%016x-%s" % (int(flag or b"2") + 1, 1, flag or b"")
            headers = [(b"x-api-key", b"k"), *([(b"traceparent", trace)] if flag else [])]
            tracing.begin_request("GET", "/x", headers).end(RequestRecord("r" * 24), 200)
        await tracing.close()
        (span,) = collector.spans
        (message,) = collector.messages
    assert span.trace_id == f"{2:032x}"
    assert message.headers["authorization"] == "Basic abc"
    named = ("service.name", "service.version", "deployment.environment.name")
    assert [span.resource[name] for name in named] == ["channels", "1", "staging"]


async def test_a_switched_off_library_names_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracing = export_traces({}, endpoint="http://127.0.0.1:1", sample_ratio=None)
    request = tracing.begin_request("GET", "/x", [])
    assert current_trace_id.get() is None
    assert dict(tracing.begin_delivery("w", "e", None).headers) == {}
    request.end(RequestRecord("r" * 24), 200)
    await tracing.close()
