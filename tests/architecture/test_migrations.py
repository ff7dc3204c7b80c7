"""The migrations make exactly the tables that the queries speak of, on both stores."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bench.growth import TAKEN_BACK
from openchannels.store.migrate import HEAD, REVISIONS, SCRIPTS, current_revision, migrate
from openchannels.store.tables import metadata
from tests.harness.schemas import on_store, upgrade
from tests.harness.waiting import until


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def test_head_makes_the_tables(empty_store: str) -> None:
    assert await migrate(empty_store)
    assert await on_store(empty_store, current_revision) == HEAD
    assert await on_store(empty_store, differences) == []
    assert not await migrate(empty_store)


async def test_a_missing_column_would_be_seen(store: str) -> None:
    """The comparison above is worth something."""
    facts = metadata.tables["facts"]

    def drop(connection: Connection) -> None:
        connection.exec_driver_sql(f"ALTER TABLE {facts.name} DROP COLUMN value")
        connection.commit()

    await on_store(store, drop)
    found = await on_store(store, differences)
    assert [entry[0] for entry in found] == ["add_column"]


async def test_the_benchmark_measures_the_newest_migration(store: str) -> None:
    """It takes it back first, which only its author can say how to do."""

    def take_back(connection: Connection) -> None:
        back = f"UPDATE alembic_version SET version_num = '{REVISIONS[-2]}'"
        for statement in (*TAKEN_BACK[HEAD], back):
            connection.exec_driver_sql(statement)
        connection.commit()

    await on_store(store, take_back)
    assert await migrate(store)
    assert await on_store(store, differences) == []


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert len(list(scripts.walk_revisions())) == len(list(SCRIPTS.glob("versions/*.py")))


ACCOUNT = {
    "user_id": "u",
    "platform": "xhs",
    "client_type": "web",
    "nickname": "n",
    "names_set": "[]",
    "group_id": "g" * 24,
    "status": 1,
    "proved": True,
    "rank": 1,
    "counters": "{}",
    "created_at": 0.0,
    "updated_at": 0.0,
}
GROUP = (
    "INSERT INTO account_groups (id, user_id, name, is_default, rank, created_at, updated_at)"
    f" VALUES ('{'g' * 24}', 'u', 'default', true, 1, 0, 0)"
)


async def test_accounts_of_two_ids_get_the_other_one_as_alias(empty_store: str) -> None:
    known = json.dumps({"userId": "6433a7"})
    rows = [
        {"uid": "6433a7", "handle": "Rider_7", "facts": known},
        {"uid": "Rider_8", "handle": "Rider_8", "facts": known},
        {"uid": "Asserted", "handle": None, "facts": "{}"},
        {"uid": "channel", "handle": None, "facts": "{}", "client_type": None},
    ]

    def fill(connection: Connection) -> None:
        upgrade(connection, "0001")
        connection.execute(text(GROUP))
        for row in rows:
            uid = str(row["uid"])
            values = {**ACCOUNT, **row, "id": f"xhs_{uid}_web", "identity": f"{uid}_web"}
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO accounts ({names}) VALUES ({marks})"), values)
        connection.commit()

    def aliases(connection: Connection) -> dict[str, str | None]:
        found = connection.execute(text("SELECT uid, alias FROM accounts"))
        return {row.uid: row.alias for row in found}

    await on_store(empty_store, fill)
    assert await migrate(empty_store)
    assert await on_store(empty_store, aliases) == {
        "6433a7": "rider_7_web",
        "Rider_8": "6433a7_web",
        "Asserted": "asserted_web",
        "channel": None,
    }


@pytest.mark.parametrize("empty_store", ["postgresql"], indirect=True)
async def test_a_migration_gives_way_to_a_request_that_it_crosses(empty_store: str) -> None:
    """It has locked credentials and waits for accounts, which the request reads before those."""
    await on_store(empty_store, lambda c: (upgrade(c, "0003"), c.commit()))
    request = await asyncpg.connect(empty_store)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'accounts'::regclass"
    try:
        async with request.transaction():
            await request.execute("SELECT FROM accounts")
            migrating = asyncio.create_task(migrate(empty_store))
            await until(lambda: request.fetchval(waits))
            await request.execute("SELECT FROM credentials")
        assert await migrating
    finally:
        await request.close()


KEY = {
    "user_id": "u",
    "name": "",
    "sealed": b"",
    "origins": "[]",
    "binding": "direct",
    "created_at": 0.0,
}


async def test_keys_that_hold_all_scopes_hold_later_ones(empty_store: str) -> None:
    known = ["accounts:read", "accounts:write", "works:read", "admin"]
    held = {"a" * 24: known, "b" * 24: known[:3], "c" * 24: known[::-1]}

    def fill(connection: Connection) -> None:
        upgrade(connection, "0006")
        for key_id, scopes in held.items():
            values = {**KEY, "id": key_id, "hash": key_id.encode(), "scopes": json.dumps(scopes)}
            names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO api_keys ({names}) VALUES ({marks})"), values)
        connection.commit()

    def marked(connection: Connection) -> set[str]:
        found = connection.execute(text("SELECT id, all_scopes FROM api_keys"))
        return {row.id[0] for row in found if row.all_scopes}

    await on_store(empty_store, fill)
    assert await migrate(empty_store)
    assert await on_store(empty_store, marked) == {"a", "c"}
