"""Where the MCP server is off it costs nothing, and where its library is missing it says so.

The same of tracing, whose other tests are in `tests/tracing`.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from openchannels.app import mcp, run
from openchannels.core.exceptions import StartRefused
from openchannels.settings import load_settings
from tests.harness.commands import run as command
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

OFF = """
import asyncio, sys
from pathlib import Path
from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.jobs.workflows import Workflows
from openchannels.settings import load_settings
from tests.harness.asgi import Sent, ask

async def main():
    settings = load_settings(data_dir=Path(sys.argv[1]), environ={})
    runtime = await open_runtime(settings, public_url="http://127.0.0.1:8080")
    app = build_app(runtime)
    for path in ("/mcp", "/api/unified/mcp"):
        for method in ("GET", "POST", "DELETE"):
            print((await ask(app, Sent(method, path))).status)
    print((await ask(app, Sent("GET", "/llms.txt"))).body.count(b"/mcp"))
    runtime.http.load()
    await runtime.close()
    print(sorted(set(sys.argv[2:]) & set(sys.modules)))

asyncio.run(main())
"""

MCP = ("mcp", "mcp_types", "sse_starlette", "httpx2")
TRACING = (
    *("openchannels.tracing", "google.protobuf", "requests", "opentelemetry.context"),
    *("opentelemetry.trace", "opentelemetry.sdk", "opentelemetry.exporter"),
)
"""Litestar itself looks whether OpenTelemetry is installed, and loads a list of names if so."""


def test_off_it_is_not_there_and_not_loaded(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OFF, str(tmp_path), *MCP, *TRACING],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=clean_environ(),
    )
    # Before them stand log lines, which nobody configured here.
    assert ran.stdout.split()[-8:] == ["404"] * 6 + ["0", "[]"], ran.stderr


def test_without_its_library_the_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp, "find_spec", lambda name: None)
    settings = load_settings(data_dir=tmp_path, environ={"OPENCHANNELS_MCP__ENABLED": "true"})
    with pytest.raises(StartRefused, match=r"install openchannels\[mcp\]"):
        asyncio.run(run.serve(settings, lambda _url: None))


def test_the_command_says_what_it_lacks(tmp_path: Path) -> None:
    nothing_runs = command("mcp", "--data-dir", tmp_path)
    assert (nothing_runs.returncode, nothing_runs.stdout) == (3, "")
    no_key = command("mcp", OPENCHANNELS_URL="http://127.0.0.1:1")
    assert (no_key.returncode, no_key.stdout) == (2, "")
    assert "OPENCHANNELS_API_KEY" in no_key.stderr
    no_address = command("mcp", OPENCHANNELS_URL="nowhere", OPENCHANNELS_API_KEY="oc_key")
    assert (no_address.returncode, len(no_address.stderr.splitlines())) == (2, 1)
