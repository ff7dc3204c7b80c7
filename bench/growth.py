"""Poll and auth-status as accounts become more: they should cost the same."""

import argparse
import contextlib
from collections.abc import Sequence

from bench.data import Filled, filled
from bench.load import Load, Loader, loader
from bench.report import Line, at_most, median, print_table
from bench.serve import serving

GROWTH = 1.2


def measure(stores: Sequence[Filled], load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    """All stores are served at once and asked in turns; figures are ratios to the smallest."""
    times: dict[tuple[int, str], list[float]] = {}
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(serving(store.path)).port for store in stores]
        for _ in range(rounds):
            for place, (store, port) in enumerate(zip(stores, ports, strict=True)):
                for name, paths in _paths(store).items():
                    result = load.run(Load(port, paths, store.headers, 1, seconds, '"code":0'))
                    times.setdefault((place, name), []).append(result.p50)
    return [
        at_most(
            f"{name}: p50 with {_size(store)} accounts to {_size(stores[0])}",
            median(
                large / small
                for large, small in zip(times[place, name], times[0, name], strict=True)
            ),
            GROWTH,
        )
        for place, store in enumerate(stores)
        if place
        for name in ("poll", "auth-status")
    ]


def _paths(store: Filled) -> dict[str, list[str]]:
    return {"poll": store.poll_paths(), "auth-status": store.auth_status_paths()}


def _size(store: Filled) -> str:
    return f"{int(store.path.rpartition('/')[2]):,}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, nargs="+", default=[1_000, 100_000])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=0.7)
    given = options.parse_args()
    with contextlib.ExitStack() as stack:
        stores = [stack.enter_context(filled(size)) for size in sorted(given.accounts)]
        load = stack.enter_context(loader())
        lines = measure(stores, load, rounds=given.rounds, seconds=given.seconds)
    print_table("Growth on SQLite", lines)


if __name__ == "__main__":
    main()
