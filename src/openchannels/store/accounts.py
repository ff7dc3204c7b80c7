"""Queries on accounts, and the audit rows that go with their changes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from openchannels.core.accounts import ABNORMAL, Account, Counters
from openchannels.core.ids import new_object_id
from openchannels.core.platforms import Platform
from openchannels.store.database import AnyRow
from openchannels.store.lookup import Lookup, Row
from openchannels.store.tables import accounts, audit, credentials

BY_ID = Lookup(select(accounts).where(accounts.c.id == bindparam("id")))
STATUS = Lookup(
    select(
        accounts.c.user_id,
        accounts.c.platform,
        accounts.c.status,
        accounts.c.reason,
        credentials.c.scopes,
        credentials.c.expires_at,
        credentials.c.grant_ends_at,
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


def by_identity(connection: Connection, platform: Platform, identity: str) -> AnyRow | None:
    """Whoever holds the account: its row, locked for this transaction where that is possible."""
    return connection.execute(
        select(accounts)
        .where(accounts.c.platform == platform.value, accounts.c.identity == identity)
        .with_for_update()
    ).first()


def status(connection: Connection, account_id: str) -> Row | None:
    """What the status of an account is worked out from, in one indexed read."""
    return STATUS.first(connection, id=account_id)


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(accounts).values(**values))


def change(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def condemn(
    connection: Connection,
    account_id: str,
    version: int | None,
    reason: str,
    evidence: Mapping[str, Any],
    now: float,
) -> bool:
    """Mark an account abnormal, only if its credential is still the version that failed.

    `version` None means that no credential was there.
    """
    seen = select(credentials.c.account_id).where(credentials.c.account_id == account_id)
    holds = (
        ~seen.exists() if version is None else seen.where(credentials.c.version == version).exists()
    )
    done = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.status != ABNORMAL, holds)
        .values(
            status=ABNORMAL,
            reason=reason,
            reason_since=now,
            evidence=dict(evidence),
            updated_at=now,
        )
    )
    return done.rowcount == 1


def record(
    connection: Connection,
    now: float,
    user_id: str,
    actor: str,
    action: str,
    account_id: str | None,
    **details: Any,
) -> None:
    """Add an audit row in the transaction of the change it tells of."""
    connection.execute(
        insert(audit).values(
            id=new_object_id(),
            at=now,
            user_id=user_id,
            actor=actor,
            action=action,
            account_id=account_id,
            details=details,
        )
    )


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
