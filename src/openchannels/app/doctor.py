"""Inspects the installation for `openchannels doctor`."""

from dataclasses import dataclass
from pathlib import Path

from openchannels.app.file_modes import readable_by_others
from openchannels.app.platforms import CALLBACK, build_apps
from openchannels.app.store import inspect_store
from openchannels.connectors.registry import CONNECTORS, Plugin
from openchannels.core.platforms import Platform
from openchannels.service.admin import environment
from openchannels.service.platforms.catalog import PlatformView, platform_views
from openchannels.settings import Settings
from openchannels.store.inspect import DatabaseState


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The state of an installation as a start would find it.

    `problems` prevent a start, keyed by `database` or `keyring`. `redirects` are the redirect URIs
    to register at the platforms. `open_files` are the modes of files that others can read.
    """

    problems: dict[str, str]
    database: DatabaseState
    environment: str | None
    has_keyring: bool
    platforms: list[PlatformView]
    redirects: dict[Platform, str]
    open_files: dict[Path, int]


async def inspect_installation(settings: Settings) -> DoctorReport:
    """Inspects database, keyring and platforms without creating or changing anything."""
    database, has_keyring, problems = await inspect_store(settings)
    public_url = settings.server.base_url()
    apps = build_apps(settings, public_url)
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
        has_keyring=has_keyring,
        platforms=platform_views(CONNECTORS, apps),
        redirects=redirects,
        open_files=readable_by_others(settings),
    )
