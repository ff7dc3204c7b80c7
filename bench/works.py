"""Listing works: what a page costs beside its two calls, and how many pages a second."""

import argparse
import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

from bench.bare_calls import Pairs, bare_calls
from bench.data import Filled, filled, point_at
from bench.load import Load, Loader, loader
from bench.processes import Served, cpu_seconds
from bench.report import Line, at_least, at_most, median, plain, print_table
from bench.serve import serving
from bench.upstream import PLAYLIST_PATH, VIDEOS_PATH, playing
from tests.harness.postgres import Postgres

PATH = "/api/v2/channels/works/youtube?accountId={account}&pagination[limit]=20"
CLIENTS = 32
PAGE_US = 600.0
RATIO = 2.0
PAGES = 1_500.0
OVERHEAD_P50_MS, OVERHEAD_P99_MS = 3.0, 10.0
SLOW_MS = 100.0
SLOW_P99_MS = 150.0
IN_FLIGHT = 500
FEWER = (400, 300, 200, 150, 100, 75, 50, 25)
WARM_SECONDS = 3.0
SLOW_SECONDS = 4.0
"""The least that a load of slow pages lasts: the first of 500 at once comes late."""


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """At 0 ms upstream, then with pages that take the platform 100 ms."""
    return [
        *_cost(data, load, rounds, seconds),
        *_overhead(data, load, rounds, seconds),
        *_slow(data, load, rounds, max(seconds, SLOW_SECONDS)),
    ]


def _load(data: Filled, port: int, seconds: float, clients: int, rate: float | None = None) -> Load:
    paths = [PATH.format(account=account) for account in data.accounts]
    return Load(port, paths, data.headers, clients, seconds, '"code":0', rate)


@contextlib.contextmanager
def _serving(data: Filled, delay_ms: float) -> Iterator[tuple[int, Served]]:
    """The platform's port, and our server over it."""
    with playing(delay_ms) as upstream:
        point_at(Path(data.path), f"http://127.0.0.1:{upstream}")
        with serving(data.path) as ours:
            yield upstream, ours


def _cost(data: Filled, load: Loader, rounds: int, seconds: float) -> list[Line]:
    """Pages and bare pairs take turns; of each the least counts.

    What else the machine does only adds to processor time: by cold caches, and to us by far more.
    """
    pages, pairs, rates = [], [], []
    with _serving(data, 0) as (upstream, ours), bare_calls(upstream) as bare:
        load.run(_load(data, ours.port, WARM_SECONDS, CLIENTS))
        for _ in range(rounds):
            pairs.append(bare.microseconds(Pairs(seconds, CLIENTS)))
            before = cpu_seconds(ours.pid)
            seen = load.run(_load(data, ours.port, seconds, CLIENTS))
            pages.append((cpu_seconds(ours.pid) - before) / seen.answers * 1e6)
            rates.append(seen.per_second)
    rate = at_least(f"works: pages, {CLIENTS} clients", max(rates), PAGES, " /s")
    if not all(pages):
        return [rate]
    return [
        at_most("works: processor time, 20 items", min(pages), PAGE_US, " us"),
        plain("works: two bare aiohttp calls, decoded", min(pairs), " us"),
        at_most("works: ratio to the bare calls", min(pages) / min(pairs), RATIO),
        rate,
    ]


def _overhead(data: Filled, load: Loader, rounds: int, seconds: float) -> list[Line]:
    """A page costs two calls: their time, measured directly, is not ours."""
    p50, p99 = [], []
    with _serving(data, 0) as (upstream, ours):
        load.run(_load(data, ours.port, WARM_SECONDS, 1))
        for _ in range(rounds):
            direct = [
                load.run(Load(upstream, [path], clients=1, seconds=seconds / 4))
                for path in (PLAYLIST_PATH, VIDEOS_PATH)
            ]
            page = load.run(_load(data, ours.port, seconds, 1))
            p50.append(page.p50 - sum(one.p50 for one in direct))
            p99.append(page.p99 - sum(one.p50 for one in direct))
    return [
        at_most("works: overhead p50, 20 items", median(p50), OVERHEAD_P50_MS, " ms"),
        at_most("works: overhead p99", median(p99), OVERHEAD_P99_MS, " ms"),
    ]


def _slow(data: Filled, load: Loader, rounds: int, seconds: float) -> list[Line]:
    """Half of the platform's time goes to each of the two calls.

    500 pages in flight at 100 ms are up to 5,000 pages a second. Where one process does not do
    that, so many are needed that each has no more in flight than one answers in time.
    """
    with _serving(data, SLOW_MS / 2) as (_, ours):
        load.run(_load(data, ours.port, seconds, IN_FLIGHT))
        full = [load.run(_load(data, ours.port, seconds, IN_FLIGHT)) for _ in range(rounds)]
        p99 = median(result.p99 for result in full)
        timely = IN_FLIGHT if p99 < SLOW_P99_MS else _timely(data, load, ours, seconds)
    processes = f"{math.ceil(IN_FLIGHT / timely)}" if timely else "more than 20"
    return [
        at_most("works at 100 ms: p99, 500 in flight, 1 process", p99, SLOW_P99_MS, " ms"),
        plain("works at 100 ms: pages, 1 process", median(r.per_second for r in full), " /s"),
        plain("works at 100 ms: in flight with p99 below 150 ms", timely),
        Line("works at 100 ms: processes for 500 in flight", processes),
    ]


def _timely(data: Filled, load: Loader, ours: Served, seconds: float) -> int:
    """Returns how many pages in flight one process answers in time; 0 if not even the fewest."""
    for clients in FEWER:
        if load.run(_load(data, ours.port, seconds, clients)).p99 < SLOW_P99_MS:
            return clients
    return 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--store", choices=("sqlite", "postgresql"), help="one instead of both")
    given = options.parse_args()
    for store in [given.store] if given.store else ["sqlite", "postgresql"]:
        with contextlib.ExitStack() as stack:
            database = None
            if store == "postgresql":
                server = Postgres()
                stack.callback(server.stop)
                database = server.database()
            data = stack.enter_context(filled(given.accounts, database))
            load = stack.enter_context(loader())
            lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
        print_table(f"Listing works over a platform on the other core, {store}", lines)


if __name__ == "__main__":
    main()
