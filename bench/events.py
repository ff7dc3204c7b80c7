"""What an event costs: to write it, and to deliver it to one webhook, in processor time.

The receiver is a process of its own (`python -m bench.events --receiver`) on the other core.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.processes import LOAD_CORE, child, first_line, pin_as_told
from bench.report import Line, plain, print_table
from bench.stores import ASKED, on_stores
from bench.sweep import work_off
from openchannels.app import logging
from openchannels.app.bootstrap import open_runtime
from openchannels.core.events import EventType
from openchannels.settings import load_settings
from openchannels.store.queries import events
from openchannels.testing.receiver import Receiver
from tests.harness.settings import COMMON, store_environ

USER = "bench"
ACCOUNTS = 50


def measure(store: str, database: str | None, count: int) -> list[Line]:
    """Write so many events, each in a transaction of its own, then deliver them."""
    with (
        tempfile.TemporaryDirectory(prefix="openchannels-bench-") as folder,
        child("bench.events", "--receiver", core=LOAD_CORE) as receiver,
    ):
        written, sent = asyncio.run(_run(Path(folder), database, first_line(receiver), count))
    return [
        plain(f"{store}: processor time to write an event", written / count * 1e3, " ms"),
        plain(f"{store}: processor time to deliver it", sent / count * 1e3, " ms"),
    ]


async def _run(folder: Path, database: str | None, url: str, count: int) -> tuple[float, float]:
    settings = load_settings(data_dir=folder, environ={
        **COMMON, **store_environ(database), "OPENCHANNELS_SANDBOX__URL": "http://127.0.0.1:1",
    })  # fmt: skip
    runtime = await open_runtime(settings, public_url="http://127.0.0.1")
    try:
        await runtime.services.webhooks.create(USER, "operator", url)

        def write(connection: Any, number: int) -> str:
            account = f"youtube_{number % ACCOUNTS}"
            kind, of = EventType.OFFLINE, (account, "youtube")
            return events.record_event(connection, time.time(), USER, kind, of)

        began = time.process_time()
        await asyncio.gather(*(runtime.db.write(write, number) for number in range(count)))
        written = time.process_time()
        (task,) = (one for one in runtime.services.tasks if one.name == "webhooks")
        await work_off(task)
        return written - began, time.process_time() - written
    finally:
        await runtime.close()


def _receive() -> None:
    pin_as_told()
    receiver = Receiver()
    receiver.start()
    print(f"{receiver.origin}/hook", flush=True)
    time.sleep(3600)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=2_000)
    options.add_argument("--store", choices=ASKED, default="both")
    options.add_argument("--receiver", action="store_true", help="only receive")
    given = options.parse_args()
    if given.receiver:
        _receive()
        return
    logging.configure_logging("error", "console")
    lines = on_stores(given.store, lambda store, url: measure(store, url, given.events))
    print_table("Events", lines)


if __name__ == "__main__":
    main()
