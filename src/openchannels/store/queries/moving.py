"""Queries on a move of the store to another installation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, not_, select

from openchannels.core import errors
from openchannels.core.ids import new_object_id
from openchannels.core.moves import Move
from openchannels.core.sessions import SessionStage
from openchannels.store.database import upsert
from openchannels.store.queries.leases import CLOCK_SKEW_SECONDS, lapsed
from openchannels.store.queries.metadata import get_value
from openchannels.store.tables import auth_sessions, credentials, facts, webhooks
from openchannels.store.write_gate import CLOSING, MOVING, STAGE, is_known_open

MOVE = "move"
"""Name of the value that holds a move's id and beginning."""


@dataclass(frozen=True, slots=True)
class LongestClaims:
    """How long a refresh, a callback and a turn of a webhook are claimed at most, in seconds."""

    refresh: float
    callback: float
    delivery: float


def current(connection: Connection) -> Move | None:
    """Returns the move in progress; None while there is none."""
    query = select(facts.c.name, facts.c.value).where(facts.c.name.in_((STAGE, MOVE)))
    return move_of({row.name: row.value for row in connection.execute(query)})


def move_of(values: Mapping[str, str]) -> Move | None:
    """Returns the move that a store's metadata describe; None while there is none."""
    if STAGE not in values or MOVE not in values:
        return None
    known = json.loads(values[MOVE])
    return Move(known["id"], known["since"], values[STAGE] == MOVING)


def refuse_new_work(connection: Connection) -> None:
    """Raises Moving from the beginning of a move: no work with a platform begins any more.

    Called within the transaction of each claim, or before work that claims nothing.
    """
    if not is_known_open(connection) and get_value(connection, STAGE) is not None:
        raise errors.moving()


def begin(connection: Connection, now: float) -> bool:
    """Begins a move; returns False if one is in progress already."""
    if current(connection) is not None:
        return False
    _put(connection, MOVE, json.dumps({"id": new_object_id(), "since": now}))
    _put(connection, STAGE, CLOSING)
    return True


def close(connection: Connection, now: float, longest: LongestClaims) -> Mapping[str, int]:
    """Ends all writes if nothing is in flight; returns how much is, by kind, without zeros."""
    found = in_flight(connection, now, longest)
    if not found:
        _put(connection, STAGE, MOVING)
    return found


def in_flight(connection: Connection, now: float, longest: LongestClaims) -> Mapping[str, int]:
    """Counts the refreshes, callbacks and turns of webhooks whose claims have not lapsed.

    Those who hold tokens are waited for as long as clocks may differ: theirs may be behind.
    """
    behind = now - CLOCK_SKEW_SECONDS
    claimed = {
        "refreshes": and_(
            credentials.c.claim_owner.is_not(None),
            _held(credentials.c.claim_until, behind, longest.refresh + CLOCK_SKEW_SECONDS),
        ),
        "callbacks": and_(
            auth_sessions.c.stage == SessionStage.CLAIMED.value,
            _held(auth_sessions.c.lease_until, behind, longest.callback + CLOCK_SKEW_SECONDS),
        ),
        "deliveries": _held(webhooks.c.busy_until, now, longest.delivery),
    }
    counts = {
        kind: connection.execute(select(func.count()).where(condition)).scalar_one()
        for kind, condition in claimed.items()
    }
    return {kind: count for kind, count in counts.items() if count}


def _held(until: ColumnElement[float], now: float, longest: float) -> ColumnElement[bool]:
    return and_(until.is_not(None), not_(lapsed(until, now, longest)))


def end(connection: Connection) -> Move | None:
    """Ends a move: the store takes writes again. Returns the move, None if there was none."""
    move = current(connection)
    connection.execute(delete(facts).where(facts.c.name.in_((STAGE, MOVE))))
    return move


def _put(connection: Connection, name: str, value: str) -> None:
    connection.execute(
        upsert(connection, facts)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=[facts.c.name], set_={"value": value})
    )
