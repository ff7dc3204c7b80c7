"""A real service process, as `serve` runs it; the sandbox alone with `--sandbox`.

`python -m tests.soak.serve FOLDER [--sandbox | --front]`; prints its address once it answers.
Settings come from the environment. `SOAK_LEASE` shortens the lease of a claim, which a reduced run
waits for. `--front` is the hostile host before the sandbox that `SOAK_SANDBOX` names. All end when
their parent has gone.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from openchannels.app import logging
from openchannels.app.run import serve
from openchannels.server.serve import run_async
from openchannels.service.authorization import lease as leases
from openchannels.settings import load_settings


async def sandbox(folder: Path) -> None:
    from openchannels.sandbox import create_sandbox
    from tests.soak.rig import listening

    app = create_sandbox(state_file=folder / "sandbox.db", quota=None, works=60)
    async with listening(app) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


async def service(folder: Path) -> None:
    settings = load_settings(data_dir=folder)
    logging.configure_logging(settings.server.log_level, settings.server.log_format)
    lease = float(os.environ.get("SOAK_LEASE", leases.LEASE_SECONDS))
    leases.LEASE_SECONDS, leases.RENEW_SECONDS = lease, lease / 3
    await serve(settings, lambda url: print(url, flush=True))


async def orphaned() -> None:
    """Whoever started this was ended without a chance to end it too."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(1)
    os._exit(1)


async def front(_folder: Path) -> None:
    from tests.soak.front import serve

    await serve(os.environ["SOAK_SANDBOX"])


async def until_orphaned(work: Coroutine[Any, Any, None]) -> None:
    watch = asyncio.create_task(orphaned())
    await work
    watch.cancel()


if __name__ == "__main__":
    modes = {"--sandbox": sandbox, "--front": front}
    run = next((modes[word] for word in sys.argv if word in modes), service)
    run_async(until_orphaned(run(Path(sys.argv[1]))))
