"""The command line that the soak programs share."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from openchannels.app import logging
from tests.harness.postgres import Postgres
from tests.harness.rig import Rig, open_rig
from tests.harness.stores import STORES
from tests.soak import record

Figures = Mapping[str, Any]
"""What a run counted. `faults` is the number of broken promises and must be 0."""

Run = Callable[[Path, str | None, int], Coroutine[Any, Any, Figures]]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A run over accounts that lasts so many minutes, on SQLite unless another store is named."""

    run: Callable[[Path, str | None, int, float], Coroutine[Any, Any, Figures]]
    minutes: float


def over_rig(soak: Callable[[Rig, int], Awaitable[Figures]], **options: Any) -> Run:
    """A run that needs the service and the sandbox in this process."""

    async def run(folder: Path, database: str | None, size: int) -> Figures:
        async with open_rig(folder, database=database, **options) as rig:
            return await soak(rig, size)

    return run


def program(what: str | None, run: Run | Lasting, full: int) -> None:
    """Run on the stores asked for and print the figures, last of each store."""
    parser = argparse.ArgumentParser(description=what)
    lasts = isinstance(run, Lasting)
    names = ("--size", "--accounts") if lasts else ("--size",)
    parser.add_argument(*names, dest="size", type=int, default=full, help=f"default: {full}")
    choices = (*STORES, "both")
    parser.add_argument("--store", choices=choices, default="sqlite" if lasts else "both")
    parser.add_argument("--record", action="store_true", help="write docs/reliability.md")
    if isinstance(run, Lasting):
        parser.add_argument("--minutes", type=float, default=run.minutes)
    given = parser.parse_args()
    if isinstance(run, Lasting):
        run = partial(run.run, minutes=given.minutes)
    logging.configure_logging("error", "console")
    broken = 0
    for store in STORES if given.store == "both" else (given.store,):
        began = time.monotonic()
        figures = _on(store, run, given.size)
        figures = {**figures, "minutes": round((time.monotonic() - began) / 60, 1)}
        broken += figures["faults"]
        if given.record:
            record.write(Path(sys.argv[0]).stem, store, given.size, figures)
        print(json.dumps({"store": store, "size": given.size, **figures}), flush=True)
    sys.exit(1 if broken else 0)


def _on(store: str, run: Run, size: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="openchannels-soak-") as name:
        folder = Path(name)
        if store == "sqlite":
            return asyncio.run(run(folder / "data", None, size))
        server = Postgres()
        try:
            return asyncio.run(run(folder / "data", server.database(), size))
        finally:
            server.stop()
