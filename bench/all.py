"""Every measurement at a small size, with one table last: `python -m bench.all`."""

import argparse
import contextlib
import os
import time

from bench import cold, growth, hot_paths, lists, start, works
from bench.data import filled
from bench.load import loader
from bench.report import Line, print_table


def measure(small: int, large: int, rounds: int, seconds: float) -> list[Line]:
    with contextlib.ExitStack() as stack:
        few, many = (stack.enter_context(filled(size)) for size in (small, large))
        load = stack.enter_context(loader())
        return [
            *hot_paths.measure(many, load, rounds=rounds, seconds=seconds),
            *lists.measure(many, load, rounds=rounds, seconds=seconds / 2),
            *start.measure(few, load, rounds=rounds, seconds=seconds),
            *works.measure(few, load, rounds=rounds, seconds=seconds),
            *cold.measure(many, rounds=rounds),
            *growth.measure("sqlite", [small, large], rounds=rounds),
        ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", type=int, default=1_000, help="accounts, for all else")
    options.add_argument("--large", type=int, default=100_000, help="accounts, for the hot paths")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.0)
    given = options.parse_args()
    began = time.perf_counter()
    lines = measure(given.small, given.large, given.rounds, given.seconds)
    took = time.perf_counter() - began
    print_table(f"Speed on SQLite, {os.cpu_count()} cores, measured in {took:.0f} s", lines)


if __name__ == "__main__":
    main()
