"""PostgreSQL that answers nothing: every request gets an answer, and every process still ends."""

import asyncio
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.harness.paths import ACCOUNTS, API, AUTH
from tests.harness.postgres import Postgres
from tests.harness.service import Service, running_service
from tests.harness.waiting import PATIENCE, until
from tests.jobs.chores import Worker

STOP_SECONDS = 4.0
SERVE = ("openchannels", "serve", "--port", "0", "--json")
WORK = ("openchannels", "worker", "--json")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of this module's own in this process: all others must go on."""
    own = Postgres(secrets.token_hex(16))
    yield own
    own.stop()


@pytest.fixture
def store(server: Postgres) -> str:
    return server.database()


async def asked(service: Service, method: str, path: str, **how: Any) -> Any:
    return await asyncio.to_thread(service.client_of().request, method, path, **how)


async def test_every_request_is_answered_while_the_store_hangs(
    server: Postgres, store: str, tmp_path: Path
) -> None:
    with running_service(store, tmp_path) as service:
        # A connection is in the pool, so that a statement hangs and not only new connections.
        assert (await asked(service, "GET", f"{AUTH}/youtube")).json()["code"] == 0
        with server.frozen():
            ready, *answers = await asyncio.gather(
                asked(service, "GET", "/ready"),
                asked(service, "GET", f"{ACCOUNTS}/x/auth-status"),
                asked(service, "GET", f"{AUTH}/youtube"),
                asked(service, "DELETE", f"{ACCOUNTS}/x"),
                asked(service, "POST", f"{API}/webhooks", json={"url": "https://example.com/"}),
                asked(service, "GET", f"{AUTH}/youtube/callback?state=x&code=y"),
                asked(service, "GET", f"/connect/{'a' * 16}"),
            )
        assert ready.status_code == 503
        assert ready.json() == {"status": "unready", "database": "TimeoutError"}
        for answer in answers:
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
        for answer in answers[:4]:
            body = answer.json()
            assert body["code"] == 503
            assert body["data"] == {"reason": "store", "retryable": True, "retryAfter": 5}
        for answer in answers[4:]:
            assert "text/html" in answer.headers["content-type"]
        answer = await asked(service, "GET", f"{AUTH}/youtube")
        assert answer.json()["code"] == 0

        async def well() -> bool:
            return (await asked(service, "GET", "/ready")).status_code == 200

        await until(well)


async def test_a_process_ends_in_time_and_says_what_it_left(
    server: Postgres, store: str, tmp_path: Path
) -> None:
    """The job engine waits for its database without end; the process does not."""
    environ = {"OPENCHANNELS_SERVER__SHUTDOWN_SECONDS": str(STOP_SECONDS)}
    processes = [
        Worker(store, tmp_path, *command, "--data-dir", str(tmp_path), environ=environ)
        for command in (SERVE, WORK)
    ]
    try:
        await asyncio.gather(*(process.up() for process in processes))
        # serve announces itself before its background work runs.
        await until(lambda: _workers(store, 2))
        with server.frozen():
            for process in processes:
                process.process.send_signal(signal.SIGTERM)
            codes = await asyncio.gather(
                *(asyncio.to_thread(process.process.wait, PATIENCE) for process in processes)
            )
        assert codes == [0, 0]
        for process in processes:
            assert "left" in process.errors()
    finally:
        for process in processes:
            process.end()


async def _workers(store: str, count: int) -> bool:
    """Whether so many processes do background work."""
    connection = await asyncpg.connect(store)
    try:
        beats = await connection.fetch("SELECT started_at, beat_at FROM workers")
    finally:
        await connection.close()
    # A second heartbeat comes once DBOS is up.
    return sum(row["beat_at"] > row["started_at"] + 1 for row in beats) >= count
