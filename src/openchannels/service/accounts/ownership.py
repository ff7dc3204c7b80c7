"""Which stored account a candidate is, and which of several users holds it."""

from dataclasses import dataclass
from typing import Any

from openchannels.core import errors
from openchannels.core.accounts import Candidate
from openchannels.core.audit import Action
from openchannels.core.events import EventType
from openchannels.service.accounts.options import UpsertOptions
from openchannels.store.database import AnyRow, Connection
from openchannels.store.queries import accounts, audit, events


@dataclass(frozen=True, slots=True)
class StoredAs:
    """The row that a candidate is stored in, whose it was, and the columns that identify it.

    `row` is None for an account that is not stored yet.
    """

    row: AnyRow | None
    foreign: bool
    identity: dict[str, Any]


def find_stored(connection: Connection, candidate: Candidate, how: UpsertOptions) -> StoredAs:
    """Find an account under each of its identities; the user's own row is preferred.

    Rows of other users yield to a verified candidate unless they are verified themselves, and
    always with `takeover`: one is taken over, further ones are deleted. Raises
    ACCOUNT_OF_ANOTHER_USER for a row that does not yield, unless the user's own is verified.
    """
    profile = candidate.profile
    rows = accounts.lock_by_identities(
        connection, profile.platform, profile.identity, profile.other_identity
    )
    own = [row for row in rows if row.user_id == how.user_id]
    others = [row for row in rows if row.user_id != how.user_id]
    yielding = [row for row in others if how.takeover or (candidate.verified and not row.proved)]
    if len(yielding) < len(others) and not any(row.proved for row in own):
        raise errors.ACCOUNT_OF_ANOTHER_USER()
    chosen = next(iter([*own, *yielding]), None)
    for row in yielding:
        _record_taken_over(connection, row, candidate, how)
    deleted = [row.id for row in yielding if row is not chosen]
    if deleted:
        accounts.delete_accounts(connection, deleted)
    remaining = [row for row in rows if row is not chosen and row.id not in deleted]
    return StoredAs(chosen, chosen in yielding, _identity(candidate, chosen, remaining))


def _identity(candidate: Candidate, row: AnyRow | None, remaining: list[AnyRow]) -> dict[str, Any]:
    """The columns that identify an account: those of the platform replace what a caller named."""
    identity, other = candidate.profile.identity, candidate.profile.other_identity
    if row is None:
        return {"identity": identity, "alias": other}
    if not candidate.verified:
        return {"alias": row.alias or other}
    if any(one.identity == identity for one in remaining):
        # The user holds the account twice, under both identities.
        return {"alias": identity}
    return {"identity": identity, "alias": other}


def _record_taken_over(
    connection: Connection, row: AnyRow, candidate: Candidate, how: UpsertOptions
) -> None:
    """Record for its former holder that an account is another user's."""
    audit.record(
        connection,
        how.now,
        row.user_id,
        how.actor,
        Action.ACCOUNT_TAKEN_OVER,
        row.id,
        to=how.user_id,
        proved=candidate.verified,
    )
    about = (row.id, row.platform)
    events.record_event(
        connection, how.now, row.user_id, EventType.DELETED, about, reason="taken_over"
    )
