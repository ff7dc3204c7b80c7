"""Lists of accounts, of groups and of platforms: one client after another, then 32 at once."""

import argparse

from bench.data import Filled, filled
from bench.load import Load, Loader, Result, loader
from bench.processes import cpu_seconds
from bench.report import Line, median, plain, print_table
from bench.serve import serving

ACCOUNTS = "/api/v2/channels/accounts"
CROWD = 32


def paths(data: Filled) -> dict[str, list[str]]:
    """Returns the requests of each list by its name."""
    twenties = [
        "&".join(f"ids={one}" for one in data.accounts[first : first + 20])
        for first in range(0, len(data.accounts) - 20, 20)
    ]
    return {
        "accounts, 20 of the first page": [f"{ACCOUNTS}?page=1&pageSize=20"],
        "accounts, 20 by id": [f"{ACCOUNTS}?{ids}" for ids in twenties],
        "accounts, 1,000 and the total": [ACCOUNTS],
        "groups": ["/api/v2/channels/account-groups"],
        "platforms": ["/api/v2/channels/platforms"],
    }


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """Returns p50 and p99 with one client, answers a second and processor time with many."""
    lines: list[Line] = []
    with serving(data.path) as served:
        for name, wanted in paths(data).items():
            what = Load(served.port, wanted, data.headers, 1, seconds, '"code":0')
            alone = [load.run(what) for _ in range(rounds)]
            before = cpu_seconds(served.pid)
            crowd = load.run(Load(served.port, wanted, data.headers, CROWD, seconds, '"code":0'))
            spent = (cpu_seconds(served.pid) - before) / crowd.answers * 1e6
            lines += _lines(name, alone, crowd, spent)
    return lines


def _lines(name: str, alone: list[Result], crowd: Result, spent: float) -> list[Line]:
    return [
        plain(f"{name}: p50, one client", median(one.p50 for one in alone), " ms"),
        plain(f"{name}: p99, one client", median(one.p99 for one in alone), " ms"),
        plain(f"{name}: p99, {CROWD} clients", crowd.p99, " ms"),
        plain(f"{name}: {CROWD} clients", crowd.per_second, " /s"),
        plain(f"{name}: processor time", spent, " us"),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.0)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table(f"Lists, {given.accounts:,} accounts on SQLite", lines)


if __name__ == "__main__":
    main()
