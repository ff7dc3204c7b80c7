"""A clock that jumps, and comes back: nothing is lost, nobody stays offline, no lease is stuck."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, update

from openchannels.core.platforms import Platform
from openchannels.service.credentials import schedule
from openchannels.service.platforms.shared_state import StoredState
from openchannels.store.database import Database
from openchannels.store.queries import credentials, deliveries, due_times, sessions, unconfirmed
from openchannels.store.tables import auth_sessions, metadata
from openchannels.store.tables import credentials as credential_rows
from tests.harness.rig import Rig
from tests.harness.tasks import run_due
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR, DAY = 3600.0, 86_400.0
JUMPS = (DAY, 40 * DAY, -DAY, -40 * DAY)
IDLE = ("bilibili", "KWAI", "youtube", "threads", "wxSph")
"""One platform for each way in which a credential lives."""


async def account_of(tool: Tool, platform: str) -> str:
    if platform != "wxSph":
        return await tool.connected(platform)
    cookie = (await tool.rig.person("wxSph", "ida"))["cookie"]
    return str((await tool.add_account(type="wxSph", loginCookie=cookie)).data["id"])


async def look(rig: Rig, times: int = 3) -> None:
    """All tasks of the service, some times: their later looks find what the first ones left."""
    for _ in range(times):
        await run_due(rig.runtime.services)


async def states(tool: Tool, accounts: Sequence[str]) -> list[tuple[int, str | None]]:
    found = [await tool.account_state(account) for account in accounts]
    return [(one["status"], one.get("reason")) for one in found]


@pytest.mark.parametrize("jump", JUMPS, ids=lambda seconds: f"{seconds / DAY:+.0f} d")
async def test_accounts_outlive_a_jump(tool: Tool, jump: float) -> None:
    """They read as before when the clock is right again, and are refreshed in time ever after."""
    rig = tool.rig
    accounts = [await account_of(tool, platform) for platform in IDLE]
    rig.clock.advance(2 * DAY)
    await look(rig)
    before = await states(tool, accounts)
    assert {status for status, _ in before} == {1}
    rig.skewed.skew = jump
    await look(rig)
    rig.skewed.skew = 0.0
    await look(rig)
    assert await states(tool, accounts) == before
    kinds = [row["type"] for row in await rig.rows("events")]
    assert kinds.count("account.offline") == kinds.count("account.recovered")
    for _ in range(20):
        rig.clock.advance(2 * DAY)
        await look(rig, 1)
    assert {status for status, _ in await states(tool, accounts)} == {1}


async def test_a_warning_that_came_too_early_is_taken_back(tool: Tool) -> None:
    """It comes again in its time."""
    rig, account = tool.rig, await tool.connected("KWAI")
    rig.clock.advance(140 * DAY)
    await look(rig)
    rig.skewed.skew = 35 * DAY
    await look(rig)
    assert (await tool.account_state(account))["reason"] == "reconnect_advised"
    rig.skewed.skew = 0.0
    await look(rig)
    assert (await rig.rows("accounts"))[0]["attention"] is None
    rig.clock.advance(35 * DAY)
    await look(rig)
    kinds = [row["type"] for row in await rig.rows("events")]
    assert kinds == ["account.connected", *["account.attention"] * 2]


async def test_an_end_by_the_clock_is_no_verdict(tool: Tool) -> None:
    rig, account = tool.rig, await tool.connected("KWAI")
    rig.skewed.skew = 200 * DAY
    await look(rig)
    assert (await tool.works("KWAI", account)).code == 15001
    assert await states(tool, [account]) == [(0, "grant_ended")]
    assert (await rig.rows("accounts"))[0]["status"] == 1
    rig.skewed.skew = 0.0
    assert await states(tool, [account]) == [(1, None)]
    assert (await tool.works("KWAI", account)).code == 0


async def test_nothing_is_deleted_at_once_after_a_jump(tool: Tool) -> None:
    rig = tool.rig
    await look(rig)
    session = (await tool.start("youtube"))["sessionId"]
    rig.skewed.skew = 40 * DAY
    await look(rig)
    rig.skewed.skew = 0.0
    assert (await tool.status("youtube", session))["status"] == "pending"


# Leases

NOW = 1_800_000_000.0
OWNER = "o" * 24


def add_session(connection: Connection, **values: Any) -> None:
    row = {
        "id": "session-00000001",
        "state_hash": b"s" * 32,
        "user_id": "u",
        "key_id": "k",
        "platform": "youtube",
        "group_id": "g",
        "group_given": False,
        "binding": "direct",
        "error_data": {},
        "accounts": [],
        "offered": [],
        "created_at": NOW,
        "stage": "pending",
        "expires_at": NOW + 900,
    }
    connection.execute(auth_sessions.insert().values({**row, **values}))


def session_lease(connection: Connection, now: float) -> bool:
    return sessions.claim(connection, "session-00000001", OWNER, now, now + 15) or (
        "session-00000001" in sessions.lapsed_claims(connection, now, 15.0)
        and sessions.reclaim(connection, "session-00000001", OWNER, now, now + 15)
    )


def revocation(connection: Connection, now: float) -> bool:
    found = unconfirmed.due_for_revocation(connection, now, 60.0, 10)
    return "session-00000002" in found and unconfirmed.claim_revocation(
        connection, "session-00000002", OWNER, now, now + 60
    )


def refresh_claim(connection: Connection, now: float) -> bool:
    claim = credentials.claim(connection, "account", 1, OWNER, now, now + 40)
    return claim is not None


def due(column: due_times.DueColumn) -> Callable[[Connection, float], bool]:
    def claim(connection: Connection, now: float) -> bool:
        return bool(due_times.claim_due(connection, column, now, now + 300, 10))

    return claim


def webhook_turn(connection: Connection, now: float) -> bool:
    return bool(deliveries.claim(connection, now, now + 50, 10, 10, 5))


LEASES: dict[str, tuple[Callable[[Connection, float], bool], float]] = {
    "session": (session_lease, 15),
    "revocation": (revocation, 60),
    "refresh claim": (refresh_claim, 40),
    "refresh task": (due(schedule.REFRESH), 300),
    "probe task": (due(schedule.PROBE), 300),
    "notice task": (due(schedule.NOTICE), 300),
    "webhook turn": (webhook_turn, 50),
}


@pytest_asyncio.fixture(loop_scope="module")
async def filled(rig: Rig) -> Database:
    """A store with one row of each kind that is leased, due at NOW."""

    def fill(connection: Connection) -> None:
        tables = metadata.tables
        add_session(connection)
        add_session(
            connection, id="session-00000002", state_hash=b"t" * 32, stage="failed",
            ended_at=NOW, lease_until=NOW,
        )  # fmt: skip
        times = {"created_at": NOW, "updated_at": NOW}
        group = {"id": "g", "user_id": "u", "name": "", "is_default": True, "rank": 1, **times}
        connection.execute(tables["account_groups"].insert().values(group))
        account = {
            "id": "account",
            "user_id": "u",
            "platform": "bilibili",
            "identity": "i",
            "uid": "i",
            "nickname": "",
            "names_set": [],
            "group_id": "g",
            "status": 1,
            "proved": True,
            "rank": 1,
            "counters": {},
            "facts": {},
            **times,
        }
        connection.execute(tables["accounts"].insert().values(account))
        due_at = dict.fromkeys(("refresh_at", "probe_at", "notice_at"), NOW)
        credential = {
            "account_id": "account",
            "platform": "bilibili",
            "sealed": b"",
            "version": 1,
            "updated_at": NOW - DAY,
            **due_at,
        }
        connection.execute(credential_rows.insert().values(credential))
        webhook = {
            "id": "w",
            "user_id": "u",
            "url": "https://a.example",
            "description": "",
            "types": [],
            "sealed": b"",
            "enabled": True,
            **times,
        }
        connection.execute(tables["webhooks"].insert().values(webhook))
        event = {
            "id": "e",
            "user_id": "u",
            "type": "account.connected",
            "account_id": "account",
            "platform": "bilibili",
            "at": NOW,
            "data": {},
        }
        connection.execute(tables["events"].insert().values(event))
        delivery = {
            "id": "d",
            "webhook_id": "w",
            "event_id": "e",
            "sequence": 1,
            "attempts": 0,
            "status": "pending",
            "asked_at": NOW,
            "due_at": NOW,
        }
        connection.execute(tables["deliveries"].insert().values(delivery))

    database = rig.runtime.db
    await database.write(fill)
    return database


@pytest.mark.parametrize("kind", LEASES)
@pytest.mark.parametrize("jump", [DAY, 40 * DAY])
async def test_a_lease_taken_ahead_of_the_clock_has_lapsed(
    filled: Database, kind: str, jump: float
) -> None:
    claim, length = LEASES[kind]
    ahead = NOW if kind == "session" else NOW + jump
    assert await filled.write(claim, ahead)
    assert not await filled.write(claim, ahead)
    if kind == "session":
        # The lease is as a clock ahead would have written it.
        late = update(auth_sessions).where(auth_sessions.c.id == "session-00000001")
        until = NOW + jump + length
        await filled.write(lambda c: c.execute(late.values(lease_until=until)).rowcount)
    assert await filled.write(claim, NOW)
    assert not await filled.write(claim, NOW + length / 2)
    assert await filled.write(claim, NOW + length + 1)


@pytest.mark.parametrize("wait", ["due_at", "paused_until"])
async def test_a_webhook_is_not_paused_for_a_month(filled: Database, wait: str) -> None:
    table = metadata.tables["deliveries" if wait == "due_at" else "webhooks"]
    await filled.write(lambda c: c.execute(table.update().values({wait: NOW + 40 * DAY})).rowcount)
    assert await filled.write(webhook_turn, NOW)
    await filled.write(deliveries.end_turn, "w", NOW)
    await filled.write(lambda c: c.execute(table.update().values({wait: NOW + 60})).rowcount)
    assert not await filled.write(webhook_turn, NOW + 1)


async def test_a_lock_taken_ahead_of_the_clock_is_taken_over(rig: Rig) -> None:
    context, now = rig.runtime.services.context, [NOW + 40 * DAY]
    state = StoredState(context.db, context.vault, lambda: now[0], Platform("wxGzh"))
    assert await state.put_if_absent("token.lock", "", 30) is not None
    now[0] = NOW
    assert await state.put_if_absent("token.lock", "", 30) is not None
    assert await state.put_if_absent("token.lock", "", 30) is None


async def test_tokens_issued_ahead_of_the_clock_are_refreshed_in_time(filled: Database) -> None:
    """Their times are wrong by as much, and bilibili's cannot be refreshed once they ended."""
    issued = {"updated_at": NOW + 40 * DAY, "refresh_at": NOW + 65 * DAY}
    statement = credential_rows.update().values(issued)
    await filled.write(lambda c: c.execute(statement).rowcount)
    assert await filled.write(due(schedule.REFRESH), NOW)
