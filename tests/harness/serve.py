"""A real service process, as `serve` runs it; the sandbox alone with `--sandbox`.

`python -m tests.harness.serve FOLDER [--sandbox]`; prints its address once it answers. Settings
come from the environment. `SOAK_LEASE` shortens the lease of a claim, which a reduced run waits
for; `SOAK_CLOCK` is the file of a clock that a program moves; `SOAK_PUSH_TO` is where the sandbox
sends its webhooks.
"""

import asyncio
import os
import sys
from pathlib import Path

from openchannels.app import logging
from openchannels.app.run import serve
from openchannels.core.clock import Clock, system_clock
from openchannels.server.serve import run_async
from openchannels.service.authorization import lease as leases
from openchannels.settings import load_settings
from tests.harness.file_clock import FileClock


def clock() -> Clock:
    path = os.environ.get("SOAK_CLOCK")
    return FileClock(Path(path)) if path else system_clock


async def sandbox(folder: Path) -> None:
    from openchannels.sandbox import create_sandbox
    from tests.harness.listening import listening

    app = create_sandbox(
        state_file=folder / "sandbox.db",
        quota=None,
        works=60,
        clock=clock(),
        push_to=os.environ.get("SOAK_PUSH_TO"),
    )
    async with listening(app) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


async def service(folder: Path) -> None:
    settings = load_settings(data_dir=folder)
    logging.configure_logging(settings.server.log_level, settings.server.log_format)
    lease = float(os.environ.get("SOAK_LEASE", leases.LEASE_SECONDS))
    leases.LEASE_SECONDS, leases.RENEW_SECONDS = lease, lease / 3
    await serve(settings, lambda url: print(url, flush=True), clock=clock())


if __name__ == "__main__":
    run_async((sandbox if "--sandbox" in sys.argv else service)(Path(sys.argv[1])))
