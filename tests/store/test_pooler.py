"""The store behind PgBouncer in transaction mode, which knows no session and nothing prepared."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, text

from openchannels.store.database import open_database
from openchannels.store.migrate import HEAD, current_revision, migrate
from openchannels.store.pooling import shares_sessions
from openchannels.store.queries import metadata as facts
from openchannels.store.queries.clock import read_clock
from tests.harness.commands import run
from tests.harness.pgbouncer import CONNECTIONS, pooling
from tests.harness.postgres import Postgres
from tests.harness.settings import MASTER_KEY

AT_ONCE = 24
TRACKED = {"client_encoding", "application_name"}
"""Settings that PgBouncer sets itself for whoever has the connection."""
POOLED = {"OPENCHANNELS_DATABASE__POOLER": "transaction"}


@pytest.fixture(scope="module")
def direct(postgres: Postgres) -> str:
    return postgres.database(empty=True)


@pytest.fixture(scope="module")
def pooled(direct: str) -> Iterator[str]:
    """URL of a pooler before an empty database."""
    with pooling(direct) as url:
        yield url


async def test_it_is_migrated_read_and_written_and_keeps_nothing_in_a_session(
    direct: str, pooled: str
) -> None:
    """Many at once, so that their transactions take turns on a few server connections."""
    done = await asyncio.gather(
        *(asyncio.to_thread(asyncio.run, migrate(pooled)) for _ in range(4))
    )
    assert any(done)
    db = open_database(pooled, pool_size=AT_ONCE, pooled=True)

    def read(connection: Connection, number: int) -> Any:
        value = facts.get_value(connection, "chosen")
        # Several statements of one read may meet several server connections.
        again = connection.execute(text("SELECT CAST(:n AS int)"), {"n": number}).scalar()
        return value, again

    try:
        won = await asyncio.gather(
            *(db.write(facts.put_once, "chosen", str(number)) for number in range(AT_ONCE))
        )
        assert len(set(won)) == 1
        numbers = [*range(AT_ONCE), *range(AT_ONCE)]
        seen = await asyncio.gather(*(db.read(read, number) for number in numbers))
        assert seen == [(won[0], number) for number in numbers]
        assert await db.read(current_revision) == HEAD
        assert await db.write_alone(facts.get_value, "chosen") == won[0]
    finally:
        await db.close()
    assert await left_in_sessions(direct, pooled) == set()


async def left_in_sessions(direct: str, pooled: str) -> set[str]:
    """Prepared statements, changed settings and advisory locks of the server connections."""
    found: set[str] = set()
    connections = [
        await asyncpg.connect(pooled, statement_cache_size=0) for _ in range(CONNECTIONS)
    ]
    try:
        for connection in connections:
            # Holds the server connection, so that the next one gets another.
            await connection.execute("BEGIN")
            found |= {
                row[0]
                for row in await connection.fetch("SELECT statement FROM pg_prepared_statements")
            }
            changed = "SELECT name FROM pg_settings WHERE source = 'session'"
            found |= {row[0] for row in await connection.fetch(changed)}
    finally:
        for connection in connections:
            await connection.close()
    observer = await asyncpg.connect(direct)
    locks = "SELECT objid FROM pg_locks JOIN pg_database d ON d.oid = database"
    locks += " WHERE locktype = 'advisory' AND datname = current_database()"
    found |= {f"lock {row[0]}" for row in await observer.fetch(locks)}
    await observer.close()
    return found - TRACKED


async def test_what_is_left_in_a_session_would_be_seen(direct: str) -> None:
    """The statements that are prepared where nothing is said of a pooler."""
    with pooling(direct) as url:
        db = open_database(url, pool_size=1)
        await db.read(read_clock)
        await db.close()
        assert await left_in_sessions(direct, url)


async def test_it_is_told_from_a_server_and_from_a_pooler_that_keeps_sessions(
    direct: str, pooled: str
) -> None:
    assert not await shares_sessions(direct)
    assert await shares_sessions(pooled)
    with pooling(direct, mode="session") as url:
        assert not await shares_sessions(url)


def test_a_start_without_its_setting_is_refused(direct: str, pooled: str, tmp_path: Path) -> None:
    common = {"OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY, "OPENCHANNELS_DATABASE__URL": pooled}
    words = ("keys", "create", "--user", "me", "--json", "--data-dir", tmp_path)
    refused = run(*words, **common)
    assert refused.returncode == 2
    assert 'set database.pooler to "transaction"' in " ".join(refused.stderr.split())
    assert run(*words, **common, **POOLED).returncode == 0
    states = {name: pooler_check(tmp_path, common | more)[0] for name, more in {
        "unnamed": {},
        "named": POOLED,
        "none met": {**POOLED, "OPENCHANNELS_DATABASE__URL": direct},
    }.items()}  # fmt: skip
    assert states == {"unnamed": "fault", "named": "ok", "none met": "note"}


def pooler_check(folder: Path, settings: dict[str, str]) -> tuple[str, str]:
    done = run("doctor", "--json", "--offline", "--data-dir", folder, **settings)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    return checks["pooler"]["state"], checks["pooler"]["text"]
