"""Queries on accounts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from openchannels.core.accounts import ABNORMAL, NORMAL, Account, Counters, Filter
from openchannels.core.platforms import Platform
from openchannels.store.database import AnyRow
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.tables import accounts, credentials

BY_ID = FastSelect(select(accounts).where(accounts.c.id == bindparam("id")))
STATUS = FastSelect(
    select(
        accounts.c.user_id,
        accounts.c.platform,
        accounts.c.status,
        accounts.c.reason,
        accounts.c.reason_since,
        accounts.c.evidence,
        accounts.c.login_at,
        credentials.c.scopes,
        credentials.c.expires_at,
        credentials.c.grant_ends_at,
        credentials.c.refresh_at,
        credentials.c.version,
        credentials.c.checked_at,
    )
    .select_from(accounts.outerjoin(credentials, credentials.c.account_id == accounts.c.id))
    .where(accounts.c.id == bindparam("id"))
)


def by_id(connection: Connection, account_id: str, user_id: str) -> Account | None:
    """The account, if it belongs to the user."""
    row = BY_ID.first(connection, id=account_id)
    return read(row) if row is not None and row.user_id == user_id else None


def holder(connection: Connection, account_id: str) -> Row | None:
    """The row of an account, whosever it is."""
    return BY_ID.first(connection, id=account_id)


def identity(connection: Connection, account_id: str, user_id: str) -> str | None:
    """What a user's account is told from others of its platform by."""
    row = BY_ID.first(connection, id=account_id)
    return str(row.identity) if row is not None and row.user_id == user_id else None


def listed(
    connection: Connection, user_id: str, wanted: Filter, now: float, limit: int
) -> tuple[int, list[Account]]:
    """How many of a user's accounts are wanted, and the first of them, oldest first."""
    works = _works(now)
    conditions = [accounts.c.user_id == user_id, *_conditions(wanted, works)]
    joined = accounts.outerjoin(credentials, credentials.c.account_id == accounts.c.id)
    rows = connection.execute(
        select(accounts, works.label("works"))
        .select_from(joined)
        .where(*conditions)
        .order_by(accounts.c.created_at, accounts.c.id)
        .limit(limit)
    ).all()
    total = len(rows)
    if total == limit:
        count = select(func.count()).select_from(joined).where(*conditions)
        total = connection.scalar(count) or 0
    return total, [replace(read(row), status=row.works) for row in rows]


def _works(now: float) -> ColumnElement[int]:
    """1 or 0: the status as far as a query can tell it, which knows nothing of needed scopes."""
    end = credentials.c.grant_ends_at
    well = and_(
        accounts.c.status == NORMAL,
        credentials.c.account_id.is_not(None),
        or_(end.is_(None), end > now),
    )
    return case((well, NORMAL), else_=ABNORMAL)


def _conditions(wanted: Filter, works: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """Ids prevail over groups, and these over everything else."""
    if wanted.ids:
        return [accounts.c.id.in_(wanted.ids)]
    if wanted.group_ids:
        return [accounts.c.group_id.in_(wanted.group_ids)]
    found: list[ColumnElement[bool]] = []
    if wanted.platforms:
        found.append(accounts.c.platform.in_(wanted.platforms))
    if wanted.group_id is not None:
        found.append(accounts.c.group_id == wanted.group_id)
    if wanted.status is not None:
        found.append(works == wanted.status)
    return found


def by_identity(connection: Connection, platform: Platform, identity: str) -> AnyRow | None:
    """Whoever holds the account: its row, locked for this transaction where that is possible."""
    return connection.execute(
        select(accounts)
        .where(accounts.c.platform == platform, accounts.c.identity == identity)
        .with_for_update()
    ).first()


def status(connection: Connection, account_id: str) -> Row | None:
    """What the status of an account is worked out from, in one indexed read."""
    return STATUS.first(connection, id=account_id)


def fits(values: Mapping[str, Any]) -> bool:
    """Whether the columns take these texts: PostgreSQL refuses some that SQLite lets in."""
    return all(
        "\x00" not in value
        and len(value) <= (getattr(accounts.c[name].type, "length", None) or len(value))
        for name, value in values.items()
        if isinstance(value, str)
    )


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(accounts).values(**values))


def change(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def mark_offline(
    connection: Connection,
    account_id: str,
    version: int | None,
    reason: str,
    evidence: Mapping[str, Any],
    now: float,
    since: float,
) -> bool:
    """Mark an account abnormal, only if its credential is still the version that failed.

    `version` None means that no credential was there. `since` is when it ceased to work, which
    may have been before `now`.
    """
    # Both rows are held first, the account's as a reconnect does: a condition on the credential
    # within the update would not see what another transaction is just putting there.
    connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
    mine = credentials.c.account_id == account_id
    if connection.scalar(select(credentials.c.version).where(mine).with_for_update()) != version:
        return False
    done = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.status != ABNORMAL)
        .values(
            status=ABNORMAL,
            reason=reason,
            reason_since=since,
            evidence=dict(evidence),
            updated_at=now,
        )
    )
    return done.rowcount == 1


def mark_recovered(connection: Connection, account_id: str, now: float) -> bool:
    """Mark an abnormal account as working again."""
    done = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.status == ABNORMAL)
        .values(status=NORMAL, reason=None, reason_since=None, evidence=None, updated_at=now)
    )
    return done.rowcount == 1


def attend(connection: Connection, account_id: str, attention: str, since: float) -> bool:
    """Note why a working account should be looked after; False if that has been noted."""
    done = connection.execute(
        update(accounts)
        .where(
            accounts.c.id == account_id,
            accounts.c.status == NORMAL,
            accounts.c.attention.is_(None),
        )
        .values(attention=attention, attention_since=since)
    )
    return done.rowcount == 1


@dataclass(frozen=True, slots=True)
class Locked:
    """An account that this transaction holds."""

    id: str
    platform: str
    status: int


def lock(connection: Connection, user_id: str, account_ids: Sequence[str]) -> dict[str, Locked]:
    """Those of these accounts that are the user's, locked for this transaction where possible."""
    rows = connection.execute(
        select(accounts.c.id, accounts.c.platform, accounts.c.status)
        .where(accounts.c.id.in_(account_ids), accounts.c.user_id == user_id)
        .order_by(accounts.c.id)
        .with_for_update()
    )
    return {row.id: Locked(*row) for row in rows}


def remove(connection: Connection, account_ids: Collection[str]) -> None:
    """Delete locked accounts with their credentials."""
    connection.execute(delete(credentials).where(credentials.c.account_id.in_(account_ids)))
    connection.execute(delete(accounts).where(accounts.c.id.in_(account_ids)))


def read(row: Row) -> Account:
    return Account(
        id=row.id,
        user_id=row.user_id,
        platform=Platform(row.platform),
        uid=row.uid,
        secondary=row.secondary,
        handle=row.handle,
        client_type=row.client_type,
        nickname=row.nickname,
        avatar=row.avatar,
        group_id=row.group_id,
        status=row.status,
        rank=row.rank,
        counters=Counters(**row.counters),
        stats_at=row.stats_at,
        facts=row.facts,
        login_at=row.login_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
