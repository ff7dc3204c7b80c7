"""Engines of SQLite and PostgreSQL, with the settings of their connections."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from openchannels.store.json_text import read_json

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS = 5
"""How long SQLite waits for another process that writes."""
CONNECT_SECONDS = 3
COMMAND_SECONDS = 5
"""How long PostgreSQL may take to accept a connection, and to run one statement."""


def sqlite_engine(url: str, *, busy_seconds: int = BUSY_SECONDS) -> Engine:
    """An engine whose connections begin no transaction implicitly."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"check_same_thread": False},
        json_deserializer=read_json,
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in (
            f"busy_timeout={busy_seconds * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-16384",
            "mmap_size=268435456",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    return engine


def postgres_engine(
    url: str, *, command_seconds: float | None = None, **options: Any
) -> "AsyncEngine":
    """An engine over asyncpg that waits a few seconds for a connection.

    `command_seconds` bounds each statement.
    """
    # Imported here so that SQLite installations start without the driver.
    from sqlalchemy.ext.asyncio import create_async_engine

    address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    limits = {"timeout": CONNECT_SECONDS, "command_timeout": command_seconds}
    return create_async_engine(address, connect_args=limits, json_deserializer=read_json, **options)
