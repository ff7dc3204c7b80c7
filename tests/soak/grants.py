"""What platforms know of grants, played in this process by a table of their lifetimes."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.auth import Auth
from openchannels.connectors.base.insights import AccountInsights
from openchannels.connectors.registry import CONNECTORS, Connector, OAuth
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.platform_client import PlatformClient

HOUR = 3600.0
DAY = 24 * HOUR
BEGIN = 1_790_000_000.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lifetimes as the platform's papers give them, in seconds; None where there is no end.

    `refresh` is the life of the refresh token, or of what stands for one, which a refresh begins
    again where it `slides`. `margin` is how long before that end an unused grant is to be touched.
    `live` says that nothing can be refreshed once the access token has ended.
    """

    access: float | None
    refresh: float | None = None
    slides: bool = False
    margin: float | None = None
    live: bool = False
    rotates: bool = False


SHEETS: Mapping[str, Sheet] = {
    "douyin": Sheet(15 * DAY, 30 * DAY, slides=False, margin=3 * DAY),
    "xhs": Sheet(None),
    "wxSph": Sheet(None),
    "KWAI": Sheet(2 * DAY, 180 * DAY, rotates=True),
    "youtube": Sheet(HOUR, 180 * DAY, slides=True, margin=30 * DAY),
    "wxGzh": Sheet(2 * HOUR),
    "bilibili": Sheet(30 * DAY, 30 * DAY, slides=True, margin=3 * DAY, live=True, rotates=True),
    "twitter": Sheet(2 * HOUR, 180 * DAY, slides=True, margin=30 * DAY, rotates=True),
    "tiktok": Sheet(DAY, 365 * DAY, slides=True, margin=30 * DAY, rotates=True),
    "facebook": Sheet(None, 60 * DAY, slides=True, margin=10 * DAY),
    "instagram": Sheet(60 * DAY, 60 * DAY, slides=True, margin=10 * DAY, live=True),
    "threads": Sheet(60 * DAY, 60 * DAY, slides=True, margin=10 * DAY, live=True),
    "pinterest": Sheet(30 * DAY, 60 * DAY, slides=True, margin=10 * DAY, rotates=True),
    "linkedin": Sheet(60 * DAY, 365 * DAY),
    "google_business": Sheet(HOUR, 180 * DAY, slides=True, margin=30 * DAY),
}  # fmt: skip
RENEWAL = {"douyin": 30 * DAY}
"""A refresh token that keeps its end, unless it is renewed in its last days, for so long."""


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        return self.now


@dataclass
class Grant:
    """What a platform knows of a grant, or what the arithmetic does."""

    sheet: Sheet
    renewal: float | None
    access_end: float | None = None
    end: float | None = None
    newest: str = ""

    def begin(self, now: float) -> None:
        self.access_end = None if self.sheet.access is None else now + self.sheet.access
        self.end = None if self.sheet.refresh is None else now + self.sheet.refresh

    def refresh(self, now: float) -> bool:
        """Move the ends as a refresh does; False if it comes too late."""
        if self.over(now) or (
            self.sheet.live and self.access_end is not None and self.access_end <= now
        ):
            return False
        end = self.end
        self.begin(now)
        if not self.sheet.slides:
            self.end = end
        if self.renewal and end is not None and self.sheet.margin is not None:
            self.end = end + self.renewal if end <= now + self.sheet.margin else end
        return True

    def over(self, now: float) -> bool:
        """Whether the grant has ended."""
        return self.end is not None and self.end <= now

    def due(self, now: float) -> bool:
        """Whether so little time is left that the grant must be refreshed."""
        margin = self.sheet.margin
        return margin is not None and self.end is not None and self.end - margin <= now

    def usable(self, now: float) -> bool:
        return self.access_end is None or self.access_end > now


@dataclass
class World:
    """All grants, and the refreshes made in the thirty days."""

    clock: Clock
    grants: dict[str, Grant] = field(default_factory=dict)
    ends: dict[str, float | None] = field(default_factory=dict)
    refreshed: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    counting: bool = False
    looked: set[str] = field(default_factory=set)
    """Whose figures were read this hour."""
    looked_too_late: int = 0
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def tokens(self, connector: Connector, owner: str) -> Tokens:
        """The tokens of a grant as it stands, new ones each time."""
        grant, number, now = self.grants[owner], next(self.numbers), self.clock()
        access = f"{owner}|{number}"
        self.ends[access] = grant.access_end
        if grant.sheet.rotates or not grant.newest:
            grant.newest = f"{owner}|refresh-{number}"
        fixed = not grant.sheet.slides or connector.id in ("tiktok", "pinterest")
        extra: dict[str, Any] = {"obtained_at": now}
        if grant.sheet.access is None and isinstance(connector.auth, OAuth):
            extra |= {"page_id": "1", "root_token": "r", "root_expires_at": grant.end}
        return Tokens(
            access,
            grant.newest if isinstance(connector.auth, OAuth) else None,
            grant.access_end,
            grant.end if fixed else None,
            connector.auth.config.scopes if isinstance(connector.auth, OAuth) else None,
            extra,
        )

    def look(self, tokens: Tokens) -> AccountFigures:
        """Figures, for which a token must be in force."""
        self.looked.add(tokens.access_token.partition("|")[0])
        end = self.ends[tokens.access_token]
        self.looked_too_late += end is not None and end <= self.clock()
        return AccountFigures(AccountMetrics(fans=1))

    def refresh(self, connector: Connector, tokens: Tokens) -> Tokens:
        owner = tokens.access_token.partition("|")[0]
        grant = self.grants[owner]
        if tokens.refresh_token != grant.newest or not grant.refresh(self.clock()):
            self.refused += 1
            raise PlatformFailure(connector.id, "auth.refresh", Failure(FailureKind.DEAD_GRANT))
        self.refreshed[connector.id] += self.counting
        return self.tokens(connector, owner)


class Looks(AccountInsights):
    """Reads figures in this world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        return self._world.look(tokens)


def played(world: World) -> dict[Platform, Connector]:
    """The connectors, asking this world in place of their platforms."""

    def stand_in(genuine: Connector) -> Connector:
        async def refresh(_self: Auth, _upstream: Any, tokens: Tokens) -> Tokens:
            return world.refresh(genuine, tokens)

        kind, auth = type(genuine), type(genuine.auth)
        played_auth = type(auth.__name__, (auth,), {"refresh": refresh})()
        looks = Looks(world) if genuine.account_insights else None
        parts = {"auth": played_auth, "account_insights": looks}
        made: Connector = type(kind.__name__, (kind,), parts)()
        return made

    return {platform: stand_in(genuine) for platform, genuine in CONNECTORS.items()}
