"""Thirty days of a simulated clock over accounts of all platforms with their real lifetimes.

A third of a year of connecting goes before, so that accounts of every age are among them. Some
are used every hour, some every day, most never. Ten days more follow in which a snapshot of each
account is taken every day, which is a use like any other. The platforms are played in this process,
below the connectors' own rules of when to refresh but without HTTP, by the table of lifetimes in
`grants.py`; the same table, by arithmetic of its own, says how few refreshes would have done.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openchannels.app.bootstrap import open_runtime
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.platforms import Platform
from openchannels.service.accounts import upsert
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.insights.accounts import AccountAnalytics
from openchannels.service.insights.snapshots import Snapshots
from openchannels.service.tasks.daily_snapshots import DailySnapshots
from openchannels.service.tasks.expiry_notices import ExpiryNotices
from openchannels.service.tasks.refresh_due import RefreshDue
from openchannels.service.tasks.task import Task
from openchannels.settings import load_settings
from openchannels.store.database import Connection
from openchannels.store.tables import accounts, snapshots
from tests.harness.settings import store_environ
from tests.soak.family import replayed
from tests.soak.grants import DAY, HOUR, RENEWAL, SHEETS, Clock, Grant, World, played
from tests.soak.program import Figures, program

DAYS, DAYS_BEFORE, DAYS_LOOKED_AT = 30, 140, 10
AT_ONCE = 200
SLACK = 0.05
"""Of the refreshes that would have done, so many more are allowed."""
USES = {"hourly": 4, "daily": 36, "idle": 60}
"""Of a hundred accounts of a platform."""


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
        self.tasks: list[Task] = [
            RefreshDue(self.context, self.credentials.refreshing),
            ExpiryNotices(self.context, self.credentials.account_health),
        ]
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

    def look_daily(self) -> None:
        """From now on a snapshot of each account is taken every day."""
        calls = AccountCalls(self.context, self.credentials)
        analytics = AccountAnalytics(self.context, calls, Snapshots(self.context))
        self.tasks.append(DailySnapshots(self.context, analytics))

    async def hour(self, hour: int) -> None:
        """All that happens in an hour."""
        self.world.looked.clear()
        await self.work()
        await self.use(hour)
        self.reckon(hour)
        self.world.clock.now += HOUR

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
        for number, one in enumerate(self.creators):
            used = one.used(hour) or _owner(number) in self.world.looked
            wanted = used and not one.ideal.usable(now)
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
    days_looked_at: int = DAYS_LOOKED_AT,
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
            await month.hour(hour)
        month.look_daily()
        for hour in range(days * 24, (days + days_looked_at) * 24):
            await month.hour(hour)
        return await _count(month, days_looked_at)
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


async def _count(month: Month, days_looked_at: int) -> Figures:
    rows, looks = await month.context.db.read(_rows)
    clock = month.world.clock()
    lost = [row for row in rows if row.status != 1]
    # A grant whose end nothing moves, such as KWAI's after 180 days, is not lost by us.
    too_late = sum(
        month.world.grants[_owner(number)].over(clock) and not one.ideal.over(clock)
        for number, one in enumerate(month.creators)
    )
    made, fewest = month.world.refreshed.total(), month.fewest.total()
    over = round(made / max(fewest, 1) - 1, 4)
    found = month.found
    found["used_after_its_end"] += month.world.looked_too_late
    told = [row for row in rows if month.connectors[Platform(row.platform)].account_insights]
    # The first day plans them.
    missed = max(0, len(told) * (days_looked_at - 1) - looks)
    faults = found["faults"] + found["used_after_its_end"] + len(lost) + too_late + missed
    faults += month.world.refused + (over > SLACK)
    return {
        "accounts": len(rows),
        "uses": found["uses"],
        "used_after_its_end": found["used_after_its_end"],
        "snapshots": looks,
        "missed": missed,
        "lost": len(lost) + too_late,
        "refused": month.world.refused,
        "refreshes": made,
        "fewest": fewest,
        "over_percent": round(100 * over, 2),
        "faults": faults,
    }


def _rows(connection: Connection) -> tuple[Any, int]:
    """The accounts, and the number of snapshots."""
    return (
        connection.execute(accounts.select()).all(),
        len(connection.execute(snapshots.select()).all()),
    )


if __name__ == "__main__":
    program(__doc__, run, 5000)
