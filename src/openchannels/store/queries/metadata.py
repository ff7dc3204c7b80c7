"""Metadata of the store itself: its environment, and a check value of its keyring."""

from sqlalchemy import Connection, bindparam, select

from openchannels.store.database import upsert
from openchannels.store.fast_select import FastSelect
from openchannels.store.tables import facts

VAULT_CHECK = "vault_check"
"""Name of the sealed value that proves that a keyring belongs to this store."""
WRITE_CHECK = "write_check"
"""Name of the value that readiness checks write."""
VALUE = FastSelect(select(facts.c.value).where(facts.c.name == bindparam("name")))


def put_once(connection: Connection, name: str, value: str) -> str:
    """Writes a value unless the name exists already; returns the stored value."""
    connection.execute(
        upsert(connection, facts).values(name=name, value=value).on_conflict_do_nothing()
    )
    return str(connection.scalar(select(facts.c.value).where(facts.c.name == name)))


def get_value(connection: Connection, name: str) -> str | None:
    row = VALUE.first(connection, name=name)
    return None if row is None else str(row.value)


def check_write(connection: Connection, value: str) -> None:
    """Writes a value that nothing reads: a full disk or a read-only database refuses it."""
    connection.execute(
        upsert(connection, facts)
        .values(name=WRITE_CHECK, value=value)
        .on_conflict_do_update(index_elements=[facts.c.name], set_={"value": value})
    )
