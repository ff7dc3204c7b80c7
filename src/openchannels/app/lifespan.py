"""What a process starts before it serves, and closes after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from openchannels.app.background_tasks import background_loops, warm_up
from openchannels.app.runtime import Runtime


@contextlib.asynccontextmanager
async def lifespan(runtime: Runtime, *more: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run the background loops and `more` while the process serves, then close the runtime."""
    work = (*background_loops(runtime.services), warm_up(runtime.http.load), *more)
    tasks = [asyncio.create_task(one) for one in work]
    if runtime.jobs is not None:
        runtime.jobs.start()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await runtime.close()
