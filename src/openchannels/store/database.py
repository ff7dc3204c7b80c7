"""Two database engines, SQLite and PostgreSQL, under one set of queries.

A query is a plain function over a SQLAlchemy `Connection`; `read` and `write` run it. SQLite reads
inline on the event loop over one open connection, which is faster than any hop to a thread, and
writes on one thread that commits waiting writes together. PostgreSQL runs both under asyncpg.
"""

import asyncio
import contextlib
import queue
import random
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from time import perf_counter
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import greenlet_spawn

from openchannels.core.database_address import describe_address
from openchannels.core.metrics import NO_METRICS, StoreMetrics
from openchannels.store.asyncpg_calls import transaction
from openchannels.store.engines import postgres_pool, sqlite_engine
from openchannels.store.outages import Outages, sqlstate
from openchannels.store.write_gate import admitted, begin_admitted, begin_alone

P = ParamSpec("P")
T = TypeVar("T")
Query = Callable[Concatenate[Connection, P], T]
Begin = Callable[[Connection], None]
AnyRow = Row[*tuple[Any, ...]]

__all__ = [
    "AnyRow",
    "Connection",
    "Database",
    "open_database",
    "upsert",
]


def upsert(connection: Connection, table: Table) -> Any:
    """Returns an INSERT that may leave an existing row unchanged or update it."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    # Imported here: an installation on SQLite starts a twentieth faster without it.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


POOL_SECONDS = 10
"""How long a caller waits for a connection to PostgreSQL that others use: in a burst of a thousand
writes that takes seconds.
"""
BATCH = 64
RETRIES = 5
RETRYABLE_STATES = {"40001", "40P01", "23505", "0A000"}
"""PostgreSQL's serialization failure, deadlock, unique violation, and a prepared statement whose
result has another type since the schema was changed.

The query is run again: after a unique violation it finds the row that was committed first, after a
change of the schema the driver prepares its statements again. A migration beside a running process
may bring about a deadlock of reads too, for it locks one table after the other.
"""


class Database(Protocol):
    """The interface of both engines.

    Both methods raise `Unavailable` within seconds while the database is away, or takes no writes.
    """

    kind: str
    outages: Outages

    async def read(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs an indexed, bounded read; the function may be run again after a conflict."""
        ...

    async def write(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function in one transaction; durable when this returns.

        The function may be run again after a conflict, so it must only touch the database. After
        `Unavailable` the transaction may have been committed, if it was at its end. Raises `Moving`
        while the store is moving to another installation.
        """
        ...

    async def write_alone(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `write`, also while the store is moving; no other write runs beside it.

        Writes that began before have ended, and later ones see what this one commits.
        """
        ...

    async def close(self) -> None: ...


def open_database(
    url: str, *, pool_size: int = 10, pooled: bool = False, metrics: StoreMetrics = NO_METRICS
) -> Database:
    """Opens `sqlite:///path` or `postgresql://...` lazily: nothing is connected yet.

    `pooled` says that a pooler in transaction mode stands before PostgreSQL.
    """
    if url.startswith("sqlite:"):
        return SqliteDatabase(url, metrics)
    return PostgresDatabase(url, pool_size=pool_size, pooled=pooled, metrics=metrics)


class SqliteDatabase:
    """One SQLite file, read inline and written by one thread of this process."""

    kind = "sqlite"

    def __init__(self, url: str, metrics: StoreMetrics = NO_METRICS) -> None:
        self._observe_read = metrics.statement_observer("read")
        self._observe_write = metrics.statement_observer("write")
        path = url.removeprefix("sqlite:///")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.outages = Outages(describe_address(url))
        self._engine = sqlite_engine(url)
        self._reader: Connection | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._start_lock = threading.Lock()

    async def read(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = perf_counter()
        try:
            if self._reader is None:
                reader = self._engine.connect()
                self._reader = reader.execution_options(isolation_level="AUTOCOMMIT")
            return fn(self._reader, *args, **kwargs)
        except Exception as error:
            self.outages.check(error)
            raise
        finally:
            self._observe_read(perf_counter() - began)

    async def write(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(admitted(fn), *args, **kwargs)

    async def write_alone(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(fn, *args, **kwargs)

    async def _write(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = perf_counter()
        job = _Job(lambda connection: fn(connection, *args, **kwargs))
        self._ensure_writer()
        self._jobs.put(job)
        try:
            result: T = await asyncio.shield(asyncio.wrap_future(job.future))
        except Exception as error:
            self.outages.check(error)
            raise
        finally:
            self._observe_write(perf_counter() - began)
        return result

    def _ensure_writer(self) -> None:
        if self._writer is None:
            with self._start_lock:
                if self._writer is None:
                    self._writer = threading.Thread(
                        target=self._write_all, name="sqlite-writer", daemon=True
                    )
                    self._writer.start()

    def _write_all(self) -> None:
        connection = None
        while (job := self._jobs.get()) is not None:
            batch = [job]
            while len(batch) < BATCH and not self._jobs.empty():
                waiting = self._jobs.get()
                if waiting is None:
                    self._jobs.put(None)
                    break
                batch.append(waiting)
            try:
                connection = connection or self._engine.connect()
            except Exception as error:
                # The waiting callers get the error; the next write opens the file again.
                for failed in batch:
                    failed.future.set_exception(error)
                continue
            commit_together(connection, batch)
        if connection is not None:
            connection.close()

    async def close(self) -> None:
        if self._writer is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._writer.join)
            self._writer = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._engine.dispose()


class _Job:
    """One write waiting for the writer thread."""

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.future: Future[Any] = Future()


def commit_together(connection: Connection, batch: list[_Job]) -> None:
    """Runs several writes in one durable commit, each behind its own savepoint.

    One fsync then serves all waiting writes, which raises throughput from one commit per write to
    dozens. A write that fails is rolled back alone.
    """
    outcomes: list[tuple[_Job, Any, BaseException | None]] = []
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for job in batch:
            outcomes.append((job, *_run_one(connection, job)))
        connection.exec_driver_sql("COMMIT")
    except BaseException as error:
        with contextlib.suppress(Exception):
            connection.exec_driver_sql("ROLLBACK")
        outcomes = [(job, None, error) for job in batch]
    finally:
        # SQLAlchemy's own transaction object holds no state of ours; end it.
        connection.rollback()
    for job, result, failure in outcomes:
        if failure is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(failure)


def _run_one(connection: Connection, job: _Job) -> tuple[Any, BaseException | None]:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = job.run(connection)
    except Exception as error:
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:
            # SQLite has ended the whole transaction, as it does when the disk is full.
            raise
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        return None, error
    connection.exec_driver_sql("RELEASE job")
    return result, None


class _RolledBack(Exception):
    """The query had no effect and may be run again."""

    def __init__(self, error: DBAPIError) -> None:
        self.error = error
        super().__init__(str(error.orig))


def _in_conflict(error: DBAPIError) -> bool:
    return sqlstate(error.orig) in RETRYABLE_STATES


async def _retried(once: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a query until it is not rolled back, at most RETRIES times."""
    for attempt in range(RETRIES):
        try:
            return await once()
        except _RolledBack as undone:
            if attempt + 1 == RETRIES:
                raise undone.error from None
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
    raise AssertionError("unreachable: the last attempt returns or raises")


class PostgresDatabase:
    """A pool of connections that keep no state of a session but prepared statements.

    Behind a pooler in transaction mode, `pooled`, they keep none either.
    """

    kind = "postgresql"

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pooled: bool = False,
        metrics: StoreMetrics = NO_METRICS,
    ) -> None:
        self._observe_read = metrics.statement_observer("read")
        self._observe_write = metrics.statement_observer("write")
        self.outages = Outages(describe_address(url))
        self._engine = postgres_pool(url, prepares=not pooled, size=pool_size)
        self._places = asyncio.Semaphore(pool_size)

    async def read(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = perf_counter()
        try:
            return await _retried(lambda: self._read_once(fn, *args, **kwargs))
        except Exception as error:
            self.outages.check(error)
            raise
        finally:
            self._observe_read(perf_counter() - began)

    async def _read_once(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def run(connection: Connection) -> T:
            return fn(connection, *args, **kwargs)

        try:
            return await self._on_connection(run)
        except DBAPIError as error:
            if error.connection_invalidated or _in_conflict(error):
                raise _RolledBack(error) from error
            raise

    async def write(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(begin_admitted, fn, *args, **kwargs)

    async def write_alone(self, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(begin_alone, fn, *args, **kwargs)

    async def _write(
        self, begin: Begin, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        began = perf_counter()
        try:
            return await _retried(lambda: self._transact(begin, fn, *args, **kwargs))
        except Exception as error:
            self.outages.check(error)
            raise
        finally:
            self._observe_write(perf_counter() - began)

    async def _transact(
        self, begin: Begin, fn: Query[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        ended = False

        def run(connection: Connection) -> T:
            nonlocal ended
            with transaction(connection, begin):
                result = fn(connection, *args, **kwargs)
                ended = True
            return result

        try:
            # Shielded: a cancelled caller must not interrupt a transaction.
            return await asyncio.shield(asyncio.ensure_future(self._on_connection(run)))
        except DBAPIError as error:
            # If the connection is lost during COMMIT its outcome is unknown, so do not repeat it.
            lost = error.connection_invalidated and not ended
            if lost or _in_conflict(error):
                raise _RolledBack(error) from error
            raise

    async def _on_connection(self, run: Callable[[Connection], T]) -> T:
        """Calls `run` with a connection, which callers get in the order in which they ask.

        The pool alone would give one that is returned to whoever asks next, before those who wait.
        """
        if not self._places.locked():
            await self._places.acquire()
        else:
            async with asyncio.timeout(POOL_SECONDS):
                await self._places.acquire()
        try:
            return await greenlet_spawn(self._connected, run)
        finally:
            self._places.release()

    def _connected(self, run: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return run(connection)

    async def close(self) -> None:
        await greenlet_spawn(self._engine.dispose)
