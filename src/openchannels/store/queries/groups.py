"""Queries on account groups."""

from sqlalchemy import Connection, bindparam, select

from openchannels.core.ids import new_object_id
from openchannels.store.database import UPSERT
from openchannels.store.fast_select import FastSelect
from openchannels.store.tables import account_groups

DEFAULT = FastSelect(
    select(account_groups.c.id).where(
        account_groups.c.user_id == bindparam("user_id"), account_groups.c.is_default
    )
)


def is_owned(connection: Connection, user_id: str, group_id: str) -> bool:
    """Returns True if the group exists and belongs to the user."""
    found = connection.scalar(
        select(account_groups.c.id).where(
            account_groups.c.id == group_id, account_groups.c.user_id == user_id
        )
    )
    return found is not None


def default_id(connection: Connection, user_id: str) -> str | None:
    row = DEFAULT.first(connection, user_id=user_id)
    return None if row is None else str(row.id)


def ensure_default(connection: Connection, user_id: str, now: float) -> str:
    """Returns the user's default group, created on first use; concurrent first uses are safe."""
    found = default_id(connection, user_id)
    if found is not None:
        return found
    statement = UPSERT[connection.dialect.name](account_groups).values(
        id=new_object_id(),
        user_id=user_id,
        name="default",
        is_default=True,
        rank=1,
        created_at=now,
        updated_at=now,
    )
    connection.execute(statement.on_conflict_do_nothing())
    made = default_id(connection, user_id)
    assert made is not None
    return made
