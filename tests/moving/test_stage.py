"""A move stops writes inside their transactions, and waits for what is in flight."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openchannels.core.exceptions import Moving
from openchannels.service.moving.export import LONGEST
from openchannels.store.database import Database, open_database
from openchannels.store.queries import (
    credentials,
    due_times,
    moving,
    sessions,
    transfer,
    unconfirmed,
)
from openchannels.store.queries import deliveries as delivery_queries
from openchannels.store.queries import metadata as facts
from openchannels.store.tables import facts as facts_table
from openchannels.store.tables import metadata
from tests.harness.waiting import PATIENCE, until

WRITERS = 8
WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""How many transactions of the store wait for a lock that a move takes."""


@pytest.fixture
async def other(store: str) -> AsyncIterator[Database]:
    """The same store, open in another process."""
    database = open_database(store)
    yield database
    await database.close()


def add(connection: Connection, name: str) -> None:
    facts.put_once(connection, name, "written")


async def written(db: Database) -> int:
    found = text("SELECT count(*) FROM facts WHERE value = 'written'")
    return int(await db.read(lambda c: c.execute(found).scalar_one()))


def wait_for_another(connection: Connection) -> None:
    """Keeps a transaction open until another one waits for it."""
    while not connection.execute(WAITING).scalar_one():
        connection.execute(text("SELECT pg_sleep(0.02)"))


async def stop(db: Database) -> None:
    await db.write_alone(moving.begin, 1000.0)
    assert await db.write_alone(moving.close, 1000.0, LONGEST) == {}


async def test_no_write_slips_in_after_the_stop(db: Database, other: Database) -> None:
    """Writers of two processes go on while the store stops: what they were told holds."""
    accepted, refused = 0, 0

    async def writer(number: int) -> None:
        nonlocal accepted, refused
        database, count = (db, other)[number % 2], 0
        while True:
            try:
                await database.write(add, f"{number}-{(count := count + 1)}")
                accepted += 1
            except Moving:
                refused += 1
                return

    writers = [asyncio.create_task(writer(number)) for number in range(WRITERS)]
    await until(lambda: accepted > WRITERS)
    await stop(db)
    at_the_stop = await written(db)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*writers)
    assert at_the_stop == await written(other) == accepted
    assert refused == WRITERS


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
async def test_the_stop_waits_for_a_transaction_that_began_before(
    db: Database, other: Database
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(connection: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        wait_for_another(connection)
        add(connection, "slow")

    writing = asyncio.create_task(other.write(slowly))
    await begun.wait()
    await stop(db)
    assert await written(db) == 1
    await writing


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
async def test_a_write_that_waited_for_the_stop_sees_it(db: Database, other: Database) -> None:
    """It began before the stop was committed, and may not read the store as it was then."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_slowly(connection: Connection) -> None:
        moving.begin(connection, 1000.0)
        assert moving.close(connection, 1000.0, LONGEST) == {}
        loop.call_soon_threadsafe(begun.set)
        wait_for_another(connection)

    stopping = asyncio.create_task(db.write_alone(stop_slowly))
    await begun.wait()
    with pytest.raises(Moving):
        await other.write(add, "late")
    await stopping
    assert await written(db) == 0


CLAIMS: dict[str, tuple[Any, ...]] = {
    "refresh": (credentials.claim, "account", 1, "owner", 1000.0, 1040.0),
    "callback": (sessions.claim, "session", "owner", 1000.0, 1015.0),
    "recovery": (sessions.reclaim, "session", "owner", 1000.0, 1015.0),
    "due": (due_times.claim_due, due_times.DueColumn("probe_at", 60.0), 1000.0, 1300.0, 10),
    "due platform": (
        due_times.claim_due_platform,
        due_times.DueColumn("refresh_at", 60.0),
        1000.0,
        1300.0,
        10,
        (),
    ),
    "webhooks": (delivery_queries.claim, 1000.0, 1050.0, 4, 200, 5),
    "revocation": (unconfirmed.claim_revocation, "session", "owner", 1000.0, 1060.0),
}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("claim", CLAIMS)
async def test_no_work_begins_once_a_move_has_begun(db: Database, claim: str) -> None:
    """While what is in flight may still be written."""
    await db.write(*CLAIMS[claim])
    await db.write_alone(moving.begin, 1000.0)
    with pytest.raises(Moving):
        await db.write(*CLAIMS[claim])
    await db.write(add, "in flight")
    await db.write_alone(moving.end)
    await db.write(*CLAIMS[claim])


async def test_a_move_that_ended_leaves_no_trace(db: Database, other: Database) -> None:
    before = await db.read(lambda c: c.execute(facts_table.select()).all())
    await stop(db)
    move = await other.read(moving.current)
    assert move is not None
    assert (move.closed, move.since) == (True, 1000.0)
    assert not await other.write_alone(moving.begin, 2000.0)
    assert await db.write_alone(moving.end) == move
    assert await db.write_alone(moving.end) is None
    assert await db.read(lambda c: c.execute(facts_table.select()).all()) == before
    await other.write(add, "again")


async def test_a_move_counts_as_an_outage(db: Database) -> None:
    """Nobody could renew a lease, so nobody takes over another's session right afterwards."""
    await stop(db)
    with pytest.raises(Moving) as refused:
        await db.write(add, "late")
    assert refused.value.data == {"reason": "moving", "retryable": True, "retryAfter": 30}
    assert db.outages.seconds_since() < PATIENCE


def test_each_table_is_moved_or_left() -> None:
    moved = [table.name for table in transfer.MOVED]
    assert sorted([*moved, *transfer.LEFT]) == sorted(metadata.tables)
