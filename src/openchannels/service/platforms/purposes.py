"""What the grant of an account suffices for."""

from collections.abc import Sequence
from functools import lru_cache

from openchannels.connectors.registry import Engagement
from openchannels.core.credentials import missing_scopes
from openchannels.core.platforms import Platform
from openchannels.core.purposes import Purpose
from openchannels.service.platforms.catalog import Platforms
from openchannels.transport.platform_app import App

REMEMBERED = 1_024


class GrantedPurposes:
    """Works out purposes; accounts of one platform mostly have the same scopes."""

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms
        self._of = lru_cache(REMEMBERED)(self._worked_out)

    def of(self, platform: Platform, scopes: Sequence[str] | None) -> tuple[Purpose, ...]:
        """The purposes for which an account has all scopes that there are; None is all scopes."""
        return self._of(platform, None if scopes is None else tuple(scopes))

    def _worked_out(
        self, platform: Platform, scopes: tuple[str, ...] | None
    ) -> tuple[Purpose, ...]:
        platforms = self._platforms
        connector, app = platforms.find(platform), platforms.app(platform)
        if connector is None or app is None:
            return ()
        found: list[Purpose] = []
        if not missing_scopes(platforms.required_scopes(connector), scopes):
            found.append("read")
        publisher = platforms.usable(platform, connector.publisher)
        if publisher and (scopes is None or not publisher.missing_scopes(app, scopes)):
            found.append("publish")
        engagement = platforms.usable(platform, connector.engagement)
        if engagement and (scopes is None or _may_all(engagement, app, scopes)):
            found.append("engage")
        return tuple(found)


def _may_all(engagement: Engagement, app: App, scopes: Sequence[str]) -> bool:
    """Whether an account may list comments and do everything that the app may."""
    needs = (engagement.list_scopes, *(r.scopes for r in engagement.interactions(app).values()))
    return not any(engagement.missing_scopes(app, needed, scopes) for needed in needs)
