"""Queries that bind a session to one browser and revoke tokens that nobody confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from openchannels.core.sessions import SessionStage
from openchannels.store.queries.leases import lapsed
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import auth_sessions as t

HOLDING = (SessionStage.CONFIRMING.value, SessionStage.FAILED.value)
"""Stages in which `lease_until` is the time from which tokens are to be revoked."""


def bind_browser(
    connection: Connection,
    session_id: str,
    ticket_state: bytes,
    browser_hash: bytes,
    browser_state: bytes,
    now: float,
) -> bool:
    """Binds a pending session to the first browser that opens its connect page.

    Replaces the state of the connect link by the state that this browser takes to the platform, so
    the link works only once.
    """
    done = connection.execute(
        update(t)
        .where(
            t.c.id == session_id,
            t.c.stage == SessionStage.PENDING.value,
            t.c.browser_hash.is_(None),
            t.c.state_hash == ticket_state,
            t.c.expires_at > now,
        )
        .values(browser_hash=browser_hash, state_hash=browser_state)
    )
    return done.rowcount == 1


def decline(
    connection: Connection, session_id: str, code: int, data: Mapping[str, Any], now: float
) -> bool:
    """Ends a session that the person declined; its tokens become due for revocation."""
    done = connection.execute(
        update(t)
        .where(
            t.c.id == session_id, t.c.stage == SessionStage.CONFIRMING.value, t.c.expires_at > now
        )
        .values(
            stage=SessionStage.FAILED.value,
            error_code=code,
            error_data=dict(data),
            offered=[],
            ended_at=now,
            lease_until=now,
        )
    )
    return done.rowcount == 1


def decline_all(
    connection: Connection, user_id: str, code: int, data: Mapping[str, Any], now: float
) -> None:
    """Ends all of a user's sessions that wait for a confirmation."""
    waiting = (t.c.user_id == user_id, t.c.stage == SessionStage.CONFIRMING.value)
    found = connection.execute(select(t.c.id).where(*waiting, t.c.expires_at > now))
    for session_id in found.scalars().all():
        decline(connection, session_id, code, data, now)


def awaiting_revocation(connection: Connection, user_id: str) -> Sequence[str]:
    """Returns a user's sessions that hold tokens to be revoked."""
    holding = (t.c.stage.in_(HOLDING), t.c.lease_until.is_not(None))
    return (
        connection.execute(select(t.c.id).where(t.c.user_id == user_id, *holding)).scalars().all()
    )


def due_for_revocation(
    connection: Connection, now: float, longest: float, limit: int
) -> Sequence[str]:
    """Returns sessions whose tokens are due for revocation, or whose claim has lapsed.

    A claim lasts at most `longest` seconds.
    """
    found = select(t.c.id).where(t.c.stage.in_(HOLDING), _revocable(now, longest)).limit(limit)
    return connection.execute(found).scalars().all()


def _revocable(now: float, longest: float) -> ColumnElement[bool]:
    """Without an owner `lease_until` is no lease but the time at which a session expires."""
    claimed = t.c.lease_owner.is_not(None)
    return or_(t.c.lease_until <= now, and_(claimed, lapsed(t.c.lease_until, now, longest)))


def claim_revocation(
    connection: Connection, session_id: str, owner: str, now: float, until: float
) -> bool:
    """Claims the revocation of one session's tokens from `now` to `until`. Raises Moving."""
    refuse_new_work(connection)
    done = connection.execute(
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(HOLDING), _revocable(now, until - now))
        .values(lease_owner=owner, lease_until=until)
    )
    return done.rowcount == 1


def discard_tokens(connection: Connection, session_id: str, owner: str) -> bool:
    """Deletes the tokens of a session after its owner has revoked them."""
    done = connection.execute(
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(HOLDING), t.c.lease_owner == owner)
        .values(sealed=None, lease_owner=None, lease_until=None)
    )
    return done.rowcount == 1
