"""Lists on both stores: processor time for an answer, p50 and p99, beside a plain application.

One client after another, then 32 at once. The plain application answers the same bytes.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from bench.data import Filled, filled, filled_postgres
from bench.load import Load, Loader, Result, loader
from bench.plain import twin
from bench.processes import Served, cpu_seconds, settle
from bench.report import Line, at_most, median, plain, print_table
from bench.serve import serving
from tests.harness.stores import STORES

API = "/api/v2/channels"
ACCOUNTS = f"{API}/accounts"
CROWD = 32
TWENTY_US = 350.0
"""Processor time of a list of twenty accounts."""


def paths(data: Filled) -> dict[str, list[str]]:
    """Returns the requests of each list by its name."""
    twenties = [
        "&".join(f"ids={one}" for one in data.accounts[first : first + 20])
        for first in range(0, len(data.accounts) - 20, 20)
    ]
    return {
        "accounts, 20 by id": [f"{ACCOUNTS}?{ids}" for ids in twenties],
        "accounts, 20 of the first page": [f"{ACCOUNTS}?page=1&pageSize=20"],
        "accounts, 1,000 and the total": [ACCOUNTS],
        "groups": [f"{API}/account-groups"],
        "events": [f"{API}/events?limit=20"],
        "audit": [f"{API}/audit?limit=20"],
        "platforms": [f"{API}/platforms"],
    }


def measure(
    data: Filled,
    load: Loader,
    *,
    rounds: int,
    seconds: float,
    environ: Mapping[str, str] | None = None,
) -> list[Line]:
    """Returns p50 and p99 with one client, answers a second and processor time with many.

    `environ` names the database if that is PostgreSQL, whose own time is not counted.
    """
    lines: list[Line] = []
    store = "postgresql" if environ else "sqlite"
    with serving(data.path, environ) as served:
        settle(3)
        for name, wanted in paths(data).items():
            with twin(served.port, wanted[:1], data.headers, Path(data.path)) as bare:
                what = Load(served.port, wanted, data.headers, 1, seconds, '"code":0')
                alone = [load.run(what) for _ in range(rounds)]
                turns = [
                    (
                        _spent(load, served, wanted, data, seconds),
                        _spent(load, bare, wanted[:1], data, seconds),
                    )
                    for _ in range(rounds)
                ]
            lines += _lines(f"{store}: {name}", alone, turns)
    return lines


def _spent(
    load: Loader, server: Served, wanted: list[str], data: Filled, seconds: float
) -> tuple[Result, float]:
    """Lets a server answer many clients; returns what they saw, and microseconds an answer."""
    before = cpu_seconds(server.pid)
    what = Load(server.port, wanted, data.headers, CROWD, seconds, '"code":0')
    seen = load.run(what)
    return seen, (cpu_seconds(server.pid) - before) / seen.answers * 1e6


def _lines(
    name: str,
    alone: list[Result],
    turns: list[tuple[tuple[Result, float], tuple[Result, float]]],
) -> list[Line]:
    spent = median(ours for (_, ours), _ in turns)
    ratio = median(bare / ours for (_, ours), (_, bare) in turns)
    title = f"{name}: processor time"
    is_twenty = "accounts, 20" in name
    return [
        at_most(title, spent, TWENTY_US, " us") if is_twenty else plain(title, spent, " us"),
        plain(f"{name}: ratio to the plain ASGI app", ratio),
        plain(f"{name}: p50, one client", median(one.p50 for one in alone), " ms"),
        plain(f"{name}: p99, one client", median(one.p99 for one in alone), " ms"),
        plain(f"{name}: p99, {CROWD} clients", median(seen.p99 for (seen, _), _ in turns), " ms"),
        plain(f"{name}: {CROWD} clients", median(s.per_second for (s, _), _ in turns), " /s"),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000, help="all of one user")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.0)
    options.add_argument("--store", choices=(*STORES, "both"), default="both")
    given = options.parse_args()
    lines: list[Line] = []
    how = {"rounds": given.rounds, "seconds": given.seconds}
    with loader() as load:
        if given.store != "postgresql":
            with filled(given.accounts) as data:
                lines += measure(data, load, **how)
        if given.store != "sqlite":
            with filled_postgres(given.accounts) as (data, environ):
                lines += measure(data, load, environ=environ, **how)
    print_table(f"Lists, {given.accounts:,} accounts of one user", lines)


if __name__ == "__main__":
    main()
