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
from openchannels.store.queries.leases import lapsed
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import auth_sessions as t

LIST_LIMIT = 1000
"""Maximum number of a user's sessions that a listing scans."""

ADD = insert(t)
BY_ID = FastSelect(select(t).where(t.c.id == bindparam("id")))
MINE = (t.c.id == bindparam("id"), t.c.user_id == bindparam("user_id"))
"""Filter by user in SQL: otherwise timing shows whether the session exists."""
OWNED = FastSelect(select(t).where(*MINE))
WATCHED = FastSelect(select(*(t.c[name] for name in PolledSession._fields)).where(*MINE))
BY_STATE = FastSelect(select(t).where(t.c.state_hash == bindparam("state_hash")))
OF_OWNER = update(t).where(
    t.c.id == bindparam("of_session"),
    t.c.stage == SessionStage.CLAIMED.value,
    t.c.lease_owner == bindparam("of_owner"),
)
"""Changes a claimed session for who holds its claim."""


def insert_session(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(ADD, dict(values))


def get_session(connection: Connection, session_id: str) -> AuthSession | None:
    return _session_from_row(BY_ID.first(connection, id=session_id))


def get_owned(connection: Connection, session_id: str, user_id: str) -> AuthSession | None:
    return _session_from_row(OWNED.first(connection, id=session_id, user_id=user_id))


def get_watched(connection: Connection, session_id: str, user_id: str) -> PolledSession | None:
    """Returns the columns of a user's session that a poll needs, in half the time of the row."""
    row = WATCHED.first(connection, id=session_id, user_id=user_id)
    if row is None:
        return None
    return PolledSession._make((row.id, Platform(row.platform), SessionStage(row.stage), *row[3:]))


def by_state(connection: Connection, state_hash: bytes) -> AuthSession | None:
    return _session_from_row(BY_STATE.first(connection, state_hash=state_hash))


def list_newest(
    connection: Connection,
    user_id: str,
    stages: Sequence[SessionStage],
    platform: str | None,
    moments: tuple[float, float],
    limit: int,
) -> Sequence[AuthSession]:
    """Returns a user's readable sessions, newest first, among the last `LIST_LIMIT`.

    `moments` are the present time and the earliest end of a session that is still readable.
    """
    now, ended_after = moments
    recent = (
        select(t.c.id, t.c.stage, t.c.platform, t.c.created_at, t.c.expires_at, t.c.ended_at)
        .where(t.c.user_id == user_id)
        .order_by(t.c.created_at.desc())
        .limit(LIST_LIMIT)
        .subquery()
    )
    waits = or_(recent.c.stage == SessionStage.CLAIMED.value, recent.c.expires_at > now)
    ended = recent.c.stage.in_([stage.value for stage in SessionStage if stage.ended])
    readable = or_(
        and_(recent.c.ended_at > ended_after, ended), and_(recent.c.ended_at.is_(None), waits)
    )
    wanted = select(recent.c.id).where(readable, recent.c.stage.in_([s.value for s in stages]))
    if platform is not None:
        wanted = wanted.where(recent.c.platform == platform)
    wanted = wanted.order_by(recent.c.created_at.desc(), recent.c.id).limit(limit)
    rows = connection.execute(
        select(t).where(t.c.id.in_(wanted)).order_by(t.c.created_at.desc(), t.c.id)
    )
    return [session for row in rows if (session := _session_from_row(row))]


def cancel(
    connection: Connection, session_id: str, code: int, data: Mapping[str, Any], now: float
) -> bool:
    """Cancels an open session; returns False if it is claimed or has ended."""
    open_stages = (SessionStage.PENDING.value, SessionStage.CHOOSING.value)
    return _changed(
        connection,
        update(t).where(t.c.id == session_id, t.c.stage.in_(open_stages), t.c.expires_at > now),
        _failed(code, data, now),
    )


def claim(
    connection: Connection,
    session_id: str,
    owner: str,
    now: float,
    until: float,
    browser_hash: bytes | None = None,
) -> bool:
    """Claims the right to redeem the code of a pending session; only one caller gets it.

    `browser_hash` is the digest of the browser's cookie; None leaves the stored one. Raises Moving.
    """
    refuse_new_work(connection)
    pending = (t.c.stage == SessionStage.PENDING.value, t.c.expires_at > now)
    claimed = {
        "stage": SessionStage.CLAIMED.value,
        "lease_owner": owner,
        "lease_until": until,
        **({} if browser_hash is None else {"browser_hash": browser_hash}),
    }
    return _changed(connection, update(t).where(t.c.id == session_id, *pending), claimed)


def reclaim(connection: Connection, session_id: str, owner: str, now: float, until: float) -> bool:
    """Takes over a claim whose lease has expired, from `now` to `until`. Raises Moving."""
    refuse_new_work(connection)
    return _changed(
        connection,
        update(t).where(
            t.c.id == session_id,
            t.c.stage == SessionStage.CLAIMED.value,
            lapsed(t.c.lease_until, now, until - now),
        ),
        {"lease_owner": owner, "lease_until": until},
    )


def renew(connection: Connection, session_id: str, owner: str, until: float) -> bool:
    """Extends a lease if the owner still holds it."""
    return _change_claimed(connection, session_id, owner, {"lease_until": until})


def store_answer(connection: Connection, session_id: str, owner: str, sealed: bytes) -> bool:
    """Stores the platform's sealed response while the claim holds."""
    return _change_claimed(connection, session_id, owner, {"sealed": sealed})


def await_person(
    connection: Connection,
    session_id: str,
    owner: str,
    sealed: bytes,
    offered: Sequence[Mapping[str, Any]],
    data: Mapping[str, Any],
    expires_at: float,
    stage: SessionStage,
) -> bool:
    """Moves a session to a stage that waits for the person, and extends its expiry this once.

    If nobody confirms by then, its tokens are due for revocation.
    """
    return _change_claimed(
        connection,
        session_id,
        owner,
        {
            "stage": stage.value,
            "sealed": sealed,
            "offered": list(offered),
            "error_data": dict(data),
            "expires_at": expires_at,
            "lease_owner": None,
            "lease_until": expires_at if stage is SessionStage.CONFIRMING else None,
        },
    )


def complete_claimed(
    connection: Connection,
    session_id: str,
    owner: str,
    accounts: Sequence[Mapping[str, Any]],
    data: Mapping[str, Any],
    now: float,
) -> bool:
    """Completes a claimed session; `data` says what could not be used."""
    values = {**_completed(accounts, now), "error_data": dict(data)}
    return _change_claimed(connection, session_id, owner, values)


def complete_choice(
    connection: Connection, session_id: str, accounts: Sequence[Mapping[str, Any]], now: float
) -> bool:
    """Completes a session after the person's choice; returns False if it has ended or expired.

    A session whose tokens are being revoked counts as expired, whatever the local clock says.
    """
    asked = (SessionStage.CHOOSING.value, SessionStage.CONFIRMING.value)
    unclaimed = t.c.lease_owner.is_(None)
    return _changed(
        connection,
        update(t).where(
            t.c.id == session_id, t.c.stage.in_(asked), t.c.expires_at > now, unclaimed
        ),
        _completed(accounts, now),
    )


def fail(
    connection: Connection,
    session_id: str,
    owner: str,
    code: int,
    data: Mapping[str, Any],
    now: float,
) -> bool:
    """Fails a claimed session with an error code."""
    return _change_claimed(connection, session_id, owner, _failed(code, data, now))


def _change_claimed(
    connection: Connection, session_id: str, owner: str, values: Mapping[str, Any]
) -> bool:
    mine = {"of_session": session_id, "of_owner": owner}
    return _changed(connection, OF_OWNER, {**mine, **values})


def _failed(code: int, data: Mapping[str, Any], now: float) -> dict[str, Any]:
    failed = SessionStage.FAILED.value
    return {"stage": failed, "error_code": code, "error_data": dict(data), **_ended(now)}


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


def lapsed_claims(
    connection: Connection, now: float, longest: float, limit: int = 100
) -> Sequence[str]:
    """Returns sessions whose claim has outlived its lease of at most `longest` seconds."""
    rows = connection.execute(
        select(t.c.id)
        .where(t.c.stage == SessionStage.CLAIMED.value, lapsed(t.c.lease_until, now, longest))
        .limit(limit)
    )
    return rows.scalars().all()


def any_expired(connection: Connection, ended_before: float, now: float) -> bool:
    """Returns True if there is anything for `purge`."""
    found = (_over(over, 1) for over in _ends(ended_before, now))
    return any(connection.execute(over).first() is not None for over in found)


def purge(connection: Connection, ended_before: float, now: float, limit: int = 1000) -> int:
    """Deletes sessions that ended before a given time; returns how many.

    Open ones that have expired lose what they hold, such as the tokens of an open choice, and end
    when they expired. They cannot be read, but lead the person's browser back until they are
    deleted. A session with a `lease_until` is still being worked on or holds tokens to revoke.
    """
    ended, lapsed = (_over(over, limit) for over in _ends(ended_before, now))
    connection.execute(
        update(t).where(t.c.id.in_(lapsed)).values({**_ended(now), "ended_at": t.c.expires_at})
    )
    return connection.execute(delete(t).where(t.c.id.in_(ended))).rowcount


def _ends(ended_before: float, now: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions for ended and for expired sessions; one with OR would scan all open ones."""
    free = t.c.lease_until.is_(None)
    lapsed = t.c.ended_at.is_(None) & (t.c.expires_at <= now)
    return (t.c.ended_at < ended_before) & free, lapsed & free


def _over(over: ColumnElement[bool], limit: int) -> Select[tuple[str]]:
    return select(t.c.id).where(over).limit(limit)


def _changed(connection: Connection, statement: Update, values: Mapping[str, Any]) -> bool:
    # Values passed separately let SQLAlchemy reuse the compiled statement.
    return bool(connection.execute(statement, dict(values)).rowcount == 1)


def _session_from_row(row: Row | None) -> AuthSession | None:
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
        purposes=row.purposes,
    )
