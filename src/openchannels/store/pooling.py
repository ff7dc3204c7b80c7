"""Finds out whether a pooler gives one session of PostgreSQL to several connections.

PgBouncer in transaction mode does. A server tells each connection the id of its process when it
begins; behind a pooler that is the pooler's invention, and differs from what the process itself
says. Two connections that are open at the same time and meet the same process share it, and so
does one that meets two.
"""

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.pool import NullPool

from openchannels.store.engines import postgres_engine
from openchannels.store.inspect import CONNECT_SECONDS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

PROCESS = text("SELECT pg_backend_pid()")
LOOKS = 3


async def shares_sessions(url: str) -> bool:
    """Returns True behind a pooler in transaction mode. Raises the driver's exceptions.

    Sees it by two or more looks of two connections, without leaving anything in a session.
    """
    engine = postgres_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with asyncio.timeout(CONNECT_SECONDS), engine.connect() as one:
            raw = await one.get_raw_connection()
            told = raw.driver_connection.get_server_pid()  # type: ignore[union-attr]
            if await _process(one) == told:
                return False
            async with engine.connect() as other:
                return await _meet(one, other)
    finally:
        await engine.dispose()


async def _meet(one: "AsyncConnection", other: "AsyncConnection") -> bool:
    mine, theirs = set(), set()
    for _ in range(LOOKS):
        mine.add(await _process(one))
        theirs.add(await _process(other))
    return bool(mine & theirs) or len(mine) > 1 or len(theirs) > 1


async def _process(connection: "AsyncConnection") -> int:
    return int(await connection.scalar(PROCESS))
