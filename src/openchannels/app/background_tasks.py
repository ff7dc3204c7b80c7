"""Builds the scheduler and the loops that each process runs besides requests."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from functools import partial

import structlog

from openchannels import __version__
from openchannels.core import ids
from openchannels.core.exceptions import Moving
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.scheduler import Scheduler
from openchannels.service.services import Services
from openchannels.service.shared_clock import SharedClock
from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.settings import Settings
from openchannels.store.engines import pooled_engine

SCHEMA = "openchannels_jobs"
USAGE_SECONDS = 2.0
KEYRING_SECONDS = 1.0
"""Interval of checking the keyring file; the rotating command waits a few of these."""

YOUNG_OBJECTS = 10_000
"""Objects that may be made before the youngest are searched for cycles. A page of works has
hundreds, none of them in a cycle; with Python's 700 the search takes a tenth of the page's time.
"""

log = structlog.get_logger()


def build_scheduler(settings: Settings, services: Services) -> Scheduler:
    """Builds the scheduler of this process, not started; call it on the event loop."""
    name = ids.new_object_id()
    workers = Heartbeats(services.context.db, name, __version__, settings.jobs.dead_seconds)
    context = services.context
    return Scheduler(services.tasks, workers, job_store(settings), context.metrics, context.tracing)


def job_store(settings: Settings) -> JobStore:
    """Returns the address of the job store."""
    if settings.uses_postgresql:
        url = settings.database_url
        pooled = None if settings.database.pooler is None else partial(pooled_engine, url)
        return JobStore(url, SCHEMA, pooled)
    return JobStore(f"sqlite:///{settings.jobs_path}")


def background_loops(services: Services) -> tuple[Coroutine[None, None, None], ...]:
    """Returns the loops that each process runs until it is cancelled."""
    clock = services.context.clock
    followed = (clock.run(),) if isinstance(clock, SharedClock) else ()
    return (
        _count_usage(services),
        _watch_keyring(services),
        services.shared_limits.run(),
        *followed,
    )


async def _count_usage(services: Services) -> None:
    """Writes the counts of platform calls to the database at an interval."""
    while True:
        try:
            await services.context.usage.flush()
        except Moving:
            log.debug("counts of platform calls wait until the move is over")
        except Exception:
            log.exception("usage write failed")
        await asyncio.sleep(USAGE_SECONDS)


async def _watch_keyring(services: Services) -> None:
    """Reloads the keyring soon after another process has changed it."""
    keyring = services.context.vault.keyring
    while keyring.path is not None:
        await asyncio.sleep(KEYRING_SECONDS)
        if keyring.reload():
            log.info("keyring changed", active=keyring.active, keys=len(keyring.ids))


async def warm_up(load: Callable[[], None]) -> None:
    """Loads what the first platform call needs, after the service has started to answer."""
    await asyncio.sleep(0.2)
    await asyncio.to_thread(load)
    # Loaded modules stay in memory, so exclude them from garbage collection.
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
