"""Listing works: what we add to the platform's own time, and how many pages a second."""

import argparse
from pathlib import Path

from bench.data import Filled, filled, point_at
from bench.load import Load, Loader, Result, loader
from bench.report import Line, at_least, at_most, median, plain, print_table
from bench.serve import serving
from bench.upstream import PLAYLIST_PATH, VIDEOS_PATH, playing

PATH = "/api/v2/channels/works/youtube?accountId={account}&pagination[limit]=20"
OVERHEAD_P50_MS, OVERHEAD_P99_MS = 3.0, 10.0
PAGES = 1_000.0
SLOW_MS = 100.0
SLOW_P99_MS = 150.0
IN_FLIGHT = 500


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """At 0 ms upstream, then with pages that take the platform 100 ms."""
    return [
        *_overhead(data, load, rounds, seconds),
        *_slow(data, load, rounds, seconds),
    ]


def _load(data: Filled, port: int, seconds: float, clients: int, rate: float | None = None) -> Load:
    paths = [PATH.format(account=account) for account in data.accounts]
    return Load(port, paths, data.headers, clients, seconds, '"code":0', rate)


def _overhead(data: Filled, load: Loader, rounds: int, seconds: float) -> list[Line]:
    """A page costs two calls: their time, measured directly, is not ours."""
    p50, p99, rate = [], [], []
    with playing(0) as upstream:
        point_at(Path(data.path), f"http://127.0.0.1:{upstream}")
        with serving(data.path) as ours:
            load.run(_load(data, ours.port, 1.0, 32))
            for _ in range(rounds):
                direct = [
                    load.run(Load(upstream, [path], clients=1, seconds=seconds / 4))
                    for path in (PLAYLIST_PATH, VIDEOS_PATH)
                ]
                page = load.run(_load(data, ours.port, seconds, 1))
                p50.append(page.p50 - sum(one.p50 for one in direct))
                p99.append(page.p99 - sum(one.p50 for one in direct))
                rate.append(load.run(_load(data, ours.port, seconds, 32)).per_second)
    return [
        at_most("works: overhead p50, 20 items", median(p50), OVERHEAD_P50_MS, " ms"),
        at_most("works: overhead p99", median(p99), OVERHEAD_P99_MS, " ms"),
        at_least("works: pages, 32 clients", median(rate), PAGES, " /s"),
    ]


def _slow(data: Filled, load: Loader, rounds: int, seconds: float) -> list[Line]:
    """Half of the platform's time goes to each of the two calls.

    500 pages in flight at 100 ms would be 5,000 pages a second, beyond one process. So the same
    is asked twice: all the time (a page then waits for its turn), and at half of what can be done.
    """
    with playing(SLOW_MS / 2) as upstream:
        point_at(Path(data.path), f"http://127.0.0.1:{upstream}")
        with serving(data.path) as ours:
            load.run(_load(data, ours.port, 1.5, IN_FLIGHT))
            full: list[Result] = []
            half: list[Result] = []
            for _ in range(rounds):
                full.append(load.run(_load(data, ours.port, seconds, IN_FLIGHT)))
                rate = full[-1].per_second / 2
                half.append(load.run(_load(data, ours.port, seconds, IN_FLIGHT, rate)))
    p99_full, p99_half = (median(r.p99 for r in results) for results in (full, half))
    return [
        at_most("works at 100 ms: p99, 500 in flight", p99_full, SLOW_P99_MS, " ms"),
        plain("works at 100 ms: pages, 500 in flight", median(r.per_second for r in full), " /s"),
        at_most("works at 100 ms: p99 at half that rate", p99_half, SLOW_P99_MS, " ms"),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=2.0)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table("Listing works over a platform on the other core", lines)


if __name__ == "__main__":
    main()
