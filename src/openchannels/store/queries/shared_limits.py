"""Queries on limits that all processes share.

All times in the table are by the database's clock, and what goes in and comes out are durations:
the clocks of machines may differ by minutes.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Float, bindparam, delete, func, select

from openchannels.core.limit_exchange import Note
from openchannels.store.database import AnyRow, upsert
from openchannels.store.queries.clock import database_now
from openchannels.store.tables import shared_limits as t

FORGET_SECONDS = 60.0
"""Time after its end for which a row is kept, so that all processes see the end."""
MOST_ROWS = 2_000


def share(
    connection: Connection, notes: Iterable[Note], spent: Mapping[str, float], worker: str
) -> None:
    """Stores notes, and adds to what is spent of budgets, in seconds of their refill."""
    now = database_now(connection)
    told = [{"n": note.name, "s": note.seconds, "d": note.detail[:64]} for note in notes]
    used = [{"n": name, "s": seconds, "d": ""} for name, seconds in spent.items()]
    seconds = bindparam("s", type_=Float)
    larger = func.max if connection.dialect.name == "sqlite" else func.greatest
    for rows, end in (
        (told, now + seconds),
        (used, larger(t.c.ends_at, now) + seconds),
    ):
        if rows:
            values = {"detail": bindparam("d"), "noted_by": worker, "noted_at": now}
            statement = upsert(connection, t).values(
                name=bindparam("n"), ends_at=now + seconds, **values
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[t.c.name], set_={**values, "ends_at": end}
                ),
                rows,
            )
    connection.execute(delete(t).where(t.c.ends_at < now - FORGET_SECONDS,
                                       t.c.noted_at < now - FORGET_SECONDS))  # fmt: skip


def changed(connection: Connection, within: float) -> Sequence[AnyRow]:
    """Returns the rows noted in the last seconds, with the `seconds` until they end, oldest first.

    The newest 2,000: whoever has missed more does without the rest.
    """
    now = database_now(connection)
    seconds = (t.c.ends_at - now).label("seconds")
    return connection.execute(
        select(t.c.name, t.c.detail, t.c.noted_by, t.c.noted_at, seconds)
        .where(t.c.noted_at > now - within)
        .order_by(t.c.noted_at.desc())
        .limit(MOST_ROWS)
    ).all()[::-1]
