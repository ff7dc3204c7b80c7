"""A store that takes no writes: who asks is told to come back, and no token is lost."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from openchannels.service import unwritten
from openchannels.service.accounts import accounts, upsert
from openchannels.service.authorization import lease
from openchannels.service.authorization.callback import Callbacks
from openchannels.store.queries import sessions as store
from tests.harness.paths import AUTH, TOKEN_ENDPOINTS, WEBHOOKS
from tests.harness.rig import Rig
from tests.harness.tasks import run_due
from tests.harness.tool import Tool
from tests.harness.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "LONGEST_PAUSE", 0.1)


@contextlib.asynccontextmanager
async def no_writes(rig: Rig) -> AsyncIterator[None]:
    """The store answers reads and refuses writes: another holds SQLite, PostgreSQL only reads."""
    if rig.store == "sqlite":
        # Set on the connection that writes, which waits for seconds else.
        await rig.runtime.db.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50").close())
        with closing(sqlite3.connect(rig.folder / "openchannels.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    await _default_read_only(rig, "on")
    try:
        yield
    finally:
        await _default_read_only(rig, "off")


async def _default_read_only(rig: Rig, state: str) -> None:
    address, _, name = rig.runtime.settings.database_url.partition("?")[0].rpartition("/")
    options = rig.runtime.settings.database_url.partition("?")[2]
    connection = await asyncpg.connect(f"{address}/postgres?{options}".rstrip("?"))
    try:
        await connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_read_only = {state}"
        )
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
    finally:
        await connection.close()


async def test_who_writes_is_told_to_come_back(tool: Tool) -> None:
    rig = tool.rig
    account = await tool.connected("bilibili")
    rig.clock.advance(600.0)
    started = await tool.start("youtube")
    callback = await rig.browser().consent(started["url"])
    poll = f"{AUTH}/youtube/status/{started['sessionId']}"
    async with no_writes(rig):
        for method, path, body in (
            ("GET", f"{AUTH}/youtube", None),
            ("POST", WEBHOOKS, {"url": "https://example.com/"}),
            ("DELETE", f"/api/v2/channels/auth-sessions/{started['sessionId']}", None),
        ):
            answer = await tool.call(method, path, json=body)
            assert (answer.status, answer.code) == (503, 503), path
            assert answer.data == {"reason": "store", "retryable": True, "retryAfter": 5}
        page = await rig.browser().open(callback)
        assert (page.status, "503" in page.text) == (503, True)
        ready = await rig.http.get(rig.url + "/ready")
        assert (ready.status, (await ready.json())["status"]) == (503, "unready")
        # Reads go on, of the platform too.
        assert (await tool.get(poll)).data["status"] == "pending"
        assert (await tool.works("bilibili", account)).code == 0
    # The code was not redeemed: the same address goes on.
    assert (await rig.browser().open(callback)).status == 303
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"

    async def well() -> bool:
        return (await rig.http.get(rig.url + "/ready")).status == 200

    await until(well)


async def test_background_work_that_cannot_run_is_not_ready(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    background = SimpleNamespace(problem="IntegrityError")
    monkeypatch.setattr(rig.runtime.services.readiness, "background", background)
    answer = await rig.http.get(rig.url + "/ready")
    assert answer.status == 503
    assert await answer.json() == {"status": "unready", "background": "IntegrityError"}
    background.problem = None
    assert (await rig.http.get(rig.url + "/ready")).status == 200


def failing(monkeypatch: pytest.MonkeyPatch, query: str) -> list[int]:
    """Let a query fail while the list holds an item; each failure takes one."""
    left: list[int] = []
    genuine = getattr(store, query)

    def broken(*args: Any) -> Any:
        if left:
            left.pop()
            raise OSError("the database is away")
        return genuine(*args)

    monkeypatch.setattr(store, query, broken)
    return left


@pytest.mark.parametrize(
    ("platform", "person", "query", "stage"),
    [
        ("youtube", "ida", "store_answer", "completed"),
        ("youtube", "ida", "complete_claimed", "completed"),
        # Its short-lived token is exchanged for another, and pages have tokens of their own.
        ("facebook", "mara", "store_answer", "choosing"),
        ("facebook", "mara", "await_person", "choosing"),
    ],
)
async def test_an_answer_waits_for_the_store(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    person: str,
    query: str,
    stage: str,
) -> None:
    """The lease lapses meanwhile, and neither this process nor another gives the session up."""
    rig = tool.rig
    started = await tool.start(platform)
    callback = await rig.browser().consent(started["url"], person)
    left = failing(monkeypatch, query)
    left.extend(range(10_000))
    coming_back = asyncio.create_task(rig.browser().open(callback))
    metrics = rig.url + "/metrics"

    async def counted() -> bool:
        return "openchannels_unwritten_tokens 1.0\n" in await (await rig.http.get(metrics)).text()

    await until(counted)
    rig.clock.advance(60)
    await run_due(rig.runtime.services, "recovery")
    another = Callbacks(rig.runtime.services.context)
    await another.recover(started["sessionId"])
    (row,) = await rig.rows("auth_sessions")
    assert row["stage"] == "claimed"
    left.clear()
    assert (await coming_back).status == 303
    (row,) = await rig.rows("auth_sessions")
    assert row["stage"] == stage
    if platform in TOKEN_ENDPOINTS:
        assert await rig.count(TOKEN_ENDPOINTS[platform]) == 1
    assert not rig.runtime.services.context.unwritten


async def test_what_does_not_come_back_in_time_is_lost_and_said(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = tool.rig
    monkeypatch.setattr(lease, "WORK_SECONDS", 0.5)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
    started = await tool.start("youtube")
    callback = await rig.browser().consent(started["url"])
    left = failing(monkeypatch, "store_answer")
    left.extend(range(10_000))
    await rig.browser().open(callback)
    status = await tool.status("youtube", started["sessionId"])
    assert (status["status"], status["errorCode"]) == ("failed", 15012)
    assert not rig.runtime.services.context.unwritten


async def test_a_plug_in_account_waits_for_the_store(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, left = upsert.store_accounts, list(range(4))

    def broken(*args: Any) -> Any:
        if left:
            left.pop()
            raise OSError("the database is away")
        return genuine(*args)

    monkeypatch.setattr(upsert, "store_accounts", broken)
    world = await tool.rig.person("wxSph", "ida")
    answer = await tool.add_account(type="wxSph", loginCookie=world["cookie"])
    assert (answer.code, left) == (0, [])
    monkeypatch.setattr(accounts, "SAVE_SECONDS", 0.2)
    left.extend(range(10_000))
    answer = await tool.add_account(type="wxSph", loginCookie=world["cookie"])
    assert (answer.status, answer.code) == (503, 503)
