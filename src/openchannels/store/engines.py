"""Engines of SQLite and PostgreSQL, with the settings of their connections."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from openchannels.store.json_text import read_json

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS = 5
"""How long SQLite waits for another process that writes."""
CONNECT_SECONDS = 3
COMMAND_SECONDS = 5
"""How long PostgreSQL may take to accept a connection, and to run one statement."""
UNPREPARED: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}
"""Lets asyncpg parse and run each statement without a name, in one transaction of the server."""


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
            "cache_size=-4096",
            "mmap_size=268435456",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    return engine


def postgres_engine(
    url: str, *, command_seconds: float | None = None, prepares: bool = False, **options: Any
) -> "AsyncEngine":
    """An engine over asyncpg that waits a few seconds for a connection.

    `command_seconds` bounds each statement. With `prepares` the server keeps statements prepared,
    which halves the round trips of those that come again; a pooler in transaction mode loses them.
    """
    # Imported here so that SQLite installations start without the driver.
    from sqlalchemy.ext.asyncio import create_async_engine

    address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    arguments = {"timeout": CONNECT_SECONDS, "command_timeout": command_seconds}
    if not prepares:
        arguments |= UNPREPARED
    return create_async_engine(
        address, connect_args=arguments, json_deserializer=read_json, **options
    )


def postgres_pool(url: str, *, prepares: bool, size: int) -> Engine:
    """A pool of connections over asyncpg in autocommit, for callers within `greenlet_spawn`.

    It bounds no wait for a connection that others use.
    """
    engine = postgres_engine(
        url,
        command_seconds=COMMAND_SECONDS,
        prepares=prepares,
        pool_size=size,
        max_overflow=0,
        pool_timeout=None,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    ).sync_engine

    @event.listens_for(engine, "checkout")
    def replace_closed(dbapi: Any, _record: Any, _proxy: Any) -> None:
        # All of them, once the server has been restarted.
        if dbapi.driver_connection.is_closed():
            raise DisconnectionError

    return engine


def pooled_engine(url: str, connections: int) -> Engine:
    """A blocking engine over psycopg that keeps nothing in a session, for a pooler."""
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        address,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None},
    )
