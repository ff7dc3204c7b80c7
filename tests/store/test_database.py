"""Both engines under the same queries: isolation of writes, exclusive claims, durability."""

import asyncio
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from openchannels.core import ids
from openchannels.core.exceptions import Unavailable
from openchannels.core.platforms import Platform
from openchannels.core.sessions import SessionStage
from openchannels.store.database import BATCH, Database, open_database
from openchannels.store.migrate import HEAD, current_revision, migrate
from openchannels.store.outages import is_outage
from openchannels.store.queries import accounts, credentials, groups, keys, sessions
from openchannels.store.queries import metadata as facts
from openchannels.store.tables import metadata
from tests.harness.stores import sqlite_store
from tests.harness.waiting import PATIENCE, until

AT_ONCE = 64


on_postgresql = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


def orig(state: str | None) -> Exception:
    """An error of the PostgreSQL driver with a code."""
    error = Exception()
    error.sqlstate = state  # type: ignore[attr-defined]
    return error


def session(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"session-{number:08d}",
        "state_hash": ids.digest(f"state-{number}"),
        "user_id": "user",
        "key_id": "a" * 24,
        "platform": "youtube",
        "group_id": "b" * 24,
        "group_given": False,
        "stage": "pending",
        "binding": "direct",
        "error_data": {},
        "accounts": [],
        "offered": [],
        "created_at": 0.0,
        "expires_at": 900.0,
        **values,
    }


async def test_migrating_is_done_once(empty_store: str) -> None:
    assert await migrate(empty_store) is True
    assert await migrate(empty_store) is False
    db = open_database(empty_store)
    assert await db.read(current_revision) == HEAD
    await db.close()


async def test_two_starters_migrate_together(empty_store: str) -> None:
    done = await asyncio.gather(
        *(asyncio.to_thread(asyncio.run, migrate(empty_store)) for _ in range(4))
    )
    assert any(done)
    db = open_database(empty_store)
    assert await db.read(current_revision) == HEAD
    for table in metadata.sorted_tables:
        assert await db.read(lambda c, t=table: c.execute(select(t)).all()) == []
    await db.close()


async def test_a_failing_write_is_undone_alone(db: Database) -> None:
    def one(connection: Connection, number: int) -> int:
        facts.put_once(connection, f"fact-{number}", "x")
        if number % 7 == 3:
            raise ValueError(number)
        if number % 7 == 5:
            connection.execute(insert(metadata.tables["facts"]).values(name="fact-0", value=None))
        return number

    outcomes = await asyncio.gather(
        *(db.write(one, number) for number in range(300)), return_exceptions=True
    )
    for number, outcome in enumerate(outcomes):
        if number % 7 == 3:
            assert isinstance(outcome, ValueError)
        elif number % 7 == 5:
            assert isinstance(outcome, IntegrityError)
        else:
            assert outcome == number
    rows = await db.read(lambda c: c.execute(select(metadata.tables["facts"].c.name)).scalars())
    assert set(rows) == {f"fact-{n}" for n in range(300) if n % 7 not in (3, 5)}


@on_postgresql
async def test_connections_are_given_in_the_order_of_asking(store: str) -> None:
    db = open_database(store, pool_size=1)
    answered: list[int] = []

    async def ask_again(caller: int) -> None:
        for _ in range(5):
            await db.read(lambda c: c.execute(select(1)).scalar())
            answered.append(caller)

    await asyncio.gather(*map(ask_again, range(3)))
    assert answered == [0, 1, 2] * 5
    await db.close()


async def test_writes_of_several_batches_are_all_there(db: Database) -> None:
    count = 4 * BATCH
    await asyncio.gather(*(db.write(sessions.insert_session, session(n)) for n in range(count)))
    table = metadata.tables["auth_sessions"]
    found = await db.read(lambda c: c.execute(select(table.c.id)).scalars().all())
    assert len(found) == count
    one = await db.read(sessions.by_state, ids.digest("state-234"))
    assert one is not None
    assert one.id == "session-00000234"


async def test_a_write_is_read_by_whoever_waited_for_it(db: Database) -> None:
    async def one(number: int) -> bool:
        await db.write(sessions.insert_session, session(number))
        found = await db.read(sessions.get_session, f"session-{number:08d}")
        return found is not None

    assert all(await asyncio.gather(*map(one, range(200))))


async def test_a_callback_is_claimed_by_one(db: Database) -> None:
    await db.write(sessions.insert_session, session(1))
    won = await asyncio.gather(
        *(
            db.write(sessions.claim, "session-00000001", f"owner-{n}", 1.0, 16.0)
            for n in range(AT_ONCE)
        )
    )
    assert won.count(True) == 1
    owner = f"owner-{won.index(True)}"
    for other in range(AT_ONCE):
        kept = await db.write(
            sessions.store_answer, "session-00000001", f"owner-{other}", b"sealed"
        )
        assert kept == (f"owner-{other}" == owner)
    assert not await db.write(sessions.reclaim, "session-00000001", "late", 15.9, 30.0)
    retaken = await asyncio.gather(
        *(db.write(sessions.reclaim, "session-00000001", f"r-{n}", 16.0, 30.0) for n in range(20))
    )
    assert retaken.count(True) == 1
    assert not await db.write(sessions.renew, "session-00000001", owner, 99.0)
    assert not await db.write(sessions.fail, "session-00000001", owner, 15012, {}, 20.0)


async def test_a_session_is_not_claimed_after_its_end(db: Database) -> None:
    await db.write(sessions.insert_session, session(1))
    assert not await db.write(sessions.claim, "session-00000001", "o", 900.0, 915.0)
    await db.write(sessions.insert_session, session(2, stage=SessionStage.CHOOSING.value))
    done = await asyncio.gather(
        *(db.write(sessions.complete_choice, "session-00000002", [], 1.0) for _ in range(20))
    )
    assert done.count(True) == 1


async def account(db: Database) -> None:
    def add(connection: Connection) -> None:
        group = groups.ensure_default(connection, "user", 0.0)
        accounts.insert_account(
            connection,
            {
                "id": "youtube_1", "user_id": "user", "platform": "youtube", "identity": "1",
                "uid": "1", "nickname": "n", "names_set": [], "group_id": group, "status": 1,
                "proved": True, "rank": 1, "counters": {}, "facts": {}, "created_at": 0.0,
                "updated_at": 0.0,
            },
        )  # fmt: skip
        credentials.store_credential(
            connection,
            "youtube_1",
            {"platform": "youtube", "sealed": b"one", "updated_at": 0.0},
        )

    await db.write(add)


async def test_a_refresh_is_claimed_by_one_and_for_one_version(db: Database) -> None:
    await account(db)
    won = await asyncio.gather(
        *(
            db.write(credentials.claim, "youtube_1", 1, f"owner-{n}", 1.0, 41.0)
            for n in range(AT_ONCE)
        )
    )
    assert won.count(credentials.Claim.FREE) == AT_ONCE - won.count(None) == 1
    values = {"sealed": b"two", "updated_at": 2.0}
    replaced = await asyncio.gather(
        *(db.write(credentials.replace, "youtube_1", 1, values) for _ in range(20))
    )
    assert replaced.count(True) == 1
    row = await db.read(credentials.get_credential, "youtube_1")
    assert row is not None
    assert (row.version, row.sealed, row.claim_owner) == (2, b"two", None)
    assert not await db.write(credentials.claim, "youtube_1", 1, "late", 1.0, 41.0)
    assert not await db.write(accounts.mark_offline, "youtube_1", 1, "grant_dead", {}, 3.0, 3.0)
    assert not await db.write(accounts.mark_offline, "youtube_1", None, "grant_dead", {}, 3.0, 3.0)
    assert await db.write(accounts.mark_offline, "youtube_1", 2, "grant_dead", {}, 3.0, 3.0)


async def test_an_account_is_read_with_its_own_credential(db: Database) -> None:
    await account(db)
    newer = {"sealed": b"two", "updated_at": 2.0}
    assert await db.write(credentials.replace, "youtube_1", 1, newer)
    found = await db.read(accounts.get_account_with_credential, "youtube_1", "user")
    assert found is not None
    owner, sealed = found
    row = await db.read(credentials.get_credential, "youtube_1")
    assert owner == await db.read(accounts.get_account, "youtube_1", "user")
    assert sealed == credentials.SealedCredential(
        *(getattr(row, name) for name in credentials.SealedCredential._fields)
    )
    assert await db.read(accounts.get_account_with_credential, "youtube_1", "another") is None
    assert await db.read(accounts.get_account_with_credential, "youtube_2", "user") is None
    await db.write(credentials.delete_version, "youtube_1", 2)
    without = await db.read(accounts.get_account_with_credential, "youtube_1", "user")
    assert without == (owner, None)


async def test_a_lapsed_claim_is_free(db: Database) -> None:
    await account(db)
    claimed = await db.write(credentials.claim, "youtube_1", 1, "first", 1.0, 41.0)
    assert claimed is credentials.Claim.FREE
    assert not await db.write(credentials.claim, "youtube_1", 1, "second", 40.9, 81.0)
    again = await db.write(credentials.claim, "youtube_1", 1, "second", 41.0, 81.0)
    assert again is credentials.Claim.DOUBT
    for doubtful in (False, True):
        await db.write(credentials.release, "youtube_1", "first", doubtful=doubtful)
    row = await db.read(credentials.get_credential, "youtube_1")
    assert row is not None
    assert row.claim_owner == "second"


async def test_simultaneous_first_uses_make_one_default_group(db: Database) -> None:
    made = await asyncio.gather(
        *(db.write(groups.ensure_default, "newcomer", 0.0) for _ in range(AT_ONCE))
    )
    assert len(set(made)) == 1


async def test_simultaneous_first_connections_make_one_account(db: Database) -> None:
    """A unique violation is not an error: the transaction runs again and finds the winner."""

    def connect(connection: Connection, number: int) -> str:
        holder = accounts.lock_by_identity(connection, Platform("youtube"), "same")
        if holder is not None:
            return str(holder.user_id)
        user = f"user-{number}"
        group = groups.ensure_default(connection, user, 0.0)
        accounts.insert_account(
            connection,
            {
                "id": "youtube_same", "user_id": user, "platform": "youtube", "identity": "same",
                "uid": "same", "nickname": "n", "names_set": [], "group_id": group, "status": 1,
                "proved": True, "rank": 1, "counters": {}, "facts": {}, "created_at": 0.0,
                "updated_at": 0.0,
            },
        )  # fmt: skip
        return user

    holders = await asyncio.gather(*(db.write(connect, number) for number in range(20)))
    assert len(set(holders)) == 1


async def test_values_come_back_as_they_went_in(db: Database) -> None:
    """Times to the millisecond, JSON with any text, bytes, nothing: alike on both engines."""
    data = {"reason": "用户拒绝 é \u2028 \"'", "list": [1, 2.5, None, True], "nested": {"a": []}}
    await db.write(
        sessions.insert_session,
        session(
            1,
            sealed=bytes(range(256)),
            error_data=data,
            created_at=1_763_692_496.123,
            expires_at=4_102_444_800.999,
            redirect_uri=None,
        ),
    )
    found = await db.read(sessions.get_session, "session-00000001")
    assert found is not None
    assert found.sealed == bytes(range(256))
    assert found.error_data == data
    assert found.created_at == 1_763_692_496.123
    assert found.expires_at == 4_102_444_800.999
    assert (found.redirect_uri, found.group_given) == (None, False)


async def test_what_is_over_is_found_and_purged(db: Database) -> None:
    rows = [
        session(1, stage="claimed", lease_until=10.0),
        session(2, stage="claimed", lease_until=30.0),
        session(3, stage="completed", ended_at=10.0),
        session(4, stage="failed", ended_at=30.0),
        session(5, expires_at=12.0),
        session(6, stage="choosing", expires_at=20.0),
        session(7, expires_at=20.1),
        session(8, stage="claimed", lease_until=10.0, expires_at=1.0),
        # Claimed while a clock was ahead.
        session(9, stage="claimed", lease_until=86_400.0),
    ]
    for row in rows:
        await db.write(sessions.insert_session, {**row, "sealed": b"tokens"})
    lapsed = await db.read(sessions.lapsed_claims, 20.0, 15.0)
    assert sorted(one[-1] for one in lapsed) == ["1", "8", "9"]
    assert await db.write(sessions.purge, 10.5, 20.0) == 1
    table = metadata.tables["auth_sessions"]
    left = await db.read(lambda c: c.execute(select(table)).mappings().all())
    assert sorted(one["id"][-1] for one in left) == ["1", "2", "4", "5", "6", "7", "8", "9"]
    # What expired holds no token any more, and is deleted as late as what ended.
    ended = {one["id"][-1]: one["ended_at"] for one in left if one["sealed"] is None}
    assert ended == {"5": 12.0, "6": 20.0}
    readable = await db.read(sessions.list_newest, "user", SessionStage, None, (20.0, 0.0), 10)
    assert sorted(one.id[-1] for one in readable) == ["1", "2", "4", "7", "8", "9"]
    assert await db.write(sessions.purge, 20.5, 20.0) == 2


async def test_a_revoked_key_stays_revoked(db: Database) -> None:
    values = {
        "id": "c" * 24, "user_id": "u", "name": "", "hash": b"h" * 32, "sealed": b"s",
        "origins": ["https://a.example"], "scopes": [], "binding": "direct", "created_at": 0.0,
    }  # fmt: skip
    await db.write(keys.insert_key, values)
    revoked = await asyncio.gather(*(db.write(keys.revoke, "c" * 24, 5.0) for _ in range(10)))
    assert revoked.count("u") == 1
    assert revoked.count(None) == 9
    row = await db.read(keys.by_hash, b"h" * 32)
    assert row is not None
    assert (row.revoked_at, row.origins) == (5.0, ["https://a.example"])


async def test_a_caller_that_goes_away_does_not_cut_a_write(db: Database) -> None:
    callers = [
        asyncio.create_task(db.write(sessions.insert_session, session(n))) for n in range(50)
    ]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)

    async def others_are_written() -> bool:
        known = [await db.read(sessions.get_session, f"session-{n:08d}") for n in range(1, 50, 2)]
        return all(known)

    await until(others_are_written)
    # The engine still works, for those that were cut and for others.
    await db.write(sessions.insert_session, session(99))
    assert await db.read(sessions.get_session, "session-00000099") is not None


async def test_changes_after_each_other_add_up(db: Database) -> None:
    table = metadata.tables["facts"]
    await db.write(facts.put_once, "counter", "0")

    def count(connection: Connection) -> None:
        seen = connection.scalar(select(table.c.value).where(table.c.name == "counter"))
        connection.execute(
            update(table)
            .where(table.c.name == "counter", table.c.value == seen)
            .values(value=str(int(seen) + 1))
        )

    for _ in range(30):
        await db.write(count)
    assert await db.read(facts.get_value, "counter") == "30"


WRITER = """
import asyncio, sys
from openchannels.store.database import open_database
from openchannels.store.queries import metadata as facts

async def main():
    db = open_database(sys.argv[1])
    async def one(number):
        await db.write(facts.put_once, f"fact-{number}", "x")
        print(number, flush=True)
    for start in range(0, 100_000, 100):
        await asyncio.gather(*(one(start + n) for n in range(100)))

asyncio.run(main())
"""


async def test_a_crash_loses_nothing_acknowledged(store: str) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, store, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    told = [int(await writer.stdout.readline()) for _ in range(500)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = await writer.communicate()
    told += [int(line) for line in rest.split(b"\n")[:-1]]
    db = open_database(store)
    names = await db.read(lambda c: c.execute(select(metadata.tables["facts"].c.name)).scalars())
    assert {f"fact-{number}" for number in told} <= set(names)
    await db.write(facts.put_once, "after", "x")
    await db.close()


async def test_a_database_that_cannot_be_opened_fails_each_write(tmp_path: Path) -> None:
    """No write may wait for a writer that never came up."""
    (tmp_path / "store.db").mkdir()
    db = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    async with asyncio.timeout(PATIENCE):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await db.write(facts.put_once, "name", "value")
    (tmp_path / "store.db").rmdir()
    sqlite_store(tmp_path / "store.db")
    # It comes back by itself once the file can be opened.
    assert await db.write(facts.put_once, "name", "value") == "value"
    await db.close()


@on_postgresql
async def test_lost_connections_are_replaced(store: str) -> None:
    """As after a restart of the server: every kept connection is dead."""
    db, killer = open_database(store), open_database(store)
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        assert await db.read(facts.get_value, "name") is None
        assert await killer.read(lambda c: c.scalar(others)) > 0
        assert await db.read(facts.get_value, "name") is None
        assert await killer.read(lambda c: c.scalar(others)) > 0
        await db.write(lambda c: c.execute(insert(metadata.tables["facts"]).values(fact("a"))))
        assert await db.read(facts.get_value, "a") == "1"
    finally:
        await db.close()
        await killer.close()


@on_postgresql
async def test_a_transaction_cut_before_its_end_is_run_again(store: str) -> None:
    db = open_database(store)
    runs = []

    def cut_once(connection: Connection) -> None:
        runs.append(1)
        connection.execute(insert(metadata.tables["facts"]).values(fact("a")))
        if len(runs) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    try:
        await db.write(cut_once)
        assert len(runs) == 2
        assert await db.read(facts.get_value, "a") == "1"
    finally:
        await db.close()


@on_postgresql
async def test_reads_and_writes_go_on_over_a_changed_schema(store: str) -> None:
    """Each connection keeps statements prepared, and none may show that they are outdated."""
    db, migrating = open_database(store), open_database(store)
    statement = text("SELECT * FROM facts")
    runs: list[int] = []

    def names(connection: Connection) -> int:
        runs.append(1)
        return len(connection.execute(statement).keys())

    try:
        before = await db.read(names)
        assert await db.write(names) == before
        for number, ask in enumerate((db.read, db.write), 1):
            column = text(f"ALTER TABLE facts ADD COLUMN more{number} TEXT")
            await migrating.write(lambda c, added=column: c.execute(added).close())
            assert await ask(names) == before + number
        # Both met the outdated statement and were run again.
        assert len(runs) == 6
    finally:
        await db.close()
        await migrating.close()


@on_postgresql
async def test_a_read_that_a_deadlock_ended_is_run_again(store: str) -> None:
    """As when a migration locks tables in another order than a query."""
    db = open_database(store)
    runs: list[int] = []
    deadlock = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"

    def victim_once(connection: Connection) -> int:
        runs.append(1)
        if len(runs) == 1:
            connection.exec_driver_sql(deadlock)
        return int(connection.scalar(text("SELECT 1")))

    try:
        assert await db.read(victim_once) == 1
        assert len(runs) == 2
    finally:
        await db.close()


def fact(name: str) -> dict[str, str]:
    return {"name": name, "value": "1"}


async def test_a_full_disk_fails_each_write_and_passes(tmp_path: Path) -> None:
    """SQLite may end the transaction of all writes that wait together; each is told why."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    await migrate(url)
    db = open_database(url)
    limit = "PRAGMA max_page_count={}"
    await db.write(lambda c: c.exec_driver_sql(limit.format(1)).close())

    def much(connection: Connection, number: int) -> None:
        facts.put_once(connection, f"fact-{number}", "x" * 100_000)

    outcomes = await asyncio.gather(*(db.write(much, n) for n in range(9)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert db.outages.seconds_since() < PATIENCE
    await db.write(lambda c: c.exec_driver_sql(limit.format(1_000_000)).close())
    await db.write(much, 1)
    await db.close()


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (DBAPIError("", {}, orig("57P03"), connection_invalidated=False), True),
        (DBAPIError("", {}, orig("53100"), connection_invalidated=False), True),
        (DBAPIError("", {}, orig("25006"), connection_invalidated=False), True),
        (DBAPIError("", {}, orig(None), connection_invalidated=True), True),
        (DBAPIError("", {}, orig("42P01"), connection_invalidated=False), False),
        (DBAPIError("", {}, orig("23505"), connection_invalidated=False), False),
        (sqlite3.OperationalError("no such table"), False),
        (ValueError(), False),
    ],
)
def test_what_counts_as_an_outage(error: Exception, away: bool) -> None:
    assert is_outage(error) is away
