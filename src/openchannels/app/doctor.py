"""Inspects the installation for `openchannels doctor`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from openchannels.app.background_tasks import job_store
from openchannels.app.file_modes import readable_by_others
from openchannels.app.platforms import CALLBACK, build_apps
from openchannels.app.store import inspect_store
from openchannels.connectors.registry import CONNECTORS, Plugin
from openchannels.core.platforms import Platform
from openchannels.service.admin import environment
from openchannels.service.platforms.catalog import PlatformView, platform_views
from openchannels.settings import Settings
from openchannels.store.inspect import DatabaseState, explain, may_use_schema
from openchannels.store.queries.moving import move_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The state of an installation as a start would find it.

    `problems` prevent a start or background work, keyed by `database`, `keyring` or `background`.
    `moving_since` is when the store began to move to another installation, in Unix seconds.
    `redirects` are the redirect URIs to register at the platforms. `open_files` are the
    modes of files that others can read.
    """

    problems: dict[str, str]
    database: DatabaseState
    environment: str | None
    moving_since: float | None
    has_keyring: bool
    platforms: list[PlatformView]
    redirects: dict[Platform, str]
    open_files: dict[Path, int]


async def inspect_installation(settings: Settings) -> DoctorReport:
    """Inspects database, keyring and platforms without creating or changing anything."""
    database, has_keyring, problems = await inspect_store(settings)
    if "database" not in problems and (background := await _background_problem(settings)):
        problems["background"] = background
    public_url = settings.server.base_url()
    apps = build_apps(settings, public_url)
    move = move_of(database.facts)
    redirects = {
        platform: apps[platform].redirect_uri
        if platform in apps
        else public_url + CALLBACK.format(platform=platform)
        for platform, connector in CONNECTORS.items()
        if not isinstance(connector.auth, Plugin)
    }
    return DoctorReport(
        problems=problems,
        database=database,
        environment=database.facts.get(environment.ENVIRONMENT),
        moving_since=None if move is None else move.since,
        has_keyring=has_keyring,
        platforms=platform_views(CONNECTORS, apps),
        redirects=redirects,
        open_files=readable_by_others(settings),
    )


async def _background_problem(settings: Settings) -> str | None:
    """Returns why background work could not run; None if it can."""
    store = job_store(settings)
    try:
        if store.schema is None:
            # Imported late because it takes half a second.
            from openchannels.jobs.trial import try_sqlite_jobs

            await asyncio.to_thread(try_sqlite_jobs, store)
        elif not await may_use_schema(settings.database_url, store.schema):
            return f"The user of the database may not create the schema {store.schema}, or use it."
    except Exception as error:
        log.debug("background work cannot run", exc_info=True)
        return f"Background work cannot run: {explain(error)}."
    return None
