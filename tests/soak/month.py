"""Thirty days of a simulated clock over accounts of all platforms with their real lifetimes.

A third of a year of connecting goes before, so that accounts of every age are among them. Some
are used every hour, some every day, most never. The platforms are played in this process, below
the connectors' own rules of when to refresh but without HTTP, by the table of lifetimes that
stands here; the same table, by arithmetic of its own, says how few refreshes would have done.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from openchannels.app.bootstrap import open_runtime
from openchannels.connectors.base.auth import Auth
from openchannels.connectors.registry import CONNECTORS, Connector, OAuth
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.accounts import upsert
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.tasks.expiry_notices import ExpiryNotices
from openchannels.service.tasks.refresh_due import RefreshDue
from openchannels.settings import load_settings
from openchannels.store.database import Connection
from openchannels.store.tables import accounts
from tests.harness.settings import store_environ
from tests.soak.family import replayed
from tests.soak.program import Figures, program

HOUR = 3600.0
DAY = 24 * HOUR
DAYS, DAYS_BEFORE = 30, 140
BEGIN = 1_790_000_000.0
AT_ONCE = 200
SLACK = 0.05
"""Of the refreshes that would have done, so many more are allowed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lifetimes as the platform's papers give them, in seconds; None where there is no end.

    `refresh` is the life of the refresh token, or of what stands for one, which a refresh begins
    anew where it `slides`. `margin` is how long before that end an unused grant is to be touched.
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
USES = {"hourly": 4, "daily": 36, "idle": 60}
"""Of a hundred accounts of a platform."""


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
        over = self.end is not None and self.end <= now
        if over or (self.sheet.live and self.access_end is not None and self.access_end <= now):
            return False
        end = self.end
        self.begin(now)
        if not self.sheet.slides:
            self.end = end
        if self.renewal and end is not None and self.sheet.margin is not None:
            self.end = end + self.renewal if end <= now + self.sheet.margin else end
        return True

    def due(self, now: float) -> bool:
        """Whether waiting any longer would be careless."""
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

    def refresh(self, connector: Connector, tokens: Tokens) -> Tokens:
        owner = tokens.access_token.partition("|")[0]
        grant = self.grants[owner]
        if tokens.refresh_token != grant.newest or not grant.refresh(self.clock()):
            self.refused += 1
            raise PlatformFailure(connector.id, "auth.refresh", Failure(FailureKind.DEAD_GRANT))
        self.refreshed[connector.id] += self.counting
        return self.tokens(connector, owner)


def played(world: World) -> dict[Platform, Connector]:
    """The connectors, asking this world in place of their platforms."""

    def stand_in(genuine: Connector) -> Connector:
        async def refresh(_self: Auth, _upstream: Any, tokens: Tokens) -> Tokens:
            return world.refresh(genuine, tokens)

        kind, auth = type(genuine), type(genuine.auth)
        played_auth = type(auth.__name__, (auth,), {"refresh": refresh})()
        made: Connector = type(kind.__name__, (kind,), {"auth": played_auth})()
        return made

    return {platform: stand_in(genuine) for platform, genuine in CONNECTORS.items()}


@dataclass
class Creator:
    """An account, how often it is used, and the same grant under the fewest refreshes."""

    account: Account
    use: str
    hour: int
    ideal: Grant

    def used(self, hour: int) -> bool:
        return self.use == "hourly" or (self.use == "daily" and hour % 24 == self.hour)


class Month:
    """The run."""

    def __init__(self, context: Context, world: World) -> None:
        self.world = world
        self.connectors = played(world)
        self.context = replayed(context, connectors=self.connectors)
        self.credentials = Credentials(self.context)
        self.tasks = (
            RefreshDue(self.context, self.credentials.refreshing),
            ExpiryNotices(self.context, self.credentials.account_health),
        )
        self.creators: list[Creator] = []
        self.fewest: Counter[str] = Counter()
        self.found: Counter[str] = Counter()

    async def connect(self, numbers: range) -> None:
        """People of all platforms in turn connect today."""
        people = list(map(self._candidate, numbers))
        stored = await self.context.db.write(self._store, people)
        uses = [name for name, share in USES.items() for _ in range(share)]
        for number, account in zip(numbers, stored, strict=True):
            turn = number // len(SHEETS)
            # 37 and 100 have no factor in common, so that each use falls on every age.
            use = uses[turn * 37 % 100]
            ideal = replace(self.world.grants[_owner(number)])
            self.creators.append(Creator(account, use, turn % 24, ideal))

    def _candidate(self, number: int) -> Candidate:
        name = list(SHEETS)[number % len(SHEETS)]
        connector = self.connectors[Platform(name)]
        grant = self.world.grants[_owner(number)] = Grant(SHEETS[name], RENEWAL.get(name))
        grant.begin(self.world.clock())
        tokens = self.world.tokens(connector, _owner(number))
        return Candidate(Profile(connector.id, f"{10**9 + number}", f"Person {number}"), tokens)

    def _store(self, connection: Connection, people: list[Candidate]) -> list[Account]:
        how = UpsertOptions(
            user_id="soak", group_id=None, group_given=False, actor="service", app_id="app",
            takeover=False, now=self.world.clock(),
        )  # fmt: skip
        return [
            account
            for one in people
            for account in upsert.store_accounts(
                connection, self.context.vault, self.connectors[one.profile.platform], [one], how
            )
        ]

    async def work(self) -> None:
        """What is due by now, as planners would take it."""
        for task in self.tasks:
            while batches := await task.claim(task.at_once):
                await asyncio.gather(*map(task.run, batches))

    async def use(self, hour: int) -> None:
        """Everybody whose hour it is uses an account."""
        now = [one for one in self.creators if one.used(hour)]
        for start in range(0, len(now), AT_ONCE):
            await asyncio.gather(*map(self._use, now[start : start + AT_ONCE]))

    async def _use(self, creator: Creator) -> None:
        account = creator.account
        self.found["uses"] += 1
        try:
            live = await self.credentials.open_fresh(account, self.connectors[account.platform])
        except Exception as error:
            self.found[f"failed_{type(error).__name__}"] += 1
            self.found["faults"] += 1
            return
        end = self.world.ends[live.tokens.access_token]
        self.found["used_after_its_end"] += end is not None and end <= self.world.clock()

    def reckon(self, hour: int) -> None:
        """The fewest refreshes, by the table alone."""
        now = self.world.clock()
        for one in self.creators:
            wanted = one.used(hour) and not one.ideal.usable(now)
            if one.ideal.due(now) or wanted:
                self.found["faults"] += not one.ideal.refresh(now)
                self.fewest[one.account.platform] += self.world.counting


def _owner(number: int) -> str:
    return f"person-{number}"


async def run(
    folder: Path,
    database: str | None,
    size: int,
    days: int = DAYS,
    days_before: int = DAYS_BEFORE,
) -> Figures:
    """Connect, live through the days, and count."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    clock = Clock()
    environ = {**store_environ(database), "OPENCHANNELS_SANDBOX__URL": "http://127.0.0.1:9"}
    settings = load_settings(data_dir=folder, environ=environ)
    runtime = await open_runtime(settings, public_url="http://127.0.0.1", clock=clock)
    month = Month(runtime.services.context, World(clock))
    try:
        await _grow(month, size, days_before)
        month.world.counting = True
        for hour in range(days * 24):
            month.reckon(hour)
            await month.work()
            await month.use(hour)
            clock.now += HOUR
        return await _count(month)
    finally:
        await runtime.close()


async def _grow(month: Month, size: int, days: int) -> None:
    """The days before: nobody uses anything yet, and background work goes on."""
    for day in range(days):
        await month.connect(range(size * day // days, size * (day + 1) // days))
        for _ in range(2):
            month.reckon(-1)
            await month.work()
            month.world.clock.now += DAY / 2


async def _count(month: Month) -> Figures:
    rows = await month.context.db.read(_rows)
    lost = [row for row in rows if row.status != 1]
    too_late = sum(
        grant.end is not None and grant.end <= month.world.clock()
        for grant in month.world.grants.values()
    )
    made, fewest = month.world.refreshed.total(), month.fewest.total()
    over = round(made / max(fewest, 1) - 1, 4)
    found = month.found
    faults = found["faults"] + found["used_after_its_end"] + len(lost) + too_late
    faults += month.world.refused + (over > SLACK)
    return {
        "accounts": len(rows),
        "uses": found["uses"],
        "used_after_its_end": found["used_after_its_end"],
        "lost": len(lost) + too_late,
        "refused": month.world.refused,
        "refreshes": made,
        "fewest": fewest,
        "over_percent": round(100 * over, 2),
        "faults": faults,
    }


def _rows(connection: Connection) -> Any:
    return connection.execute(accounts.select()).all()


if __name__ == "__main__":
    program(__doc__, run, 5000)
