"""Queries that tie a session to one browser, and those that let go of what nobody confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from openchannels.core.sessions import SessionStage
from openchannels.store.tables import auth_sessions as t

HOLDING = (SessionStage.CONFIRMING.value, SessionStage.FAILED.value)
"""Stages in which `lease_until` says from when tokens are to be given back."""


def bind(
    connection: Connection,
    session_id: str,
    ticket_state: bytes,
    browser_hash: bytes,
    browser_state: bytes,
    now: float,
) -> bool:
    """Tie a pending session to the one browser that comes first.

    The state of the ticket, by which the session was found until now, gives way to the state that
    this browser takes to the platform; so a ticket serves once.
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


def refuse(
    connection: Connection, session_id: str, code: int, data: Mapping[str, Any], now: float
) -> bool:
    """End a session that the person did not confirm; its tokens are due to be given back."""
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


def refuse_all(
    connection: Connection, user_id: str, code: int, data: Mapping[str, Any], now: float
) -> None:
    """End all sessions of a user that wait for a confirmation."""
    waiting = (t.c.user_id == user_id, t.c.stage == SessionStage.CONFIRMING.value)
    found = connection.execute(select(t.c.id).where(*waiting, t.c.expires_at > now))
    for session_id in found.scalars().all():
        refuse(connection, session_id, code, data, now)


def held_for(connection: Connection, user_id: str) -> Sequence[str]:
    """Sessions of a user with tokens to be given back."""
    holding = (t.c.stage.in_(HOLDING), t.c.lease_until.is_not(None))
    return (
        connection.execute(select(t.c.id).where(t.c.user_id == user_id, *holding)).scalars().all()
    )


def unconfirmed(connection: Connection, now: float, limit: int) -> Sequence[str]:
    """Sessions whose tokens are due to be given back."""
    return (
        connection.execute(
            select(t.c.id).where(t.c.stage.in_(HOLDING), t.c.lease_until <= now).limit(limit)
        )
        .scalars()
        .all()
    )


def take(connection: Connection, session_id: str, owner: str, now: float, until: float) -> bool:
    """Take the right to give the tokens of one session back, for a time."""
    done = connection.execute(
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(HOLDING), t.c.lease_until <= now)
        .values(lease_owner=owner, lease_until=until)
    )
    return done.rowcount == 1


def let_go(connection: Connection, session_id: str, owner: str) -> bool:
    """Drop the tokens of a session, whose owner gave them back."""
    done = connection.execute(
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(HOLDING), t.c.lease_owner == owner)
        .values(sealed=None, lease_owner=None, lease_until=None)
    )
    return done.rowcount == 1
