"""Looks at an installation, as a start would find it and as clients and platforms do."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from openchannels.app.background_tasks import job_store
from openchannels.app.file_modes import readable_by_others
from openchannels.app.platforms import CALLBACK, build_apps
from openchannels.app.store import inspect_store
from openchannels.connectors.registry import CONNECTORS, OAuth, Plugin
from openchannels.core.platforms import Platform
from openchannels.service.admin import environment
from openchannels.service.platforms.catalog import PlatformView, platform_views
from openchannels.settings import Settings
from openchannels.store.inspect import DatabaseState, explain, may_use_schema
from openchannels.store.pooling import shares_sessions
from openchannels.store.queries.moving import move_of
from openchannels.store.rights import Rights, read_rights
from openchannels.transport.reach import Reached, reach

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Network:
    """What other hosts answered: the public address, and platforms or their sandbox by host."""

    public: Reached
    hosts: Mapping[str, Reached]


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The state of an installation.

    `problems` prevent a start or background work, keyed by `database`, `keyring` or `background`.
    `moving_since` is when the store began to move to another installation, in Unix seconds.
    `redirects` are the redirect URIs to register at the platforms. `open_files` are the
    modes of files that others can read, `free` the free bytes of the folders that are written to.
    `shares_sessions` says whether a pooler in transaction mode stands before PostgreSQL.
    `network` is None where no other host was asked.
    """

    public_url: str
    problems: dict[str, str]
    database: DatabaseState
    rights: Rights | None
    environment: str | None
    moving_since: float | None
    has_keyring: bool
    platforms: list[PlatformView]
    redirects: dict[Platform, str]
    open_files: dict[Path, int]
    free: dict[Path, int] = field(default_factory=dict)
    shares_sessions: bool = False
    network: Network | None = None


async def inspect_installation(
    settings: Settings, *, network: bool, serving_at: str | None = None
) -> DoctorReport:
    """Looks at everything without creating or changing anything.

    Without `network` no other host is asked. A process that serves already gives its public URL:
    the rows of the database are not read then, and background work is not tried.
    """
    serving = serving_at is not None
    database, has_keyring, problems = await inspect_store(settings, contents=not serving)
    usable = "database" not in problems
    if usable and not serving and (background := await _background_problem(settings)):
        problems["background"] = background
    public_url = serving_at or settings.server.base_url()
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
        public_url=public_url,
        problems=problems,
        database=database,
        rights=await read_rights(settings.database_url) if usable and database.exists else None,
        environment=database.facts.get(environment.ENVIRONMENT),
        moving_since=None if move is None else move.since,
        has_keyring=has_keyring,
        platforms=platform_views(CONNECTORS, apps),
        redirects=redirects,
        open_files=readable_by_others(settings),
        free=_free_bytes(settings),
        shares_sessions=await _shares_sessions(settings) if usable else False,
        network=await _ask_hosts(settings, public_url) if network else None,
    )


async def _shares_sessions(settings: Settings) -> bool:
    return settings.uses_postgresql and await shares_sessions(settings.database_url)


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


def _free_bytes(settings: Settings) -> dict[Path, int]:
    """Free bytes by folder; of one that is not there yet, those of the folder it will be in."""
    folders = [settings.data_dir]
    if not settings.uses_postgresql:
        folders.append(Path(settings.database_url.removeprefix("sqlite:///")).parent)
    if settings.assets.s3.bucket is None:
        folders.append(settings.assets.directory or settings.data_dir)
    found = {}
    for folder in dict.fromkeys(path.absolute() for path in folders):
        present = next(path for path in (folder, *folder.parents) if path.exists())
        found[folder] = shutil.disk_usage(present).free
    return found


async def _ask_hosts(settings: Settings, public_url: str) -> Network:
    proxy = settings.upstream.proxy.get_secret_value() if settings.upstream.proxy else None
    addresses = _addresses(settings)
    public, *others = await asyncio.gather(
        reach(f"{public_url}/health"), *(reach(url, proxy) for url in addresses.values())
    )
    return Network(public, dict(zip(addresses, others, strict=True)))


def _addresses(settings: Settings) -> dict[str, str]:
    """Addresses to ask, by host: the sandbox's, or where configured platforms give tokens.

    A mounted sandbox is in the server itself.
    """
    if settings.sandbox.url is not None:
        return {urlsplit(settings.sandbox.url).netloc: settings.sandbox.url}
    if settings.sandbox.mounted:
        return {}
    found = {}
    for platform, app in build_apps(settings, "").items():
        auth = CONNECTORS[platform].auth
        if isinstance(auth, OAuth):
            host = urlsplit(auth.oauth_config(app).token_url).netloc
            found[host] = f"https://{host}/"
    return found
