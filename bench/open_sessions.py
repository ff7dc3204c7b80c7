"""Starting an authorization while more and more are open: each should cost the same.

Within one process, without sockets. Written is what the store writes for a start: SQLite's log and
file by /proc, PostgreSQL's log by its own position.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench.data import CHUNK, Filled, add_sessions, filled
from bench.processes import written_bytes
from bench.report import Line, plain, print_table
from openchannels.app.bootstrap import open_runtime
from openchannels.app.runtime import Runtime
from openchannels.settings import load_settings
from openchannels.store.database import Connection
from tests.harness.postgres import Postgres
from tests.harness.stores import STORES

CLIENTS = 32
STARTS = 10 * CLIENTS


@dataclass(frozen=True, slots=True)
class Cost:
    """What a start costs: processor time in us, and KB written; and how many a second were made."""

    cpu: float
    written: float
    per_second: float


def _wal_position(connection: Connection) -> int:
    position = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
    return int(connection.scalar(text(position)) or 0)


async def _written(runtime: Runtime) -> int:
    """Bytes that the store has written so far; 0 where nobody tells."""
    if runtime.db.kind == "postgresql":
        return await runtime.db.read(_wal_position)
    return written_bytes()


async def _cost(runtime: Runtime, key: str) -> Cost:
    caller = await runtime.services.api_keys.authenticate(key)
    start = runtime.services.sessions.start
    began, spent, before = time.perf_counter(), time.process_time(), await _written(runtime)
    for _ in range(STARTS // CLIENTS):
        await asyncio.gather(*(start(caller, "youtube") for _ in range(CLIENTS)))
    took, used = time.perf_counter() - began, time.process_time() - spent
    written = await _written(runtime) - before
    return Cost(used / STARTS * 1e6, written / STARTS / 1024, STARTS / took)


async def _measure(data: Filled, sizes: Sequence[int], rounds: int, store: str) -> list[Line]:
    settings = load_settings(data_dir=Path(data.path), environ={})
    runtime = await open_runtime(settings, public_url="http://127.0.0.1")
    lines: list[Line] = []
    try:
        key = (await runtime.services.api_keys.list_keys())[0]["id"]
        there = 1
        for size in sorted(sizes):
            for first in range(there, size, CHUNK):
                await runtime.db.write(add_sessions, key, range(first, min(first + CHUNK, size)))
            costs = [await _cost(runtime, data.key) for _ in range(rounds)]
            there = size + rounds * STARTS
            title = f"{store}, {size:,} open"
            lines += [
                plain(f"{title}: written a start", median(c.written for c in costs), " KB"),
                plain(f"{title}: processor time", min(c.cpu for c in costs), " us"),
                plain(f"{title}: starts", max(c.per_second for c in costs), " /s"),
            ]
    finally:
        await runtime.close()
    return lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--open", type=int, nargs="+", default=[1_000, 120_000, 1_000_000])
    options.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    options.add_argument("--rounds", type=int, default=6)
    given = options.parse_args()
    lines: list[Line] = []
    with contextlib.ExitStack() as stack:
        for store in given.stores:
            database = None
            if store == "postgresql":
                server = Postgres()
                stack.callback(server.stop)
                database = server.database()
            with filled(1, database) as data:
                lines += asyncio.run(_measure(data, given.open, given.rounds, store))
    print_table("Starts while authorizations are open", lines)


if __name__ == "__main__":
    main()
