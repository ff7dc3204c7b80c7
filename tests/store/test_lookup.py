"""Lookups read the same row on both engines, and the same as SQLAlchemy itself."""

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select

from openchannels.store.database import Connection, Database
from openchannels.store.fast_select import FastSelect
from openchannels.store.tables import account_groups, api_keys

GROUP = FastSelect(select(account_groups).where(account_groups.c.id == bindparam("id")))
KEY = FastSelect(select(api_keys).where(api_keys.c.hash == bindparam("hash")))


def add_key(connection: Connection, origins: Any) -> None:
    connection.execute(
        insert(api_keys).values(
            id="k" * 24,
            user_id="u",
            name="川",
            hash=b"h" * 32,
            sealed=b"\x00\xff",
            origins=origins,
            scopes=[],
            binding="direct",
            created_at=1.5,
        )
    )


@pytest.mark.parametrize("value", [[], ["https://a.example", "川"], {"a": 2**70}, None])
async def test_the_row_is_sqlalchemys(db: Database, value: Any) -> None:
    await db.write(add_key, value)
    row = await db.read(lambda c: KEY.first(c, hash=b"h" * 32))
    told = await db.read(lambda c: c.execute(select(api_keys)).one())
    assert tuple(row) == tuple(told)
    assert (row.origins, row.sealed, row.expires_at) == (value, b"\x00\xff", None)


async def test_nothing_found(db: Database) -> None:
    assert await db.read(lambda c: KEY.first(c, hash=b"x" * 32)) is None
    assert await db.read(lambda c: GROUP.first(c, id="x")) is None


async def test_a_write_sees_its_own_rows(db: Database) -> None:
    def both(connection: Connection) -> bool:
        add_key(connection, [])
        return KEY.first(connection, hash=b"h" * 32) is not None

    assert await db.write(both)


async def test_booleans(db: Database) -> None:
    values = {
        "id": "g" * 24, "user_id": "u", "name": "default", "is_default": True, "rank": 1,
        "created_at": 1.0, "updated_at": 1.0,
    }  # fmt: skip
    await db.write(lambda c: c.execute(insert(account_groups).values(**values)) and None)
    row = await db.read(lambda c: GROUP.first(c, id="g" * 24))
    assert row.is_default is True
