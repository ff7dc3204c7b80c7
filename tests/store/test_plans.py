"""No query reads more than a page of a table that grows, on either engine."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection

from openchannels.store.database import Database
from tests.harness.statements import Statement, recorded
from tests.store.crowded import crowd
from tests.store.tour import Stop, stops

MOST_STEPS = 6_000
"""Steps of SQLite's machine for one call: a full table takes half as many again."""
MOST_ROWS = 500
"""Rows that one node of PostgreSQL's plan gives or passes over: a sixth of a full table."""
UNBOUNDED: Mapping[str, str] = {
    "account_lists.list_rows": "the total counts the user's own accounts in an index",
    "accounts.delete_accounts": "an account's snapshots go with it",
    "assets.insert_within": "the quota is the sum over the user's own assets",
    "assets.reserved": "the quota is the sum over the user's own assets",
    "assets.list_owned": "a type that few files have is looked for among all of the user's",
    "erasure.disable_user": "all of a user goes",
    "erasure.remove_accounts": "an account's snapshots go with it",
    "erasure.erase_rows": "all of a user goes",
    "figures.count_accounts": "counts an index up to MOST_ACCOUNTS, every minute at most",
    "figures.count_begun_publications": "reads an index up to MOST_UNDER_WAY, as seldom",
    "groups.delete_group": "moves all accounts of the group",
    "moving.close": "a step of an operator's command, which waits for all work to end",
    "moving.in_flight": "a step of an operator's command, which waits for all work to end",
    "sessions.list_newest": "looks at the user's last LIST_LIMIT sessions, a thousand",
    "snapshots.delete_snapshots": "an account's snapshots go with it",
    "webhooks.delete_webhook": "a webhook's log goes with it",
}
"""Functions that may read more, and why."""


class _Undo(Exception):
    """Ends a transaction of which nothing stays."""


async def undone(db: Database, run: Callable[[Connection], Any]) -> Any:
    """Runs something in a transaction that is rolled back; returns what it returned."""
    found: list[Any] = []

    def work(connection: Connection) -> None:
        found.append(run(connection))
        raise _Undo

    with pytest.raises(_Undo):
        await db.write(work)
    return found[-1]


async def test_no_query_reads_more_than_a_page(db: Database) -> None:
    await db.write(crowd)
    read = read_by_sqlite if db.kind == "sqlite" else read_by_postgresql
    found: list[str] = []
    known: set[str] = set()
    for stop in stops():
        statements = await undone(db, lambda connection, stop=stop: statements_of(connection, stop))
        if known.issuperset(text for text, _ in statements):
            continue
        known.update(text for text, _ in statements)
        complaint = await undone(
            db, lambda connection, stop=stop, ran=statements: read(connection, stop, ran)
        )
        if complaint and stop.name not in UNBOUNDED:
            found.append(f"{stop.name}: {complaint}")
    assert not found, "\n\n".join(found)


def statements_of(connection: Connection, stop: Stop) -> list[Statement]:
    with recorded(connection) as statements:
        stop.call(connection)
    return statements


def read_by_sqlite(connection: Connection, stop: Stop, ran: list[Statement]) -> str | None:
    """Returns the plans of a call that takes too many steps of SQLite's machine; None if few."""
    driver: Any = connection.connection.driver_connection
    hundreds: list[None] = []
    driver.set_progress_handler(lambda: hundreds.append(None), 100)
    try:
        stop.call(connection)
    finally:
        driver.set_progress_handler(None, 0)
    taken = len(hundreds) * 100
    if taken <= MOST_STEPS:
        return None
    plans = [f"{text}\n{_sqlite_plan(connection, text)}" for text, _ in ran]
    return "\n".join([f"{taken} steps", *plans])


def _sqlite_plan(connection: Connection, text: str) -> str:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
    return "\n".join(f"    {row.detail}" for row in rows)


def read_by_postgresql(connection: Connection, _stop: Stop, ran: list[Statement]) -> str | None:
    """Returns the plans in which a node reads too many rows; None if there are none.

    Tables that are small here are not read as a whole if an index can be used.
    """
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    complaints = []
    for text, parameters in ran:
        one = parameters[0] if isinstance(parameters, list) else parameters
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}"
        plan = connection.exec_driver_sql(explain, one).scalar_one()[0]["Plan"]
        if (rows := _most_rows(plan)) > MOST_ROWS:
            complaints.append(f"{rows} rows\n{text}\n{json.dumps(plan, indent=1)}")
    return "\n".join(complaints) or None


def _most_rows(plan: Mapping[str, Any]) -> float:
    """Returns the most rows that a node of a plan reads."""
    removed = sum(value for name, value in plan.items() if name.startswith("Rows Removed by"))
    own = (plan.get("Actual Rows", 0) + removed) * plan.get("Actual Loops", 1)
    return float(max([own, *map(_most_rows, plan.get("Plans", ()))]))


def test_what_may_read_more_exists() -> None:
    assert UNBOUNDED.keys() <= {stop.name for stop in stops()}


def test_a_full_table_is_too_much() -> None:
    assert _most_rows({"Actual Rows": 0, "Rows Removed by Filter": 3_000, "Actual Loops": 1}) > 500
