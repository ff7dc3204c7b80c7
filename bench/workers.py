"""The processor time of an answer with two serving processes, beside that with one.

Both servers are up at once and take turns; each may use all cores. Also printed: how evenly the
processes share the connections that clients keep, and the answers.
"""

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from bench.data import Filled, filled
from bench.load import Load, Loader, loader
from bench.processes import Served, child, cpu_seconds, first_line, settle
from bench.report import Line, at_most, median, plain, print_table
from bench.serve import WORKERS as WORKERS_VARIABLE

RATIO = 1.10
WORKERS = 2


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """Let one process and two take turns; the median of the rounds counts."""
    lines: list[Line] = []
    paths = {"poll": data.poll_paths(), "auth-status": data.auth_status_paths()}
    with _serving(data.path, 1) as one, _serving(data.path, WORKERS) as two:
        settle(5.0)
        for name, wanted in paths.items():
            turns = [
                tuple(
                    _turn(load, server, Load(server.port, wanted, data.headers, seconds=seconds))
                    for server in (one, two)
                )
                for _ in range(rounds)
            ]
            ratio = median(b[0] / a[0] for a, b in turns)
            lines += [
                at_most(f"{name}: processor time, two processes to one", ratio, RATIO),
                plain(
                    f"{name}: processor time an answer, one", median(a[0] for a, _ in turns), " us"
                ),
                plain(
                    f"{name}: answers a second, two to one", median(b[1] / a[1] for a, b in turns)
                ),
                plain(
                    f"{name}: processor time of the busier of two", median(b[2] for _, b in turns)
                ),
            ]
    return lines


def _turn(load: Loader, server: Served, what: Load) -> tuple[float, float, float]:
    """Processor time an answer in us, answers a second, and the busiest process's share of it."""
    before = {pid: cpu_seconds(pid) for pid in _processes(server.pid)}
    seen = load.run(what)
    spent = [cpu_seconds(pid) - used for pid, used in before.items()]
    return sum(spent) / seen.answers * 1e6, seen.per_second, max(spent) / sum(spent)


def _processes(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())]


@contextlib.contextmanager
def _serving(data_dir: str, workers: int) -> Iterator[Served]:
    environ = {WORKERS_VARIABLE: str(workers)}
    log = Path(data_dir) / f"log-{workers}"
    with child("bench.serve", data_dir, log=log, core=None, environ=environ) as process:
        yield Served(int(first_line(process)), process.pid)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=2.0)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table(f"Serving processes on SQLite, {os.cpu_count()} cores", lines)


if __name__ == "__main__":
    main()
