"""The page of `/metrics`: what the process counted, and gauges read when it is asked for."""

import platform as python
from collections.abc import Awaitable, Callable, Iterable

from openchannels import __version__
from openchannels.core.platforms import Platform
from openchannels.metrics import declared
from openchannels.metrics.exposition import Exposition, Gauges, Reading
from openchannels.metrics.process import ProcessMetrics
from openchannels.service.admin.figures import StoreFigures
from openchannels.service.services import Services


def build_scrape(
    metrics: ProcessMetrics, services: Services, environment: str
) -> Callable[[], Awaitable[bytes]]:
    """Returns what answers a scrape of this process."""
    exposition = Exposition(metrics)
    about = (__version__, python.python_version(), services.context.db.kind, environment)

    async def scrape() -> bytes:
        found = await services.figures.read()
        build: Gauges = {declared.BUILD: {about: 1}}
        return exposition.render({**build, **_process(services), **_store(found)})

    return scrape


def _process(services: Services) -> Gauges:
    context = services.context
    return {
        declared.UNWRITTEN: {(): len(context.unwritten)},
        declared.OPEN_BREAKERS: _by_platform(context.platforms.open_breakers().items()),
        declared.SPENT_LIMITS: _by_platform(context.platforms.spent_limits().items()),
    }


def _by_platform(counts: Iterable[tuple[Platform, int]]) -> Reading:
    return {(platform,): count for platform, count in counts}


def _store(found: StoreFigures | None) -> Gauges:
    if found is None:
        return {declared.STORE_READABLE: {(): 0}}
    return {
        declared.STORE_READABLE: {(): 1},
        declared.ACCOUNTS: found.accounts,
        declared.DUE_TASKS: {(task,): count for task, (count, _) in found.due.items()},
        declared.DUE_TASK_AGE: {(task,): age for task, (_, age) in found.due.items()},
        declared.PENDING_DELIVERIES: {(): found.pending_deliveries},
        declared.DELIVERY_AGE: {(): found.delivery_age},
    }
