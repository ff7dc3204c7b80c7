"""Every measurement at a small size, with one table last: `python -m bench.all`.

`--write` puts the table into docs/performance.md, `--against REV` compares it with that of an older
commit.
"""

import argparse
import contextlib
import os
import time

from bench import cold, growth, hot_paths, lists, start, works
from bench.against import compare
from bench.data import filled
from bench.load import loader
from bench.report import Line, print_table
from bench.written import write_figures
from tests.harness.postgres import Postgres


def measure(small: int, large: int, rounds: int, seconds: float) -> list[Line]:
    with contextlib.ExitStack() as stack:
        few, many = (stack.enter_context(filled(size)) for size in (small, large))
        load = stack.enter_context(loader())
        return [
            *hot_paths.measure(many, load, rounds=rounds, seconds=seconds),
            *_on_postgresql(large, rounds, seconds),
            *lists.measure(many, load, rounds=rounds, seconds=seconds / 2),
            *start.measure(few, load, rounds=rounds, seconds=seconds),
            *works.measure(few, load, rounds=rounds, seconds=seconds),
            *cold.measure(many, rounds=rounds),
        ]


def _on_postgresql(accounts: int, rounds: int, seconds: float) -> list[Line]:
    server = Postgres()
    try:
        with filled(accounts, server.database()) as data, loader() as load:
            return hot_paths.measure(data, load, rounds=rounds, seconds=seconds, store="postgresql")
    finally:
        server.stop()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", type=int, default=1_000, help="accounts, for all else")
    options.add_argument("--large", type=int, default=100_000, help="accounts, for the hot paths")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.0)
    options.add_argument("--write", action="store_true", help="into docs/performance.md")
    options.add_argument("--against", metavar="REV", help="a commit to compare the ratios with")
    given = options.parse_args()
    began = time.perf_counter()
    lines = measure(given.small, given.large, given.rounds, given.seconds)
    grown = growth.measure("sqlite", [given.small, given.large], rounds=given.rounds)
    took = time.perf_counter() - began
    print_table(f"Speed, {os.cpu_count()} cores, measured in {took:.0f} s", [*lines, *grown])
    if given.write:
        write_figures(lines)
    if given.against:
        compare([*lines, *grown], given.against, ["--rounds", str(given.rounds)])


if __name__ == "__main__":
    main()
