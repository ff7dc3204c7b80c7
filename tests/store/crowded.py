"""A store in which every table that grows is full, whatever its columns are."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, LargeBinary, Table, insert

from openchannels.core.sessions import SessionStage
from openchannels.store.queries.transfer import continue_sequence
from openchannels.store.tables import metadata

ROWS = 3_000
"""Rows of a table that grows; every other one belongs to the user `u`, `a0`, `w0` and so on."""
FEW = 20
NOW = 1_800_000_000.0
DAY = 86_400.0
SMALL: Mapping[str, str] = {
    "facts": "a few named values of the store",
    "workers": "a row for each process",
    "platform_state": "a token or ticket of an app, and those of the last hours",
    "account_groups": "at most a thousand of a user, all of them in each list",
    "webhooks": "at most twenty of a user",
    "api_keys": "made by hand on the machine",
}
"""Tables that stay small, and why; all others grow with accounts and with time."""
AHEAD = ("refresh_at", "probe_at", "notice_at", "snapshot_at", "expires_at", "upload_ends_at")
"""Times that have not come yet in most rows of a store."""
STAGES = [stage.value for stage in SessionStage if not stage.ended]
NAMED: Mapping[str, Any] = {
    "user_id": lambda n: "other" if n % 2 else "u",
    "group_id": lambda n: f"{n % FEW:024x}",
    "accounts.id": lambda n: f"a{n}",
    "credentials.account_id": lambda n: f"a{n}",
    "account_id": lambda n: f"a{n % 2}",
    "work_id": lambda n: "work",
    "platform": lambda n: "xhs",
    "events.id": lambda n: f"e{n}",
    "event_id": lambda n: f"e{n}",
    "sequence": lambda n: n + 1,
    "webhooks.id": lambda n: f"w{n}",
    "webhook_id": lambda n: f"w{n % 2}",
    "deliveries.id": lambda n: f"d{n}",
    "delivery_id": lambda n: f"d{max(0, n - 100)}",
    "accounts.status": lambda n: 1,
    "deliveries.status": lambda n: "delivered",
    "assets.status": lambda n: "confirmed",
    "stage": lambda n: STAGES[n % 100] if n % 100 < len(STAGES) else "completed",
    "binding": lambda n: "direct",
    "is_default": lambda n: n < 2,
    "enabled": lambda n: True,
    "usage.day": lambda n: f"{2000 + n // 300}-{1 + n // 25 % 12:02}-{1 + n % 25:02}",
    "platform_state.platform": lambda n: f"p{n}",
    "credentials.version": lambda n: 1,
    "platform_state.version": lambda n: 1,
    "grant_key": lambda n: f"{n:024x}",
}
"""What the number of a row makes of a column, by its name alone or with that of its table."""


def crowd(connection: Connection) -> None:
    """Fills every table, and lets the engine look at them."""
    for table in metadata.sorted_tables:
        count = FEW if table.name in SMALL else ROWS
        connection.execute(insert(table), [row(table, number) for number in range(count)])
    continue_sequence(connection)
    connection.exec_driver_sql("ANALYZE")


def row(table: Table, number: int) -> dict[str, Any]:
    """Returns the values of a row; the same number gives the same row."""
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int) -> Any:
    for name in (f"{table.name}.{column.name}", column.name):
        if name in NAMED:
            return NAMED[name](number)
    if column.name in AHEAD:
        return NOW + DAY + number
    if column.nullable:
        return None
    kind = column.type
    if isinstance(kind, LargeBinary):
        return number.to_bytes(32, "big")
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Float):
        return NOW - DAY + number
    if isinstance(kind, Integer):
        return number
    return f"{number:024x}"[-(getattr(kind, "length", None) or 24) :]
