"""What PgBouncer in transaction mode costs: an answer with `database.pooler`, beside one without.

Services over one PostgreSQL take turns in this process. `the setting` connects directly, which
shows what it costs to keep nothing prepared; `PgBouncer` is the whole of it.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.data import Filled, filled_postgres
from bench.report import Line, median, plain, print_table
from bench.serve import UNLIMITED
from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.settings import load_settings
from tests.harness.asgi import Sent, ask
from tests.harness.pgbouncer import pooling

CALLS = 200
AT_ONCE = 16
URL, POOLER = "OPENCHANNELS_DATABASE__URL", "OPENCHANNELS_DATABASE__POOLER"
Turn = tuple[float, float]
"""Processor time of this process and elapsed time for one answer, in us."""


def measure(data: Filled, environ: Mapping[str, str], *, rounds: int) -> list[Line]:
    """Let three services take turns; the median of the rounds counts."""
    with pooling(environ[URL], connections=AT_ONCE) as pooled:
        variants = {
            "direct": environ,
            "the setting": {**environ, POOLER: "transaction"},
            "PgBouncer": {**environ, POOLER: "transaction", URL: pooled},
        }
        return list(_lines(asyncio.run(_take_turns(data, variants, rounds))))


async def _take_turns(
    data: Filled, variants: Mapping[str, Mapping[str, str]], rounds: int
) -> dict[tuple[str, str], list[Turn]]:
    turns: dict[tuple[str, str], list[Turn]] = {}
    async with contextlib.AsyncExitStack() as stack:
        apps = {}
        for name, environ in variants.items():
            quiet = {**UNLIMITED, **environ, "OPENCHANNELS_SERVER__LOG_LEVEL": "error"}
            settings = load_settings(data_dir=Path(data.path), environ=quiet)
            runtime = await open_runtime(settings, public_url="http://127.0.0.1")
            stack.push_async_callback(runtime.close)
            apps[name] = build_app(runtime, "http://127.0.0.1")
        for number in range(rounds + 1):
            for name, app in apps.items():
                for path, wanted in _paths(data).items():
                    taken = await _turn(_caller(app, data), wanted)
                    # The first round opens connections and fills caches.
                    if number:
                        turns.setdefault((path, name), []).append(taken)
    return turns


def _paths(data: Filled) -> dict[str, Sequence[str]]:
    start = ["/api/v2/channels/accounts/auth/youtube"]
    return {"poll": data.poll_paths(), "auth-status": data.auth_status_paths(), "start": start}


def _caller(app: Any, data: Filled) -> Callable[[str], Awaitable[None]]:
    headers = [(name.lower(), value) for name, value in data.headers.items()]

    async def call(path: str) -> None:
        got = await ask(app, Sent("GET", path, headers))
        if b'"code":0' not in got.body:
            raise RuntimeError(f"{path}: {got.body[:200]!r}")

    return call


async def _turn(call: Callable[[str], Awaitable[None]], paths: Sequence[str]) -> Turn:
    numbers = iter(range(CALLS))

    async def client() -> None:
        for number in numbers:
            await call(paths[number % len(paths)])

    began, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return (time.process_time() - spent) / CALLS * 1e6, (time.perf_counter() - began) / CALLS * 1e6


def _lines(turns: Mapping[tuple[str, str], list[Turn]]) -> Iterator[Line]:
    for (path, name), mine in turns.items():
        yield plain(f"{path}, {name}: processor time", median(cpu for cpu, _ in mine), " us")
        if name != "direct":
            both = list(zip(mine, turns[path, "direct"], strict=True))
            ratio = median(a[0] / b[0] for a, b in both)
            yield plain(f"{path}, {name}: processor time, to direct", ratio)
            ratio = median(a[1] / b[1] for a, b in both)
            yield plain(f"{path}, {name}: elapsed time, to direct", ratio)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=1_000)
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    with filled_postgres(given.accounts) as (data, environ):
        lines = measure(data, environ, rounds=given.rounds)
    print_table("PgBouncer in transaction mode, beside PostgreSQL alone", lines)


if __name__ == "__main__":
    main()
