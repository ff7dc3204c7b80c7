"""Queries on connected accounts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from openchannels.core.accounts import (
    ABNORMAL,
    NORMAL,
    Account,
    Counters,
)
from openchannels.core.platforms import Platform
from openchannels.store.database import AnyRow
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.queries.credentials import SealedCredential
from openchannels.store.queries.snapshots import delete_snapshots
from openchannels.store.tables import accounts, credentials

CREDENTIAL_STATE = (
    credentials.c.scopes,
    credentials.c.expires_at,
    credentials.c.grant_ends_at,
    credentials.c.refresh_at,
    credentials.c.version,
    credentials.c.checked_at,
)
"""Columns of a credential from which an account's status is derived."""
WITH_CREDENTIAL = accounts.outerjoin(credentials, credentials.c.account_id == accounts.c.id)
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
        *CREDENTIAL_STATE,
    )
    .select_from(WITH_CREDENTIAL)
    .where(accounts.c.id == bindparam("id"))
)
WITH_SEALED = FastSelect(
    select(
        accounts,
        credentials.c.sealed,
        credentials.c.version,
        credentials.c.checked_at,
        credentials.c.updated_at.label("issued_at"),
        credentials.c.failures,
        credentials.c.refused_since,
    )
    .select_from(WITH_CREDENTIAL)
    .where(accounts.c.id == bindparam("id"))
)


def get_account(connection: Connection, account_id: str, user_id: str) -> Account | None:
    """Returns the account if it belongs to the user."""
    row = BY_ID.first(connection, id=account_id)
    return account_from_row(row) if row is not None and row.user_id == user_id else None


def get_account_with_credential(
    connection: Connection, account_id: str, user_id: str
) -> tuple[Account, SealedCredential | None] | None:
    """Returns the account if it belongs to the user, and its credential if it has one."""
    row = WITH_SEALED.first(connection, id=account_id)
    if row is None or row.user_id != user_id:
        return None
    sealed = None
    if row.sealed is not None:
        sealed = SealedCredential(
            row.sealed,
            row.version,
            row.checked_at,
            row.issued_at,
            row.failures,
            row.refused_since,
        )
    return account_from_row(row), sealed


def any_users_account(connection: Connection, account_id: str) -> Row | None:
    """Returns the row of an account, whichever user it belongs to."""
    return BY_ID.first(connection, id=account_id)


def identity_of(connection: Connection, account_id: str, user_id: str) -> str | None:
    """Returns the identity that makes a user's account unique on its platform."""
    row = BY_ID.first(connection, id=account_id)
    return str(row.identity) if row is not None and row.user_id == user_id else None


def lock_by_identity(connection: Connection, platform: Platform, identity: str) -> AnyRow | None:
    """Returns the row with this identity, locked for the transaction where the engine can."""
    return connection.execute(
        select(accounts)
        .where(accounts.c.platform == platform, accounts.c.identity == identity)
        .with_for_update()
    ).first()


def lock_by_identities(
    connection: Connection, platform: Platform, identity: str, other: str | None
) -> list[AnyRow]:
    """Returns the rows of an account under either identity, locked where the engine can.

    The row stored under `identity` itself comes first, the oldest one next.
    """
    if other is None:
        row = lock_by_identity(connection, platform, identity)
        return [] if row is None else [row]
    known = {identity, identity.lower(), other}
    rows = connection.execute(
        select(accounts)
        .where(
            accounts.c.platform == platform,
            or_(accounts.c.identity.in_(known), accounts.c.alias.in_(known)),
        )
        .order_by(accounts.c.created_at, accounts.c.id)
        .with_for_update()
    )
    return sorted(rows, key=lambda row: row.identity != identity)


def status_row(connection: Connection, account_id: str) -> Row | None:
    """Returns in one indexed read everything that an account's status is derived from."""
    return STATUS.first(connection, id=account_id)


def is_storable(values: Mapping[str, Any]) -> bool:
    """Returns True if both engines accept these texts; PostgreSQL refuses some of them."""
    return all(
        "\x00" not in value
        and len(value) <= (getattr(accounts.c[name].type, "length", None) or len(value))
        for name, value in values.items()
        if isinstance(value, str)
    )


def insert_account(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(accounts), dict(values))


def update_account(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id), dict(values))


def lock_account(connection: Connection, account_id: str) -> None:
    """Locks an account for the transaction where the engine can."""
    connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())


def lock_names(connection: Connection, user_id: str, account_id: str) -> Sequence[str] | None:
    """Locks a user's account; returns which names the caller set, None if it does not exist."""
    query = select(accounts.c.names_set)
    mine = (accounts.c.id == account_id, accounts.c.user_id == user_id)
    row = connection.execute(query.where(*mine).with_for_update()).first()
    return None if row is None else row.names_set


def mark_offline(
    connection: Connection,
    account_id: str,
    version: int | None,
    reason: str,
    evidence: Mapping[str, Any],
    now: float,
    since: float,
) -> bool:
    """Marks an account offline if its credential is still the version that failed.

    `version` None means that there was no credential. `since` is when the account stopped working,
    which may be before `now`. Returns False if the account was already offline or has a newer
    credential.
    """
    # Lock both rows first, the account's before the credential's as a reconnect does: a condition
    # within the update would not see a credential that another transaction is writing.
    lock_account(connection, account_id)
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


def change_reason(
    connection: Connection, account_id: str, reason: str, evidence: Mapping[str, Any], now: float
) -> bool:
    """Changes why an account is offline; returns False if it is not offline."""
    done = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.status == ABNORMAL)
        .values(reason=reason, reason_since=now, evidence=dict(evidence), updated_at=now)
    )
    return done.rowcount == 1


def mark_recovered(connection: Connection, account_id: str, now: float) -> bool:
    """Marks an offline account as working; returns False if it was not offline."""
    done = connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.status == ABNORMAL)
        .values(status=NORMAL, reason=None, reason_since=None, evidence=None, updated_at=now)
    )
    return done.rowcount == 1


def set_attention(connection: Connection, account_id: str, attention: str, since: float) -> bool:
    """Sets why a working account needs attention; returns False if that is already set."""
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


def advised_too_early(connection: Connection, now: float, limit: int) -> Sequence[str]:
    """Returns accounts whose need for attention was announced, although it begins after `now`."""
    rows = connection.execute(
        select(accounts.c.id)
        .where(accounts.c.attention.is_not(None), accounts.c.attention_since > now)
        .limit(limit)
    )
    return rows.scalars().all()


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """An account locked by this transaction."""

    id: str
    platform: str
    status: int


def lock_accounts(
    connection: Connection, user_id: str, account_ids: Sequence[str]
) -> dict[str, LockedAccount]:
    """Returns the user's among these accounts, locked for the transaction where the engine can."""
    rows = connection.execute(
        select(accounts.c.id, accounts.c.platform, accounts.c.status)
        .where(accounts.c.id.in_(account_ids), accounts.c.user_id == user_id)
        .order_by(accounts.c.id)
        .with_for_update()
    )
    return {row.id: LockedAccount(*row) for row in rows}


def delete_accounts(connection: Connection, account_ids: Collection[str]) -> None:
    """Deletes locked accounts with their credentials and snapshots."""
    delete_snapshots(connection, account_ids)
    connection.execute(delete(credentials).where(credentials.c.account_id.in_(account_ids)))
    connection.execute(delete(accounts).where(accounts.c.id.in_(account_ids)))


def account_from_row(row: Row, status: int | None = None) -> Account:
    """Returns the account of a row, with its status at a moment; the stored one if None."""
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
        status=row.status if status is None else status,
        rank=row.rank,
        counters=Counters(**row.counters),
        stats_at=row.stats_at,
        facts=row.facts,
        login_at=row.login_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
