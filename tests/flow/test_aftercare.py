"""Background work on credentials: refreshes ahead of use, probes, and what the clock changes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Reason
from openchannels.core.platforms import Platform
from openchannels.service.credentials import schedule
from openchannels.service.credentials.health import AccountHealth
from openchannels.service.credentials.schedule import LEASE_SECONDS
from openchannels.service.tasks.task import Task
from openchannels.store.queries import accounts as holders
from openchannels.store.queries import credentials as store
from openchannels.store.tables import accounts, credentials
from tests.harness.paths import PROFILE_ENDPOINTS, REFRESH_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tasks import task_named
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = 86_400.0
MINUTE = 60.0
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
BILIBILI_PROBE = PROFILE_ENDPOINTS["bilibili"]


def task(rig: Rig, name: str) -> Task:
    return task_named(rig.runtime.services, name)


async def work(rig: Rig, name: str) -> Sequence[str]:
    """One look of a task, as a planner does it; returns the ids that were due."""
    batches = await task(rig, name).claim(8)
    for batch in batches:
        await task(rig, name).run(batch)
    return [one for batch in batches for one in batch]


async def told(rig: Rig) -> list[str]:
    return [row["type"] for row in await rig.rows("events")]


async def only(rig: Rig, table: str) -> dict[str, Any]:
    (row,) = await rig.rows(table)
    return row


def near(one: str, other: str) -> bool:
    """The same moment, told in whole seconds from then on."""
    apart = datetime.fromisoformat(one) - datetime.fromisoformat(other)
    return abs(apart.total_seconds()) < 30


async def test_an_idle_token_is_refreshed_in_time(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    assert await work(rig, "refresh") == []
    for turn in range(1, 4):
        row = await only(rig, "credentials")
        rig.clock.advance(row["refresh_at"] - rig.clock() + 1)
        assert row["expires_at"] - rig.clock() > 2 * DAY
        assert await work(rig, "refresh") == [account_id]
        assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == turn
        assert (await only(rig, "credentials"))["version"] == turn + 1
    assert (await tool.account_state(account_id))["status"] == 1
    assert "account.attention" not in await told(rig)


async def test_an_hourly_token_is_left_to_its_use(tool: Tool) -> None:
    rig, _ = tool.rig, await tool.connected("youtube")
    calls = await rig.calls()
    rig.clock.advance(30 * DAY)
    assert await work(rig, "refresh") == []
    assert await rig.calls() == calls
    rig.clock.advance(125 * DAY)
    assert len(await work(rig, "refresh")) == 1
    rig.clock.advance(60 * DAY)
    assert (await only(rig, "credentials"))["version"] == 2


async def test_a_batch_that_runs_twice_refreshes_once(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    assert await task(rig, "refresh").claim(8) == [[account_id]]
    assert await task(rig, "refresh").claim(8) == []
    for _ in range(2):
        await task(rig, "refresh").run([account_id])
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == 1


async def test_a_lost_batch_is_due_again(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    assert await task(rig, "refresh").claim(8) == [[account_id]]
    rig.clock.advance(LEASE_SECONDS + 1)
    assert await work(rig, "refresh") == [account_id]
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == 1


async def test_passing_failures_put_a_refresh_off_ever_longer(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(27.6 * DAY)
    await rig.fault(REFRESH_ENDPOINTS["bilibili"], "server_error")
    for failures in range(1, 9):
        assert await work(rig, "refresh") == [account_id]
        row = await only(rig, "credentials")
        assert row["failures"] == failures
        wait = row["refresh_held_until"] - rig.clock()
        assert 0 < wait <= min(schedule.LONGEST_BACK_OFF, MINUTE * 2 ** (failures - 1))
        rig.clock.advance(wait + 1)
    state = await tool.account_state(account_id)
    assert (state["status"], state.get("reason")) == (1, None)
    await rig.heal()
    await work(rig, "refresh")
    row = await only(rig, "credentials")
    assert (row["version"], row["failures"]) == (2, 0)
    assert await told(rig) == ["account.connected"]


async def copied(rig: Rig, account_id: str, platform: str, count: int, due_at: float) -> None:
    """Make accounts like one that there is, due for a refresh from a moment on."""

    def add(connection: Connection) -> None:
        for table, name in ((accounts, "id"), (credentials, "account_id")):
            like = table.c[name] == account_id
            row = dict(connection.execute(select(table).where(like)).mappings().one())
            for number in range(count):
                other = f"{platform}_{number}"
                row |= {name: other, "platform": platform}
                row |= {"identity": other} if table is accounts else {"refresh_at": due_at}
                connection.execute(insert(table).values(**row))

    await rig.runtime.services.context.db.write(add)


async def test_no_more_is_taken_than_there_is_room_for(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    platforms = list(CONNECTORS)
    for platform in platforms:
        await copied(rig, account_id, platform, 1, rig.clock() - 1)
    taken = [await task(rig, "refresh").claim(room) for room in (4, 8, 8)]
    assert [len(batches) for batches in taken] == [4, 8, 3]
    found = sorted(one for batches in taken for batch in batches for one in batch)
    assert found == sorted(f"{platform}_0" for platform in platforms)


async def test_a_platform_with_much_to_do_leaves_room_for_others(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    await copied(rig, account_id, "bilibili", 500, rig.clock() - 60)
    await copied(rig, account_id, "youtube", 1, rig.clock() - 1)
    batches = await task(rig, "refresh").claim(4)
    assert ["youtube_0"] in batches
    assert sorted(map(len, batches)) == [1, 100, 100, 100]
    # Where nobody else has anything to do, all room is its own.
    assert sorted(map(len, await task(rig, "refresh").claim(4))) == [100, 100]


async def test_what_was_not_asked_is_no_failure(tool: Tool) -> None:
    """While a platform is left alone its accounts are tried again soon, however long it lasts."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(27.6 * DAY)
    platforms = rig.runtime.services.context.platforms
    line = platforms.client(platforms.connector(Platform("bilibili")))
    breaker = line.guard.breaker(REFRESH_ENDPOINTS["bilibili"][0])
    calls = await rig.count(REFRESH_ENDPOINTS["bilibili"])
    for _ in range(8):
        while breaker.closed:
            permit = breaker.acquire_permit()
            permit.answered = False
            permit.report_outcome()
        breaker._until = rig.clock() + 20
        assert await work(rig, "refresh") == [account_id]
        row = await only(rig, "credentials")
        assert row["failures"] == 0
        wait = row["refresh_held_until"] - rig.clock()
        assert 18 < wait <= 20 + schedule.FIRST_BACK_OFF
        rig.clock.advance(wait + 1)
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == calls


async def test_a_grant_that_died_is_told_once(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    await rig.revoke("bilibili", "ida")
    await work(rig, "refresh")
    for _ in range(3):
        rig.clock.advance(DAY)
        for name in ("refresh", "probe", "notice"):
            assert await work(rig, name) == []
    assert await told(rig) == ["account.connected", "account.offline"]
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "grant_dead")
    assert state["evidence"]["operation"] == "auth.refresh"
    assert state["evidence"]["at"] == state["since"]
    assert state["advice"]["en-US"].startswith("Bilibili no longer accepts")


async def test_the_clock_is_told_of_once_each(tool: Tool) -> None:
    """KWAI ends 180 days after the consent, whatever is refreshed."""
    rig, account_id = tool.rig, await tool.connected("KWAI")
    end = (await only(rig, "credentials"))["grant_ends_at"]
    rig.clock.advance(end - rig.clock() - 7 * DAY - 60)
    assert await work(rig, "notice") == []
    rig.clock.advance(61)
    before = await tool.account_state(account_id)
    for _ in range(3):
        await work(rig, "notice")
        rig.clock.advance(DAY)
        # A new version with the same end is no news.
        assert (await tool.works("KWAI", account_id)).code == 0
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (1, "reconnect_advised")
    assert near(before["since"], state["since"])
    assert near(before["reconnectBy"], state["reconnectBy"])
    rig.clock.advance(5 * DAY)
    before = await tool.account_state(account_id)
    assert (before["status"], before["reason"]) == (0, "grant_ended")
    for _ in range(3):
        await work(rig, "notice")
        rig.clock.advance(DAY)
    assert (await tool.account_state(account_id)) == before
    events = await rig.rows("events")
    assert [one["type"] for one in events] == [
        "account.connected", "account.attention", "account.offline",
    ]  # fmt: skip
    assert near(events[1]["data"]["reconnectBy"], state["reconnectBy"])
    assert events[2]["data"]["reason"] == "grant_ended"


async def test_a_reconnect_calms(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("KWAI")
    rig.clock.advance(175 * DAY)
    await work(rig, "notice")
    assert (await only(rig, "accounts"))["attention"] == "reconnect_advised"
    assert await tool.connected("KWAI") == account_id
    assert (await only(rig, "accounts"))["attention"] is None
    rig.clock.advance(175 * DAY)
    await work(rig, "notice")
    assert (await told(rig)).count("account.attention") == 2


async def test_no_notice_of_a_grant_that_is_renewed_meanwhile(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between what a notice reads and what it writes another process may store a new grant."""
    rig, account_id = tool.rig, await tool.connected("KWAI")
    rig.clock.advance(175 * DAY)

    def overtaken(connection: Connection, account_id: str) -> Any:
        row = get(connection, account_id)
        assert row is not None
        fresh = {"notice_at": rig.clock() + 173 * DAY, "grant_ends_at": rig.clock() + 180 * DAY}
        assert store.replace(connection, account_id, row.version, {**fresh, "sealed": row.sealed})
        return row

    get = store.get_credential
    monkeypatch.setattr(store, "get_credential", overtaken)
    await work(rig, "notice")
    monkeypatch.undo()
    assert await told(rig) == ["account.connected"]
    assert (await only(rig, "accounts"))["attention"] is None
    assert (await tool.account_state(account_id))["status"] == 1


@pytest.mark.parametrize("known_by", ["refresh", "reconnect"])
async def test_news_of_an_old_credential_comes_with_the_new_one(tool: Tool, known_by: str) -> None:
    """Two processes write at once: one a fresh credential, one that the old one is dead."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    context = rig.runtime.services.context
    row = await context.db.read(store.get_credential, account_id)
    holder = await context.db.read(holders.any_users_account, account_id)
    assert row is not None
    assert holder is not None
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def renew(connection: Connection) -> None:
        if known_by == "reconnect":
            holders.lock_by_identity(connection, Platform("bilibili"), holder.identity)
            holders.update_account(connection, account_id, {"nickname": "new"})
        else:
            store.replace(connection, account_id, row.version, {"sealed": row.sealed})
        loop.call_soon_threadsafe(begun.set)
        if context.db.kind == "postgresql":
            # Until the other waits for this one.
            while not connection.execute(WAITING).scalar_one():
                connection.execute(text("SELECT pg_sleep(0.02)"))
        if known_by == "reconnect":
            store.store_credential(connection, account_id, {"sealed": row.sealed})

    first = asyncio.create_task(context.db.write(renew))
    await begun.wait()
    proof = {"operation": "works.list"}
    account, reason = holders.account_from_row(holder), Reason.GRANT_DEAD
    condemned = await AccountHealth(context).mark_offline(account, row.version, reason, proof)
    await first
    assert not condemned
    assert (await tool.account_state(account_id))["status"] == 1


async def test_a_platform_that_is_not_configured_is_not_asked(tool: Tool) -> None:
    """So nobody doubts later what became of a refresh."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(27.6 * DAY)
    apps: Any = rig.runtime.services.context.platforms._apps
    app = apps.pop(Platform("bilibili"))
    try:
        assert await work(rig, "refresh") == [account_id]
    finally:
        apps[Platform("bilibili")] = app
    await rig.revoke("bilibili", "ida")
    rig.clock.advance(schedule.LONGEST_BACK_OFF + 1)
    assert await work(rig, "refresh") == [account_id]
    assert (await tool.account_state(account_id))["reason"] == "grant_dead"


async def test_an_unused_grant_is_proved(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    asked = await rig.count(BILIBILI_PROBE)
    rig.clock.advance(7 * DAY + 1900)
    assert await work(rig, "probe") == [account_id]
    assert await rig.count(BILIBILI_PROBE) == asked + 1
    row = await only(rig, "credentials")
    assert row["checked_at"] == pytest.approx(rig.clock(), abs=60)
    assert await work(rig, "probe") == []
    rig.clock.advance(7 * DAY + 1900)
    await rig.revoke("bilibili", "ida")
    await work(rig, "probe")
    assert (await told(rig))[1:] in (["account.offline"], ["account.offline", "account.attention"])
    assert (await tool.account_state(account_id))["status"] == 0


async def test_what_is_used_is_not_probed(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(6 * DAY)
    assert (await tool.works("bilibili", account_id)).code == 0
    asked = await rig.count(BILIBILI_PROBE)
    rig.clock.advance(1.5 * DAY)
    assert await work(rig, "probe") == [account_id]
    assert await rig.count(BILIBILI_PROBE) == asked


async def test_a_platform_that_erred_is_asked_again(tool: Tool) -> None:
    """A cookie that was refused for some hours works again: so does the account."""
    rig = tool.rig
    body = {"type": "wxSph", "loginCookie": (await rig.person("wxSph", "ida"))["cookie"]}
    account_id = (await tool.add_account(**body)).data["id"]
    await rig.fault(("channels.weixin.qq.com", "*"), "dead_grant")
    rig.clock.advance(DAY + 1900)
    assert await work(rig, "probe") == [account_id]
    assert (await tool.account_state(account_id))["reason"] == "cookie_dead"
    rig.clock.advance(3601)
    assert await work(rig, "probe") == [account_id]
    assert await work(rig, "probe") == []
    await rig.heal()
    rig.clock.advance(2 * 3600)
    assert await work(rig, "probe") == [account_id]
    assert (await tool.account_state(account_id))["status"] == 1
    assert await told(rig) == ["account.connected", "account.offline", "account.recovered"]
    assert (await only(rig, "credentials"))["probe_at"] > rig.clock() + DAY / 5


async def test_nobody_asks_for_ever(tool: Tool) -> None:
    rig = tool.rig
    body = {"type": "wxSph", "loginCookie": (await rig.person("wxSph", "ida"))["cookie"]}
    await tool.add_account(**body)
    await rig.revoke("wxSph", "ida")
    asked = 0
    for _ in range(24 * 12):
        rig.clock.advance(3600)
        asked += len(await work(rig, "probe"))
    assert asked < 20
    assert (await only(rig, "credentials"))["probe_at"] is None
    assert (await told(rig)).count("account.offline") == 1
