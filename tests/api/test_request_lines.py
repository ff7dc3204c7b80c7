"""The log of a running server: one grep finds the story of a request, or of an account."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.harness.fixtures import StartService
from tests.harness.paths import AUTH, WORKS
from tests.harness.waiting import PATIENCE, until
from tests.jobs.conftest import StartWorker, start_worker

__all__ = ["start_worker"]
HOST = "www.googleapis.com"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_story_of_an_account(
    start_service: StartService, tmp_path: Path, start_worker: StartWorker
) -> None:
    other = start_service()
    other.clock.hold()
    # The trace is named in the log also where nothing of it is exported.
    server = await start_worker(
        *("openchannels", "serve", "--port", "0", "--json", "--data-dir", str(tmp_path)),
        OPENCHANNELS_SANDBOX__URL=other.sandbox_url,
        OPENCHANNELS_SERVER__LOG_FORMAT="json",
        OPENCHANNELS_SERVER__TRUSTED_PROXIES="127.0.0.0/8",
        OPENCHANNELS_TRACING__ENABLED="true",
        OPENCHANNELS_TRACING__SAMPLE_RATIO="0",
    )
    key = other.key_of()
    headers = {"X-Api-Key": key.key, "X-Forwarded-For": "203.0.113.7"}
    async with httpx2.AsyncClient(
        base_url=json.loads(server.said)["url"],
        headers=headers,
        trust_env=False,
        timeout=PATIENCE,
        follow_redirects=True,
    ) as client:
        start = (await client.get(f"{AUTH}/youtube")).json()["data"]
        await client.get(start["url"] + "&sandbox_decision=approve&sandbox_person=ida")
        path = f"{AUTH}/youtube/status/{start['sessionId']}"
        account = (await client.get(path)).json()["data"]["accountId"]
        other.fault(host=HOST, kind="status", status=503)
        named = {
            "X-Request-Id": "the-request-in-question",
            "traceparent": f"00-{TRACE}-{1:016x}-00",
        }
        query = {"accountId": account}
        refused = await client.get(f"{WORKS}/youtube", params=query, headers=named)
        assert refused.json()["code"] == 15094
        await client.get("/nowhere?token=a-secret-token")

    def lines() -> list[dict[str, Any]]:
        text = server.log.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    async def all_written() -> bool:
        return any(line.get("path") == "/nowhere" for line in lines())

    await until(all_written)
    story = [line for line in lines() if line.get("account") == account]
    assert [(line["event"], line.get("operation")) for line in story] == [
        ("account connected", None),
        ("request", "callback"),
        ("request", "WorksController_listWorks_v2"),
    ]
    listed = story[-1]
    assert listed.pop("timestamp")
    ms, upstream = listed.pop("ms"), listed.pop("upstream_ms")
    assert 0 < upstream <= ms
    assert listed == {
        "event": "request",
        "level": "warning",
        "request_id": "the-request-in-question",
        "method": "GET",
        "path": f"{WORKS}/youtube",
        "http_status": 200,
        "client": "203.0.113.7",
        "code": 15094,
        "operation": "WorksController_listWorks_v2",
        "user": "acme",
        "key_id": key.id,
        "platform": "youtube",
        "account": account,
        "trace_id": TRACE,
    }
    asked = [line["event"] for line in lines() if line.get("request_id") == named["X-Request-Id"]]
    assert asked == [line["event"] for line in lines() if line.get("trace_id") == TRACE]
    assert asked == ["a platform call is repeated", "request"]
    text = server.log.read_text()
    assert f'"account":"{account}"' in text
    assert not re.search(r"a-secret-token|code=|state=|ticket=", text)
    assert key.key not in text
    assert server.end(signal.SIGTERM) == 0
