"""Records the statements that run on a connection, whether SQLAlchemy or the driver runs them."""

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from sqlalchemy import Connection, event

from openchannels.store import asyncpg_calls, fast_select

Statement = tuple[str, Any]
"""The text that the driver was given, and its parameters; SQLite's hold their values already."""


@contextlib.contextmanager
def recorded(connection: Connection) -> Iterator[list[Statement]]:
    """Yields the list of statements, which grows until the block ends."""
    found: list[Statement] = []
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(lambda text: found.append((text, ())))
        try:
            yield found
        finally:
            driver.set_trace_callback(None)
        return

    def note(_c: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        found.append((text, parameters))

    def noted(of: Connection, text: str, parameters: Any) -> Any:
        found.append((text, parameters))
        return asyncpg_calls.fetch(of, text, parameters)

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        with mock.patch.object(fast_select, "fetch", noted):
            yield found
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
