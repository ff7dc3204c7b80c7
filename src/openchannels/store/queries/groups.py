"""Queries on account groups."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from openchannels.core.groups import Group
from openchannels.core.ids import new_object_id
from openchannels.store.database import upsert
from openchannels.store.fast_select import FastSelect
from openchannels.store.tables import account_groups as t
from openchannels.store.tables import accounts

DEFAULT = FastSelect(select(t.c.id).where(t.c.user_id == bindparam("user_id"), t.c.is_default))
COLUMNS = (
    t.c.id,
    t.c.name,
    t.c.rank,
    *(func.coalesce(t.c[name], "") for name in ("ip", "location", "country_code", "proxy_ip")),
    t.c.is_default,
    t.c.sealed.is_not(None).label("has_browser_config"),
    t.c.created_at,
    t.c.updated_at,
)
"""The fields of `Group`, in its order."""
LISTING = FastSelect(
    select(*COLUMNS)
    .where(t.c.user_id == bindparam("user_id"))
    .order_by(t.c.rank, t.c.is_default.desc(), t.c.created_at, t.c.id)
)


def is_owned(connection: Connection, user_id: str, group_id: str) -> bool:
    """Returns True if the group exists and belongs to the user."""
    query = select(t.c.id).where(t.c.id == group_id, t.c.user_id == user_id)
    return connection.scalar(query) is not None


def exists(connection: Connection, group_id: str) -> bool:
    """Returns True if there is a group with this id, whichever user's."""
    return connection.scalar(select(t.c.id).where(t.c.id == group_id)) is not None


def hold_owned(connection: Connection, user_id: str, group_id: str) -> bool:
    """Like `is_owned`; a group that is found cannot be deleted until the transaction ends."""
    query = select(t.c.id).where(t.c.id == group_id, t.c.user_id == user_id)
    return connection.scalar(query.with_for_update(read=True, key_share=True)) is not None


def default_id(connection: Connection, user_id: str) -> str | None:
    row = DEFAULT.first(connection, user_id=user_id)
    return None if row is None else str(row.id)


def ensure_default(connection: Connection, user_id: str, now: float) -> str:
    """Returns the user's default group, created on first use; concurrent first uses are safe."""
    found = default_id(connection, user_id)
    if found is not None:
        return found
    statement = upsert(connection, t).values(
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


def list_groups(connection: Connection, user_id: str) -> Sequence[Group]:
    """Returns a user's groups by rank; among equals the default one first, then the oldest."""
    return [Group(*row) for row in LISTING.all(connection, user_id=user_id)]


def get_group(connection: Connection, user_id: str, group_id: str) -> Group | None:
    query = select(*COLUMNS).where(t.c.id == group_id, t.c.user_id == user_id)
    row = connection.execute(query).first()
    return None if row is None else Group(*row)


def insert_group(connection: Connection, values: Mapping[str, Any], most: int) -> bool:
    """Inserts a group; returns False if the user already has `most` of them."""
    held = select(func.count()).where(t.c.user_id == values["user_id"])
    if connection.execute(held).scalar_one() >= most:
        return False
    connection.execute(insert(t), dict(values))
    return True


def lock_sealed(connection: Connection, user_id: str, group_id: str) -> tuple[bytes | None] | None:
    """Locks a user's group; returns its sealed browser configuration in a tuple, None if absent."""
    query = select(t.c.sealed).where(t.c.id == group_id, t.c.user_id == user_id)
    row = connection.execute(query.with_for_update()).first()
    return None if row is None else (row.sealed,)


def update_group(connection: Connection, group_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(t).where(t.c.id == group_id), dict(values))


def lock_groups(connection: Connection, user_id: str, group_ids: Collection[str]) -> list[str]:
    """Returns the user's among these groups, locked: no account can be put into them meanwhile."""
    query = select(t.c.id).where(t.c.id.in_(group_ids), t.c.user_id == user_id)
    return list(connection.scalars(query.order_by(t.c.id).with_for_update()))


def delete_group(connection: Connection, group_id: str, heir: str, now: float) -> int:
    """Deletes a locked group and moves its accounts to the group `heir`; returns their number."""
    move = update(accounts).where(accounts.c.group_id == group_id)
    moved = connection.execute(move.values(group_id=heir, updated_at=now)).rowcount
    connection.execute(delete(t).where(t.c.id == group_id))
    return int(moved)


def rank_accounts(
    connection: Connection, group_id: str, ranks: Mapping[str, int], now: float
) -> bool:
    """Gives accounts of a held group their ranks; returns False if one is not in the group."""
    mine = (accounts.c.id.in_(ranks), accounts.c.group_id == group_id)
    query = select(accounts.c.id).where(*mine).order_by(accounts.c.id).with_for_update()
    if len(connection.scalars(query).all()) < len(ranks):
        return False
    if ranks:
        statement = update(accounts).where(accounts.c.id == bindparam("row"))
        values = [{"row": one, "new_rank": rank} for one, rank in ranks.items()]
        changed = statement.values(rank=bindparam("new_rank"), updated_at=now)
        connection.execute(changed, values)
    return True
