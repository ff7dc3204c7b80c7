"""What a start would find, for `openchannels doctor`."""

from dataclasses import dataclass

from openchannels.app.platforms import CALLBACK, build_apps
from openchannels.app.store import inspect_store
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import AuthType, Platform
from openchannels.service.admin import environment
from openchannels.service.platforms.catalog import PlatformView, platform_views
from openchannels.settings import Settings
from openchannels.store.inspect import DatabaseState


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What a start would find.

    `problems` prevent a start, by what they concern: `database`, `keyring`. `redirects` are the
    addresses to register at the platforms.
    """

    problems: dict[str, str]
    database: DatabaseState
    world: str | None
    has_keyring: bool
    platforms: list[PlatformView]
    redirects: dict[Platform, str]


async def inspect_installation(settings: Settings) -> DoctorReport:
    """Look at what a start would find; makes and changes nothing."""
    database, has_keyring, problems = await inspect_store(settings)
    public_url = settings.server.base_url()
    apps = build_apps(settings, public_url)
    redirects = {
        platform: apps[platform].redirect_uri
        if platform in apps
        else public_url + CALLBACK.format(platform=platform)
        for platform, connector in CONNECTORS.items()
        if connector.auth_type is not AuthType.PLUGIN
    }
    return DoctorReport(
        problems=problems,
        database=database,
        world=database.facts.get(environment.ENVIRONMENT),
        has_keyring=has_keyring,
        platforms=platform_views(CONNECTORS, apps),
        redirects=redirects,
    )
