"""What a process does beside requests: background work, and looking after its own memory."""

import asyncio
import gc
from collections.abc import Callable, Coroutine

import structlog

from openchannels import __version__
from openchannels.core import ids
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.scheduler import Scheduler
from openchannels.service.services import Services
from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.settings import Settings

SCHEMA = "openchannels_jobs"
USAGE_SECONDS = 2.0
KEYRING_SECONDS = 1.0
"""Between two looks at the keyring's file; the command that changes it waits some of these."""

log = structlog.get_logger()


def build_scheduler(settings: Settings, services: Services) -> Scheduler:
    """The engine of this process, not started; to be called on the event loop."""
    name = ids.new_object_id()
    workers = Heartbeats(services.context.db, name, __version__, settings.jobs.dead_seconds)
    return Scheduler(services.tasks, workers, job_store(settings))


def job_store(settings: Settings) -> JobStore:
    """Where this store's batches are recorded."""
    if settings.uses_postgresql:
        return JobStore(settings.database_url, SCHEMA)
    return JobStore(f"sqlite:///{settings.jobs_path}")


def background_loops(services: Services) -> tuple[Coroutine[None, None, None], ...]:
    """What each process does for itself, until it is cancelled."""
    return _count_usage(services), _watch_keyring(services)


async def _count_usage(services: Services) -> None:
    """Write down, again and again, how much of the platforms was used."""
    while True:
        try:
            await services.context.usage.flush()
        except Exception:
            log.exception("usage could not be written")
        await asyncio.sleep(USAGE_SECONDS)


async def _watch_keyring(services: Services) -> None:
    """Seal by the new master key soon after another process has made one."""
    keyring = services.context.vault.keyring
    while keyring.path is not None:
        await asyncio.sleep(KEYRING_SECONDS)
        if keyring.reload():
            log.info("the master keys changed", active=keyring.active, keys=len(keyring.ids))


async def warm_up(load: Callable[[], None]) -> None:
    """Load what the first platform call needs, once the service already answers."""
    await asyncio.sleep(0.2)
    await asyncio.to_thread(load)
    # What stands now stays: collections need not look through the modules again and again.
    gc.freeze()
