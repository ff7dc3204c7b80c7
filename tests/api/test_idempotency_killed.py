"""A process that is killed while a request with an idempotency key runs."""

import threading
from pathlib import Path
from typing import Any

import httpx2

from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, GROUPS
from tests.harness.processes import Child
from tests.harness.settings import COMMON, MASTER_KEY
from tests.harness.waiting import PATIENCE, wait_until

HEADER = "Idempotency-Key"


def test_a_killed_request_runs_again_after_its_lease(
    start_service: StartService, store: str, tmp_path: Path
) -> None:
    service = start_service()
    environ = {
        **COMMON,
        "OPENCHANNELS_SERVER__PORT": "0",
        "OPENCHANNELS_DATABASE__URL": store,
        "OPENCHANNELS_VAULT__KEYS__TEST": MASTER_KEY,
        "OPENCHANNELS_SANDBOX__URL": service.sandbox_url,
    }
    command = ("tests.harness.serve", tmp_path)
    child = Child(*command, log=tmp_path / "stderr.log", environ=environ)
    try:
        doomed = service.client_of(base_url=child.ready())
        group = doomed.post(GROUPS, json={"name": "done"}, headers={HEADER: "done"}).json()
        service.reset_sandbox()
        service.fault(host="*", kind="latency", latencyMs=int(PATIENCE * 1000))
        body = service.plugin_body("xhs")
        asking = threading.Thread(target=ask, args=(doomed, body))
        asking.start()
        wait_until(service.calls)
    finally:
        child.end()
    asking.join(PATIENCE)
    service.reset_sandbox()
    client = service.client_of()
    replayed = client.post(GROUPS, json={"name": "done"}, headers={HEADER: "done"})
    assert replayed.json()["data"] == group["data"]
    assert replayed.headers["idempotency-replayed"] == "true"
    # A dead process holds its key until the lease ends; the wait for it is real time here.
    answer = client.post(ACCOUNTS, json=body, headers={HEADER: "killed"}).json()
    assert (answer["code"], answer["data"]["retryable"]) == (15206, True)
    service.clock.advance(60)
    answers = [
        client.post(ACCOUNTS, json=body, headers={HEADER: "killed"}).json() for _ in range(2)
    ]
    assert [answer["code"] for answer in answers] == [0, 0]
    assert answers[0]["data"] == answers[1]["data"]
    assert client.get(ACCOUNTS).json()["data"]["total"] == 1


def ask(client: httpx2.Client, body: dict[str, Any]) -> None:
    """Send a request that nobody answers."""
    try:
        client.post(ACCOUNTS, json=body, headers={HEADER: "killed"})
    except httpx2.TransportError:
        return
    raise AssertionError("the killed process answered")
