"""The page of `/metrics`: what the process counted, and gauges read when it is asked for."""

import platform as python
from collections.abc import Awaitable, Callable, Iterable

from openchannels import __version__
from openchannels.app.siblings import Siblings
from openchannels.core.platforms import Platform
from openchannels.metrics import declared
from openchannels.metrics.cells import Reading
from openchannels.metrics.exposition import Exposition, Gauges
from openchannels.metrics.process import ProcessMetrics
from openchannels.service.admin.figures import StoreFigures
from openchannels.service.services import Services


def build_scrape(
    metrics: ProcessMetrics,
    services: Services,
    environment: str,
    siblings: Siblings | None = None,
) -> Callable[[], Awaitable[bytes]]:
    """Returns what answers a scrape of this process, for all that serve with it."""
    exposition = Exposition(metrics, siblings.process_ids if siblings else None)
    about = (__version__, python.python_version(), services.context.db.kind, environment)

    async def scrape() -> bytes:
        found = await services.figures.read()
        build: Gauges = {declared.BUILD: {about: 1}}
        own = process_gauges(services)
        process = own if siblings is None else siblings.together(own)
        serving: Gauges = {declared.SERVING: {(): 1 if siblings is None else siblings.count}}
        return exposition.render({**build, **serving, **process, **_store(found)})

    return scrape


def process_gauges(services: Services) -> Gauges:
    """Returns the gauges that each process has for itself."""
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
        declared.PUBLICATIONS_UNDER_WAY: found.publications,
        declared.DUE_TASKS: {(task,): count for task, (count, _) in found.due.items()},
        declared.DUE_TASK_AGE: {(task,): age for task, (_, age) in found.due.items()},
        declared.PENDING_DELIVERIES: {(): found.pending_deliveries},
        declared.DELIVERY_AGE: {(): found.delivery_age},
    }
