"""Queries on authorization sessions. Every change of stage is one compare-and-set update."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from openchannels.core.platforms import Platform
from openchannels.core.sessions import AuthSession, Binding, PolledSession, SessionStage
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.tables import auth_sessions as t

LOOKED_AT = 1000
"""How many of a user's sessions a listing looks at, so that it stays bounded."""

ADD = insert(t)
BY_ID = FastSelect(select(t).where(t.c.id == bindparam("id")))
MINE = (t.c.id == bindparam("id"), t.c.user_id == bindparam("user_id"))
"""In the statement: another user's row would take longer to refuse than none, and so be known."""
OWNED = FastSelect(select(t).where(*MINE))
WATCHED = FastSelect(select(*(t.c[name] for name in PolledSession._fields)).where(*MINE))
BY_STATE = FastSelect(select(t).where(t.c.state_hash == bindparam("state_hash")))


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    # Values handed over apart let the statement's compilation be found again at once.
    connection.execute(ADD, dict(values))


def by_id(connection: Connection, session_id: str) -> AuthSession | None:
    return _read(BY_ID.first(connection, id=session_id))


def owned(connection: Connection, session_id: str, user_id: str) -> AuthSession | None:
    return _read(OWNED.first(connection, id=session_id, user_id=user_id))


def watched(connection: Connection, session_id: str, user_id: str) -> PolledSession | None:
    """A user's session as a poll sees it: less than half of the row, in half of the time."""
    row = WATCHED.first(connection, id=session_id, user_id=user_id)
    if row is None:
        return None
    return PolledSession._make((row.id, Platform(row.platform), SessionStage(row.stage), *row[3:]))


def by_state(connection: Connection, state_hash: bytes) -> AuthSession | None:
    return _read(BY_STATE.first(connection, state_hash=state_hash))


def newest(
    connection: Connection,
    user_id: str,
    stages: Sequence[SessionStage],
    platform: str | None,
    moments: tuple[float, float],
    limit: int,
) -> Sequence[AuthSession]:
    """A user's readable sessions, newest first, among the last `LOOKED_AT`.

    `moments` are now, and when what is still readable ended at the earliest.
    """
    now, ended_after = moments
    recent = (
        select(t.c.id, t.c.stage, t.c.platform, t.c.created_at, t.c.expires_at, t.c.ended_at)
        .where(t.c.user_id == user_id)
        .order_by(t.c.created_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    waits = or_(recent.c.stage == SessionStage.CLAIMED.value, recent.c.expires_at > now)
    readable = or_(recent.c.ended_at > ended_after, and_(recent.c.ended_at.is_(None), waits))
    wanted = select(recent.c.id).where(readable, recent.c.stage.in_([s.value for s in stages]))
    if platform is not None:
        wanted = wanted.where(recent.c.platform == platform)
    wanted = wanted.order_by(recent.c.created_at.desc(), recent.c.id).limit(limit)
    rows = connection.execute(
        select(t).where(t.c.id.in_(wanted)).order_by(t.c.created_at.desc(), t.c.id)
    )
    return [session for row in rows if (session := _read(row))]


def cancel(
    connection: Connection, session_id: str, code: int, data: Mapping[str, Any], now: float
) -> bool:
    """End a session that nobody has finished; False if it was claimed, or is over."""
    open_stages = (SessionStage.PENDING.value, SessionStage.CHOOSING.value)
    return _changed(
        connection,
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(open_stages), t.c.expires_at > now)
        .values(
            stage=SessionStage.FAILED.value, error_code=code, error_data=dict(data), **_ended(now)
        ),
    )


def claim(
    connection: Connection,
    session_id: str,
    owner: str,
    now: float,
    until: float,
    browser_hash: bytes | None = None,
) -> bool:
    """Take the one right to redeem the code of a pending session.

    `browser_hash` is of the proof of the browser that came with it; None leaves it as it stands.
    """
    return _changed(
        connection,
        update(t)
        .where(t.c.id == session_id, t.c.stage == SessionStage.PENDING.value, t.c.expires_at > now)
        .values(
            stage=SessionStage.CLAIMED.value,
            lease_owner=owner,
            lease_until=until,
            browser_hash=t.c.browser_hash if browser_hash is None else browser_hash,
        ),
    )


def reclaim(connection: Connection, session_id: str, owner: str, now: float, until: float) -> bool:
    """Take over a claim whose holder has let its lease lapse."""
    return _changed(
        connection,
        update(t)
        .where(
            t.c.id == session_id, t.c.stage == SessionStage.CLAIMED.value, t.c.lease_until <= now
        )
        .values(lease_owner=owner, lease_until=until),
    )


def renew(connection: Connection, session_id: str, owner: str, until: float) -> bool:
    """Lengthen a lease, if it is still the owner's."""
    return _changed(connection, _held(session_id, owner).values(lease_until=until))


def keep_answer(connection: Connection, session_id: str, owner: str, sealed: bytes) -> bool:
    """Keep the platform's sealed answer, while the claim holds."""
    return _changed(connection, _held(session_id, owner).values(sealed=sealed))


def offer(
    connection: Connection,
    session_id: str,
    owner: str,
    sealed: bytes,
    offered: Sequence[Mapping[str, Any]],
    expires_at: float,
    stage: SessionStage,
) -> bool:
    """Ask the person, in one of the stages that do: the one time that a session's end is moved.

    What is not confirmed by its end is due to be given back then.
    """
    return _changed(
        connection,
        _held(session_id, owner).values(
            stage=stage.value,
            sealed=sealed,
            offered=list(offered),
            expires_at=expires_at,
            lease_owner=None,
            lease_until=expires_at if stage is SessionStage.CONFIRMING else None,
        ),
    )


def complete_claimed(
    connection: Connection,
    session_id: str,
    owner: str,
    accounts: Sequence[Mapping[str, Any]],
    now: float,
) -> bool:
    """End a claimed session well."""
    return _changed(connection, _held(session_id, owner).values(**_completed(accounts, now)))


def complete_choice(
    connection: Connection, session_id: str, accounts: Sequence[Mapping[str, Any]], now: float
) -> bool:
    """End well what the person was asked; False if it ended meanwhile or its time is over.

    Of one whose tokens are being given back the time is over, whatever the clock here says.
    """
    asked = (SessionStage.CHOOSING.value, SessionStage.CONFIRMING.value)
    unclaimed = t.c.lease_owner.is_(None)
    return _changed(
        connection,
        update(t)
        .where(t.c.id == session_id, t.c.stage.in_(asked), t.c.expires_at > now, unclaimed)
        .values(**_completed(accounts, now)),
    )


def fail(
    connection: Connection,
    session_id: str,
    owner: str,
    code: int,
    data: Mapping[str, Any],
    now: float,
) -> bool:
    """End a claimed session with a code."""
    return _changed(
        connection,
        _held(session_id, owner).values(
            stage=SessionStage.FAILED.value, error_code=code, error_data=dict(data), **_ended(now)
        ),
    )


def _held(session_id: str, owner: str) -> Update:
    return update(t).where(
        t.c.id == session_id, t.c.stage == SessionStage.CLAIMED.value, t.c.lease_owner == owner
    )


def _completed(accounts: Sequence[Mapping[str, Any]], now: float) -> dict[str, Any]:
    return {"stage": SessionStage.COMPLETED.value, "accounts": list(accounts), **_ended(now)}


def _ended(now: float) -> dict[str, Any]:
    return {
        "offered": [],
        "sealed": None,
        "lease_owner": None,
        "lease_until": None,
        "ended_at": now,
    }


def lapsed(connection: Connection, now: float, limit: int = 100) -> Sequence[str]:
    """Sessions whose claim has outlived its lease."""
    rows = connection.execute(
        select(t.c.id)
        .where(t.c.stage == SessionStage.CLAIMED.value, t.c.lease_until <= now)
        .limit(limit)
    )
    return rows.scalars().all()


def any_over(connection: Connection, ended_before: float, now: float) -> bool:
    """Whether there is anything for `purge`."""
    found = (_over(over, 1) for over in _ends(ended_before, now))
    return any(connection.execute(over).first() is not None for over in found)


def purge(connection: Connection, ended_before: float, now: float, limit: int = 1000) -> int:
    """Delete sessions that ended before a moment, and those whose time is over unfinished.

    The latter answer nobody any more, and an open choice holds the tokens of its candidates.
    One with a time in `lease_until` is still worked on, or holds tokens to give back.
    """
    found = [_over(over, limit) for over in _ends(ended_before, now)]
    return sum(connection.execute(delete(t).where(t.c.id.in_(over))).rowcount for over in found)


def _ends(ended_before: float, now: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """How a session can be over. Two conditions, as one would walk all open sessions."""
    free = t.c.lease_until.is_(None)
    lapsed = t.c.ended_at.is_(None) & (t.c.expires_at <= now)
    return (t.c.ended_at < ended_before) & free, lapsed & free


def _over(over: ColumnElement[bool], limit: int) -> Select[tuple[str]]:
    return select(t.c.id).where(over).limit(limit)


def _changed(connection: Connection, statement: Any) -> bool:
    return bool(connection.execute(statement).rowcount == 1)


def _read(row: Row | None) -> AuthSession | None:
    if row is None:
        return None
    return AuthSession(
        id=row.id,
        user_id=row.user_id,
        key_id=row.key_id,
        platform=Platform(row.platform),
        group_id=row.group_id,
        group_given=row.group_given,
        stage=SessionStage(row.stage),
        created_at=row.created_at,
        expires_at=row.expires_at,
        callback_url=row.callback_url,
        redirect_uri=row.redirect_uri,
        sealed=row.sealed,
        lease_until=row.lease_until,
        error_code=row.error_code,
        error_data=row.error_data,
        accounts=row.accounts,
        offered=row.offered,
        ended_at=row.ended_at,
        account_id=row.account_id,
        binding=Binding(row.binding),
        browser_hash=row.browser_hash,
    )
