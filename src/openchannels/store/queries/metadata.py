"""What the store remembers about itself."""

from sqlalchemy import Connection, select

from openchannels.store.database import UPSERT
from openchannels.store.tables import facts

VAULT_CHECK = "vault_check"
"""The fact, sealed, by which a keyring is known to be the store's own."""


def put_once(connection: Connection, name: str, value: str) -> str:
    """Write a fact unless it stands already; returns what stands."""
    connection.execute(
        UPSERT[connection.dialect.name](facts)
        .values(name=name, value=value)
        .on_conflict_do_nothing()
    )
    return str(connection.scalar(select(facts.c.value).where(facts.c.name == name)))


def get(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(facts.c.value).where(facts.c.name == name))


def ping(connection: Connection) -> bool:
    """Whether the database answers."""
    return connection.scalar(select(1)) == 1
