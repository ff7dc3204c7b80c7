"""Queries on credentials: versioned secrets, and the claim to refresh one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from openchannels.core.accounts import NORMAL
from openchannels.store.fast_select import (
    FastSelect,
    Row,
    padded,
    place_count,
    place_holders,
    row_type,
)
from openchannels.store.queries.leases import lapsed
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import accounts, credentials

RELEASED = 0.0
"""`claim_until` of a claim released while the outcome of its refresh is unknown."""
UNCLAIMED: Mapping[str, Any] = {"claim_owner": None, "claim_until": None}

BY_ACCOUNT = FastSelect(
    select(credentials).where(credentials.c.account_id == bindparam("account_id"))
)
_WITH_ACCOUNT = select(accounts, credentials).join_from(accounts, credentials)
LOCKED_WITH_ACCOUNT = FastSelect(
    _WITH_ACCOUNT.where(accounts.c.id == bindparam("account_id")).with_for_update(key_share=True)
)
ACCOUNT_ROW = row_type(accounts.columns.keys())
CREDENTIAL_ROW = row_type(credentials.columns.keys())
AT_VERSION = update(credentials).where(
    credentials.c.account_id == bindparam("of_account"),
    credentials.c.version == bindparam("of_version"),
)
"""Changes a credential if it is still the version of `at_version`."""
UNCLAIMED_AT_VERSION = AT_VERSION.where(credentials.c.claim_owner.is_(None))


def at_version(account_id: str, version: int) -> dict[str, Any]:
    """Returns the parameters of `AT_VERSION`, beside those that it sets."""
    return {"of_account": account_id, "of_version": version}


class SealedCredential(NamedTuple):
    """What of a credential's row it takes to open it, named as the columns are."""

    sealed: bytes
    version: int
    checked_at: float | None
    updated_at: float
    failures: int
    refused_since: float | None


def get_credential(connection: Connection, account_id: str) -> Row | None:
    return BY_ACCOUNT.first(connection, account_id=account_id)


def with_accounts(connection: Connection, account_ids: Sequence[str]) -> list[tuple[Row, Row]]:
    """Returns the rows of accounts and their credentials, of those that have both."""
    if not account_ids:
        return []
    statement = _with_accounts(place_count(account_ids))
    return [_parted(row) for row in statement.all(connection, **padded("id", account_ids))]


@cache
def _with_accounts(count: int) -> FastSelect:
    return FastSelect(_WITH_ACCOUNT.where(accounts.c.id.in_(place_holders("id", count))))


def lock_with_account(connection: Connection, account_id: str) -> tuple[Row, Row] | None:
    """Returns the rows of an account and its credential, None if there is none of either.

    Both are locked for the transaction where the engine can.
    """
    row = LOCKED_WITH_ACCOUNT.first(connection, account_id=account_id)
    return None if row is None else _parted(row)


def _parted(row: Row) -> tuple[Row, Row]:
    at = len(accounts.c)
    return ACCOUNT_ROW._make(row[:at]), CREDENTIAL_ROW._make(row[at:])


@dataclass(frozen=True, slots=True)
class GrantHolder:
    """An account that uses a grant, and the version of its credential (None without one)."""

    account_id: str
    user_id: str
    version: int | None


def grant_keys(connection: Connection, account_ids: Sequence[str]) -> dict[str, str | None]:
    """Returns the grant key of each account."""
    rows = connection.execute(
        select(credentials.c.account_id, credentials.c.grant_key).where(
            credentials.c.account_id.in_(account_ids)
        )
    )
    return {row.account_id: row.grant_key for row in rows}


def grant_holders(
    connection: Connection, grant_key: str, leaving: Collection[str]
) -> list[GrantHolder]:
    """Returns the working accounts of all users on a grant, except those being removed."""
    rows = connection.execute(
        select(credentials.c.account_id, accounts.c.user_id, credentials.c.version)
        .join_from(credentials, accounts)
        .where(credentials.c.grant_key == grant_key, accounts.c.status == NORMAL)
        .order_by(credentials.c.account_id)
    )
    return [GrantHolder(*row) for row in rows if row.account_id not in leaving]


def delete_version(connection: Connection, account_id: str, version: int | None) -> bool:
    """Deletes a credential if it is still this version; None means that there is none."""
    mine = credentials.c.account_id == account_id
    if version is None:
        return connection.scalar(select(credentials.c.version).where(mine)) is None
    done = connection.execute(delete(credentials).where(mine, credentials.c.version == version))
    return done.rowcount == 1


def store_credential(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    """Stores a credential: a new row, or a new version over the present one."""
    replaced = connection.execute(
        update(credentials)
        .where(credentials.c.account_id == account_id)
        .values(version=credentials.c.version + 1),
        {**UNCLAIMED, **values},
    )
    if replaced.rowcount == 0:
        row = {"account_id": account_id, "version": 1, **values}
        connection.execute(insert(credentials), row)


def replace(
    connection: Connection, account_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Stores a refreshed credential if the version it was made from is still the present one."""
    new = {"version": version + 1, **UNCLAIMED, **values}
    return connection.execute(AT_VERSION, at_version(account_id, version) | new).rowcount == 1


class Claim(StrEnum):
    """What is known about a version whose refresh was claimed.

    `DOUBT` means that a refresh with this version was started and its outcome is unknown.
    """

    FREE = "free"
    DOUBT = "doubt"


def claim(
    connection: Connection, account_id: str, version: int, owner: str, now: float, until: float
) -> Claim | None:
    """Claims the refresh of this version from `now` to `until`; None if another process has it.

    Raises Moving.
    """
    refuse_new_work(connection)
    taken = {**at_version(account_id, version), "claim_owner": owner, "claim_until": until}
    if connection.execute(UNCLAIMED_AT_VERSION, taken).rowcount == 1:
        return Claim.FREE
    over = lapsed(credentials.c.claim_until, now, until - now)
    again = connection.execute(AT_VERSION.where(over), taken)
    return Claim.DOUBT if again.rowcount == 1 else None


def renew(connection: Connection, account_id: str, owner: str, until: float) -> bool:
    """Extends a claim; returns False if another process holds it by now."""
    done = connection.execute(
        update(credentials).where(
            credentials.c.account_id == account_id, credentials.c.claim_owner == owner
        ),
        {"claim_until": until},
    )
    return done.rowcount == 1


def release(connection: Connection, account_id: str, owner: str, *, doubtful: bool) -> None:
    """Releases a claim after a refresh that changed nothing, as far as is known.

    With `doubtful` the next `claim` returns `DOUBT`.
    """
    left = {"claim_until": RELEASED} if doubtful else UNCLAIMED
    connection.execute(
        update(credentials).where(
            credentials.c.account_id == account_id, credentials.c.claim_owner == owner
        ),
        left,
    )


def is_claimed(row: Row) -> bool:
    """Returns True if the refresh of a credential is claimed and not yet released."""
    return row.claim_owner is not None and row.claim_until != RELEASED


def mark_checked(connection: Connection, account_id: str, version: int, now: float) -> None:
    """Records that the platform has just accepted this version."""
    accepted = {"checked_at": now, "refused_since": None}
    connection.execute(AT_VERSION, at_version(account_id, version) | accepted)
