"""`serve` and `worker` over a real store: what they take up, and what they write down of it."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from openchannels.core.clock import system_clock
from openchannels.metrics.declared import BATCH_SECONDS, BATCHES_DONE, CONNECTIONS
from openchannels.service.sealing import session_row
from openchannels.store.tables import auth_sessions, workers
from tests.harness.fixtures import StartService
from tests.harness.logs import logging_as_it_was
from tests.harness.paths import AUTH
from tests.harness.service import Service
from tests.harness.waiting import PATIENCE, until
from tests.jobs.conftest import StartWorker
from tests.jobs.records import arguments, everything, workflows
from tests.metrics.scraped import scrape

SERVE = ("openchannels", "serve", "--port", "0", "--json")
WORK = ("openchannels", "worker", "--json")
SECRET = "a-token-of-somebody"


def abandon(service: Service) -> str:
    """A session as a killed process leaves it: claimed, with a sealed answer, its lease lapsed."""
    started = service.client_of().get(f"{AUTH}/youtube").json()["data"]
    session_id = str(started["sessionId"])
    sealed = service.services.context.vault.seal(SECRET.encode(), session_row(session_id))
    statement = (
        update(auth_sessions)
        .where(auth_sessions.c.id == session_id)
        .values(stage="claimed", lease_owner="dead", lease_until=system_clock() - 1, sealed=sealed)
    )
    service.run(service.runtime.db.write(lambda c: c.execute(statement).rowcount))
    return session_id


def standing(service: Service, session_id: str) -> Any:
    return service.client_of().get(f"{AUTH}/youtube/status/{session_id}").json()["data"]


def with_folder(command: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    return (*command, "--data-dir", str(folder))


@pytest.mark.parametrize("command", [SERVE, WORK], ids=["serve", "worker"])
async def test_a_lapsed_callback_is_taken_up(
    command: tuple[str, ...],
    start_service: StartService,
    store: str,
    tmp_path: Path,
    start_worker: StartWorker,
) -> None:
    """Nothing is recorded before there is something to do; then ids are, and nothing else."""
    service = await asyncio.to_thread(start_service)
    place = {
        "OPENCHANNELS_SANDBOX__URL": service.sandbox_url,
        "OPENCHANNELS_JOBS__HEALTH_PORT": "0",
    }
    worker = await start_worker(*with_folder(command, tmp_path), **place)
    assert json.loads(worker.said)["pid"] == worker.process.pid

    async def enlisted() -> Any:
        return await everything(store)

    await until(enlisted)
    # Longer than the pause between two looks: one has been taken, and found nothing.
    await asyncio.sleep(3)
    assert await workflows(store) == []
    session_id = await asyncio.to_thread(abandon, service)

    async def ended() -> bool:
        records = await workflows(store)
        return bool(records) and all(row["status"] == "SUCCESS" for row in records)

    await until(ended)
    status = await asyncio.to_thread(standing, service, session_id)
    assert (status["status"], status["errorCode"]) == ("failed", 15012)
    assert await arguments(store) == [["recovery", [session_id]]]
    seen = await asyncio.to_thread(scrape, json.loads(worker.said)["url"])
    assert seen.value(BATCHES_DONE, task="recovery", outcome="success") == 1
    assert seen.value(BATCH_SECONDS, task="recovery") == 1
    assert seen.value(CONNECTIONS, platform="youtube") == 1
    written = repr(await everything(store))
    assert SECRET not in written
    assert service.key_of().key not in written
    assert worker.end(signal.SIGTERM) == 0
    left = service.run(service.runtime.db.read(lambda c: c.execute(workers.select()).all()))
    assert left == []


async def test_a_worker_can_be_asked_whether_it_lives(
    store: str, tmp_path: Path, start_worker: StartWorker
) -> None:
    worker = await start_worker(*with_folder(WORK, tmp_path), OPENCHANNELS_JOBS__HEALTH_PORT="0")
    said = json.loads(worker.said)
    assert said["pid"] == worker.process.pid
    async with httpx2.AsyncClient(base_url=said["url"], trust_env=False) as client:
        assert (await client.get("/health")).text == "OK"
        assert (await client.get("/ready")).json() == {"status": "ready"}
        assert "openchannels_unwritten_tokens 0" in (await client.get("/metrics")).text
        for path in ("/", "/openapi.json"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get("/api/v2/channels/accounts")).json()["code"] == 404
    assert worker.end(signal.SIGTERM) == 0


async def test_a_server_that_embeds_no_work_leaves_it(
    start_service: StartService, store: str, tmp_path: Path, start_worker: StartWorker
) -> None:
    service = await asyncio.to_thread(start_service)
    session_id = await asyncio.to_thread(abandon, service)
    place = {"OPENCHANNELS_SANDBOX__URL": service.sandbox_url}
    await start_worker(*with_folder(SERVE, tmp_path), **place, OPENCHANNELS_JOBS__EMBEDDED="false")
    await asyncio.sleep(4)
    assert await everything(store) == []
    assert (await asyncio.to_thread(standing, service, session_id))["status"] == "pending"


async def test_a_job_store_that_cannot_be_had_stops_no_request(
    tmp_path: Path, start_worker: StartWorker, store: str
) -> None:
    """The server serves, is not ready, tries again, and is at work once the way is free."""
    if not store.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps both in one database: without it there is no server either")
    blocked = tmp_path / "jobs.db"
    blocked.mkdir()
    server = await start_worker(*with_folder(SERVE, tmp_path))

    async def refused() -> bool:
        return "background work cannot run" in server.log.read_text()

    await until(refused)
    url = json.loads(server.said)["url"]
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
        assert (await client.get("/health")).status_code == 200
        ready = await client.get("/ready")
        assert (ready.status_code, list(ready.json())) == (503, ["status", "background"])
    blocked.rmdir()

    async def at_work() -> bool:
        return blocked.is_file() and bool(await everything(store))

    await until(at_work)
    assert server.end(signal.SIGTERM) == 0


def test_a_worker_plays_no_sandbox(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from openchannels.cli import app

    config = tmp_path / "openchannels.toml"
    config.write_text("[sandbox]\nmounted = true\n")
    with logging_as_it_was():
        answer = CliRunner().invoke(app, ["worker", "--data-dir", str(tmp_path)])
    assert answer.exit_code == 2
    assert "sandbox.url" in answer.output
