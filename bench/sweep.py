"""The sweep of due tokens: how fast background work refreshes them, each exactly once.

The platform is played by a process of its own, replaces the refresh token with every refresh and
ends the grant of whoever shows a used one.
"""

import argparse
import asyncio
import json
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.processes import LOAD_CORE, child, first_line
from bench.report import Line, at_most, plain, print_table
from bench.stores import ASKED, on_stores
from openchannels.app import logging
from openchannels.app.bootstrap import open_runtime
from openchannels.core.clock import system_clock
from openchannels.service.tasks.task import Task
from openchannels.settings import load_settings
from tests.harness.settings import store_environ
from tests.soak.family import Family, connect

SECONDS = 60.0
DUE_SECONDS = 152 * 86_400.0
"""After so long unused these refresh tokens must be touched."""


def measure(store: str, database: str | None, accounts: int) -> list[Line]:
    """Connect accounts, let them fall due all at once, and sweep."""
    with (
        tempfile.TemporaryDirectory(prefix="openchannels-bench-") as folder,
        child("tests.soak.family", core=LOAD_CORE) as platform,
    ):
        url = first_line(platform)
        seconds, spent = asyncio.run(_sweep(Path(folder), database, url, accounts))
        told = json.load(urllib.request.urlopen(f"{url}/_told"))
    if told != {"refreshed": accounts, "reused": 0}:
        raise RuntimeError(f"not each exactly once: {told}")
    return [
        at_most(f"{store}: {accounts:,} due tokens", seconds, SECONDS, " s"),
        plain(f"{store}: refreshes", accounts / seconds, " /s"),
        plain(f"{store}: processor time of a refresh", spent / accounts * 1e3, " ms"),
    ]


async def _sweep(
    folder: Path, database: str | None, url: str, accounts: int
) -> tuple[float, float]:
    """Returns the seconds that it took, and those of this process's processor time."""
    ahead = 0.0

    def clock() -> float:
        return system_clock() + ahead

    environ = {**store_environ(database), "OPENCHANNELS_SANDBOX__URL": url}
    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://127.0.0.1", clock=clock)
    await connect(runtime.services.context, Family(), range(accounts))
    ahead = DUE_SECONDS
    (task,) = (one for one in runtime.services.tasks if one.name == "refresh")
    began, spent = time.perf_counter(), time.process_time()
    await work_off(task)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    await runtime.close()
    return seconds, spent


async def work_off(task: Task) -> None:
    """Does all that is due, as a planner does: a batch begins when there is a place for one."""
    running: set[asyncio.Task[None]] = set()
    while True:
        batches = await task.claim(task.at_once - len(running))
        running |= {asyncio.ensure_future(task.run(batch)) for batch in batches}
        if not running:
            return
        _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)


def run() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--store", choices=ASKED, default="both")
    given = options.parse_args()
    logging.configure_logging("error", "console")
    lines = on_stores(given.store, lambda store, url: measure(store, url, given.accounts))
    print_table("Refreshing what is due", lines)


if __name__ == "__main__":
    run()
