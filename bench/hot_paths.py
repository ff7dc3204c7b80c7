"""Poll and auth-status beside a plain ASGI application that returns the same bytes."""

import argparse
from pathlib import Path

from bench.data import Filled, filled
from bench.load import Load, Loader, Result, loader
from bench.plain import twin
from bench.report import Line, at_least, at_most, median, plain, print_table
from bench.serve import serving

RATIO = 0.35
P99_MS = 15.0


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """Let ours and the plain one take turns; the median of the rounds counts."""
    lines: list[Line] = []
    paths = {"poll": data.poll_paths(), "auth-status": data.auth_status_paths()}
    samples = [some[0] for some in paths.values()]
    with (
        serving(data.path) as (port, _),
        twin(port, samples, data.headers, Path(data.path)) as bare,
    ):
        for name, ours in paths.items():
            pairs = [
                (
                    load.run(_load(data, port, ours, seconds)),
                    load.run(_load(data, bare, ours[:1], seconds)),
                )
                for _ in range(rounds)
            ]
            lines += _lines(name, pairs)
    return lines


def _load(data: Filled, port: int, paths: list[str], seconds: float) -> Load:
    return Load(port, paths, data.headers, seconds=seconds, expect='"code":0')


def _lines(name: str, pairs: list[tuple[Result, Result]]) -> list[Line]:
    ours, bare = [a for a, _ in pairs], [b for _, b in pairs]
    ratio = median(a.per_second / b.per_second for a, b in pairs)
    return [
        at_least(f"{name}: ratio to the plain ASGI app", ratio, RATIO),
        plain(f"{name}: ours, 32 clients", median(r.per_second for r in ours), " /s"),
        plain(f"{name}: plain, 32 clients", median(r.per_second for r in bare), " /s"),
        plain(f"{name}: p50", median(r.p50 for r in ours), " ms"),
        at_most(f"{name}: p99", median(r.p99 for r in ours), P99_MS, " ms"),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table(f"Hot paths, {given.accounts:,} accounts on SQLite", lines)


if __name__ == "__main__":
    main()
