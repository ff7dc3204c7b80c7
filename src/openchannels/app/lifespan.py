"""Starts what a process runs while it serves, and closes it afterwards."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from openchannels.app.background_tasks import background_loops, warm_up
from openchannels.app.runtime import Runtime
from openchannels.app.scrape import process_gauges


@contextlib.asynccontextmanager
async def lifespan(runtime: Runtime, *more: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the background loops and `more` while the process serves, then closes the runtime."""
    services, siblings = runtime.services, runtime.siblings
    loops = [*background_loops(services), warm_up(runtime.http.load), *more]
    if siblings is not None:
        loops.append(siblings.tell(lambda: runtime.jobs, lambda: process_gauges(services)))
    tasks = [asyncio.create_task(loop) for loop in loops]
    if runtime.jobs is not None:
        runtime.jobs.start()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await runtime.close()
