"""Starting an authorization: one durable commit each."""

import argparse
from pathlib import Path

from bench.data import Filled, filled
from bench.load import Load, Loader, loader
from bench.plain import twin
from bench.report import Line, at_least, at_most, median, plain, print_table
from bench.serve import serving

PATH = "/api/v2/channels/accounts/auth/youtube"
PER_SECOND = 1_500.0
P50_MS = 5.0


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """32 clients for the rate, one for the time, the plain one in turns with the former."""
    with (
        serving(data.path) as ours,
        twin(ours.port, [PATH], data.headers, Path(data.path)) as bare,
    ):
        many, theirs, one = [], [], []
        for _ in range(rounds):
            many.append(load.run(_load(data, ours.port, seconds, 32)))
            theirs.append(load.run(_load(data, bare.port, seconds, 32)))
            one.append(load.run(_load(data, ours.port, seconds, 1)))
    ratio = median(a.per_second / b.per_second for a, b in zip(many, theirs, strict=True))
    rate = median(r.per_second for r in many)
    return [
        at_least("start: 32 clients", rate, PER_SECOND, " /s"),
        plain("start: ratio to the plain ASGI app", ratio),
        plain("start: p99, 32 clients", median(r.p99 for r in many), " ms"),
        at_most("start: p50, one client", median(r.p50 for r in one), P50_MS, " ms"),
    ]


def _load(data: Filled, port: int, seconds: float, clients: int) -> Load:
    return Load(port, [PATH], data.headers, clients, seconds, expect='"code":0')


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table("Starting an authorization on SQLite", lines)


if __name__ == "__main__":
    main()
