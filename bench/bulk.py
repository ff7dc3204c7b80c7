"""Rows in bulk, made by SQL alone: what a store holds after years.

Each user has a thousand accounts, five thousand events with their deliveries, ten thousand
snapshots of works and a thousand audit entries; the user of `bench.data` is the first one.
"""

import asyncio
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

USER_ACCOUNTS = 1_000
EVENTS, SNAPSHOTS = 5, 10
"""For each account."""
CHUNK = 200_000
DAY = 86_400

WORDS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "numbers": (
            "WITH RECURSIVE numbers(n) AS"
            " (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {last})"
        ),
        "hex": "printf('%024x', {0})",
        "digits": "printf('%022d', {0})",
        "sealed": "zeroblob(480)",
        "json": "",
    },
    "postgresql": {
        "numbers": "WITH numbers(n) AS (SELECT generate_series({first}::bigint, {last} - 1))",
        "hex": "lpad(to_hex({0}), 24, '0')",
        "digits": "lpad(({0})::text, 22, '0')",
        "sealed": "decode(repeat('00', 480), 'hex')",
        "json": "::json",
    },
}
"""What the two engines spell differently."""


class Dialect:
    """The expressions of one engine."""

    def __init__(self, kind: str) -> None:
        self._words = WORDS[kind]

    def numbers(self, first: int, last: int) -> str:
        return self._words["numbers"].format(first=first, last=last)

    def hex(self, number: str) -> str:
        return self._words["hex"].format(number)

    def account(self, number: str) -> str:
        return f"'youtube_' || {self._words['digits'].format(number)} || '_UC'"

    def user(self, number: str) -> str:
        """The user of an account."""
        place = f"({number}) / {USER_ACCOUNTS}"
        return f"CASE WHEN {place} = 0 THEN 'bench' ELSE 'filler-' || {place} END"

    @property
    def sealed(self) -> str:
        return self._words["sealed"]

    @property
    def json(self) -> str:
        return self._words["json"]


def tables(
    dialect: Dialect, size: int, now: float
) -> Mapping[str, tuple[int, int, dict[str, str]]]:
    """Returns the rows of each table, in an order that satisfies foreign keys."""
    d, n = dialect, "n"
    users = max(1, size // USER_ACCOUNTS)
    webhook = f"'whk_' || {d.hex('n / ' + str(USER_ACCOUNTS * EVENTS))}"
    events, kept = size * EVENTS, size * SNAPSHOTS
    spread = f"{now - 29 * DAY} + n * {28.0 * DAY / events}"
    ahead = f"{now} + {DAY} + n % {6 * DAY}"
    made = {"created_at": f"{now} - n % {400 * DAY}", "updated_at": f"{now} - n % {DAY}"}
    return {
        "account_groups": (
            1, users,
            {"id": d.hex(n), "user_id": "'filler-' || n", "name": "'default'", "is_default": "true",
             "rank": "1", **made},
        ),
        "accounts": (
            USER_ACCOUNTS, size,
            {"id": d.account(n), "user_id": d.user(n), "platform": "'youtube'",
             "identity": d.hex(n), "uid": d.hex(n), "secondary": d.hex(n),
             "handle": "'@creator' || n", "nickname": "'Creator ' || n",
             "avatar": "'https://yt3.ggpht.com/ytc/' || n", "names_set": "'[]'",
             "group_id": d.hex(f"n / {USER_ACCOUNTS}"), "status": "1", "proved": "true",
             "rank": "1", "counters": f"('{{\"fans\":' || n || ',\"works\":40}}'){d.json}",
             "facts": "'{\"uploads\":\"UU\"}'", "login_at": f"{now} - n % {DAY}", **made},
        ),
        "credentials": (
            USER_ACCOUNTS, size,
            {"account_id": d.account(n), "platform": "'youtube'", "sealed": d.sealed,
             "version": "1", "grant_key": d.hex(n), "scopes": "'[\"openid\",\"email\"]'",
             "expires_at": ahead, "refresh_at": ahead, "probe_at": ahead, "notice_at": ahead,
             "snapshot_at": f"{now} + {DAY // 2} + n % {DAY // 3}", "updated_at": str(now)},
        ),
        "webhooks": (
            0, users,
            {"id": f"'whk_' || {d.hex(n)}", "user_id": d.user(f"n * {USER_ACCOUNTS}"),
             "url": "'https://tool.example/' || n", "description": "''", "types": "'[]'",
             "sealed": d.sealed, "enabled": "true", **made},
        ),
        "events": (
            0, events,
            {"sequence": "n + 1", "id": f"'evt_' || {d.hex(n)}", "user_id": d.user(f"n / {EVENTS}"),
             "type": "'account.connected'", "account_id": d.account(f"n / {EVENTS}"),
             "platform": "'youtube'", "at": spread, "data": "'{\"nickname\":\"Creator\"}'"},
        ),
        "deliveries": (
            0, events,
            {"id": f"'dlv_' || {d.hex(n)}", "webhook_id": webhook,
             "event_id": f"'evt_' || {d.hex(n)}", "sequence": "n + 1", "status": "'delivered'",
             "attempts": "1", "asked_at": spread, "last_at": spread, "last_status": "200",
             "delivered_at": spread},
        ),
        "audit": (
            0, size,
            {"id": d.hex(n), "at": f"{now - 300 * DAY} + n * {300.0 * DAY / size}",
             "user_id": d.user(n), "actor": "'service'", "action": "'account.connected'",
             "account_id": d.account(n), "details": "'{}'"},
        ),
        "snapshots": (
            USER_ACCOUNTS * SNAPSHOTS, kept,
            {"id": d.hex(n), "user_id": d.user(f"n / {SNAPSHOTS}"),
             "account_id": d.account(f"n / {SNAPSHOTS}"), "work_id": "'work-' || n % 5",
             "at": f"{now - 300 * DAY} + n * {300.0 * DAY / kept}",
             "metrics": f"('{{\"views\":' || n || '}}'){d.json}", "extra": "'{}'"},
        ),
    }  # fmt: skip


def statements(kind: str, size: int, now: float) -> list[str]:
    """Returns the INSERTs that fill a store of `bench.data` up to that many accounts."""
    dialect = Dialect(kind)
    return [
        f"INSERT INTO {table} ({', '.join(columns)}) {dialect.numbers(start, end)}"
        f" SELECT {', '.join(columns.values())} FROM numbers"
        for table, (first, last, columns) in tables(dialect, size, now).items()
        for start in range(first, last, CHUNK)
        if (end := min(start + CHUNK, last)) > start
    ]


def fill_sqlite(path: str, size: int) -> None:
    """Fills a SQLite file that nobody else has open."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    for statement in statements("sqlite", size, time.time()):
        connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_postgres(url: str, size: int) -> None:
    """Fills a PostgreSQL database, then vacuums it as its own process would."""

    async def fill() -> None:
        import asyncpg

        connection: Any = await asyncpg.connect(url)
        for statement in statements("postgresql", size, time.time()):
            await connection.execute(statement)
        await connection.execute("SELECT setval('events_sequence_seq', max(sequence)) FROM events")
        await connection.execute("VACUUM ANALYZE")
        await connection.close()

    asyncio.run(fill())
