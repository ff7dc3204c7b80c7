"""The command line that the soak programs share."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from openchannels.app import logging
from tests.harness.postgres import Postgres
from tests.harness.rig import Rig, open_rig
from tests.soak import record

Figures = Mapping[str, Any]
"""What a run counted. `faults` is the number of broken promises and must be 0."""

Run = Callable[..., Coroutine[Any, Any, Figures]]
"""Given a folder, a database's URL or None for SQLite, and the size; options by name."""


def over_rig(soak: Callable[[Rig, int], Awaitable[Figures]], **options: Any) -> Run:
    """A run that needs the service and the sandbox in this process."""

    async def run(folder: Path, database: str | None, size: int) -> Figures:
        async with open_rig(folder, database=database, **options) as rig:
            return await soak(rig, size)

    return run


def program(what: str | None, run: Run, full: int) -> None:
    """Run on the stores asked for and print the figures, last of each store."""
    name = Path(sys.argv[0]).stem
    promise = record.PROMISES[name]
    parser = argparse.ArgumentParser(description=what)
    unit = promise.unit
    parser.add_argument(f"--{unit}", type=int, dest="size", default=full, help=f"default: {full}")
    parser.add_argument("--store", choices=(*promise.stores, "both"), default="both")
    parser.add_argument("--record", action="store_true", help="write docs/reliability.md")
    for option, kind in promise.options.items():
        how: dict[str, Any] = {"action": "store_true"} if kind is bool else {"type": kind}
        parser.add_argument(f"--{option}", **how)
    given = parser.parse_args()
    options = {one: getattr(given, one) for one in promise.options if getattr(given, one)}
    logging.configure_logging("error", "console")
    broken = 0
    for store in promise.stores if given.store == "both" else (given.store,):
        began = time.monotonic()
        figures = {**_on(store, partial(run, **options), given.size), **options}
        figures["minutes"] = round((time.monotonic() - began) / 60, 1)
        broken += figures["faults"]
        if given.record:
            record.write(name, store, given.size, figures)
        print(json.dumps({"store": store, unit: given.size, **figures}), flush=True)
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
