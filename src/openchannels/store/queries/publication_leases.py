"""Queries on publications that are due: who works on them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, literal_column, select, update

from openchannels.core.publications import Stage
from openchannels.store.queries.leases import free
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.queries.publications import NO_LEASE
from openchannels.store.tables import publications as t

LONGEST_WAIT_SECONDS = 8 * 86_400.0
"""How far ahead a publication that has begun falls due again; its time may be years ahead."""


def any_due(connection: Connection, now: float) -> bool:
    return any(
        connection.execute(select(t.c.id).where(condition).limit(1)).first() is not None
        for condition in _due(now)
    )


BEGUN = t.c.stage != literal_column(f"'{Stage.QUEUED.value}'")
"""An index knows the stage only as a literal."""


def _due(now: float) -> Sequence[ColumnElement[bool]]:
    """What is due: its time has come, or lies so far ahead that a wrong clock wrote it.

    Apart, because each has an index.
    """
    return t.c.due_at <= now, and_(BEGUN, t.c.due_at > now + LONGEST_WAIT_SECONDS)


def claim(
    connection: Connection, now: float, owner: str, seconds: float, most: int
) -> Sequence[str]:
    """Claims publications that are due, those due longest first, under a lease of `seconds`.

    One at a time is worked on for an account, which an index ensures: they go out in their order,
    and what one looks for at the platform is not the other's. What has begun comes first: behind
    the posts that wait, a lost one would be looked for when newer ones hide it. Raises Moving.
    """
    refuse_new_work(connection)
    other = t.alias("other")
    busy = (
        select(other.c.id)
        .where(
            other.c.account_id == t.c.account_id,
            other.c.lease_owner.is_not(None),
            ~free(other.c.lease_until, now, seconds),
        )
        .exists()
    )
    first_of_account: dict[str, str] = {}
    for condition in (and_(BEGUN, t.c.due_at <= now), *_due(now)):
        found = connection.execute(
            select(t.c.id, t.c.account_id)
            .where(condition, ~busy)
            .order_by(t.c.due_at, t.c.publish_at, t.c.id)
            .limit(4 * most)
            .with_for_update(skip_locked=True)
        )
        for row in found:
            first_of_account.setdefault(row.account_id, row.id)
    accounts = list(first_of_account)[:most]
    if not accounts:
        return []
    # Leases of processes that have ended would keep their places in the index.
    ended = and_(t.c.account_id.in_(accounts), t.c.lease_owner.is_not(None))
    connection.execute(update(t).where(ended), dict(NO_LEASE))
    wanted = [first_of_account[account] for account in accounts]
    leased = {"lease_owner": owner, "lease_until": now + seconds}
    connection.execute(update(t).where(t.c.id.in_(wanted)), leased)
    return wanted


def lease(
    connection: Connection,
    publication_id: str,
    owner: str,
    now: float,
    seconds: float,
    holder: str | None = None,
) -> bool:
    """Takes over the lease of `holder`, or renews that of `owner`; False if it is another's."""
    mine = t.c.lease_owner == (holder or owner)
    values = {"lease_owner": owner, "lease_until": now + seconds}
    taken = update(t).where(t.c.id == publication_id, mine)
    return connection.execute(taken, values).rowcount == 1


def take_idle(
    connection: Connection, publication_id: str, owner: str, now: float, seconds: float
) -> bool:
    """Takes the lease of a publication that nobody works on, nor on another of its account."""
    account_id = connection.scalar(select(t.c.account_id).where(t.c.id == publication_id))
    others = select(t.c.id).where(
        t.c.account_id == account_id,
        t.c.lease_owner.is_not(None),
        ~free(t.c.lease_until, now, seconds),
    )
    if connection.execute(others.limit(1)).first() is not None:
        return False
    ended = and_(t.c.account_id == account_id, t.c.lease_owner.is_not(None))
    connection.execute(update(t).where(ended), dict(NO_LEASE))
    values = {"lease_owner": owner, "lease_until": now + seconds}
    taken = update(t).where(t.c.id == publication_id)
    return connection.execute(taken, values).rowcount == 1
