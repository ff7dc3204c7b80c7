"""A platform fails for a day, in each of five ways, while its tokens are due; then it works again.

No account is marked for it, and each is refreshed within one step of the back-off. What the
platform then refuses for good is marked at once and told once.
"""

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import case, func, select

from openchannels.core.accounts import Account
from openchannels.core.exceptions import PlatformError
from openchannels.service.credentials import schedule
from openchannels.service.credentials.access import Credentials
from openchannels.service.tasks.refresh_due import RefreshDue
from openchannels.store.tables import credentials
from tests.harness.rig import Rig
from tests.soak.family import CONNECTOR, Family, connect, replayed
from tests.soak.program import over_rig, program

HOUR = 3600.0
DAY = 24 * HOUR
KINDS = ("500", "timeout", "reset", "429", "dns")
SHORTEST_STEP, LONGEST_STEP = 60.0, 3600.0
"""What falls due close together is looked for once."""
BREAKER_SECONDS = 30.0
"""An open breaker is one step of its own, before the first call is made again."""
USERS = 5


class Outage:
    """One store and one platform, and tasks that are driven by hand."""

    def __init__(self, rig: Rig, hours: float) -> None:
        self.rig = rig
        self.seconds = hours * HOUR
        self.family = Family()
        context = rig.runtime.services.context
        self.context = replayed(context, send=self.family)
        self.credentials = Credentials(self.context)
        self.task = RefreshDue(self.context, self.credentials.refreshing)
        self.found: Counter[str] = Counter(faults=0)
        self.slowest = 0.0

    async def pass_by(self, kind: str, accounts: list[Account]) -> None:
        """Hours of failures, then as long as it takes until all are refreshed."""
        self.family.outage = kind
        asked, clock = self.family.asked, self.rig.clock
        healed_at = clock() + self.seconds
        asking = 0.0
        while clock() < healed_at:
            await self.look()
            if clock() >= asking:
                await self.use(accounts)
                asking = clock() + HOUR
            await self.on(healed_at)
        self.found[f"calls_{kind}"] += self.family.asked - asked
        self.found["faults"] += self.family.asked == asked
        self.family.outage = None
        before = self.family.refreshed
        while self.family.refreshed - before < len(accounts):
            await self.look()
            if clock() > healed_at + DAY:
                self.found["faults"] += 1
                return
            self.slowest = max(self.slowest, clock() - healed_at)
            await self.on(healed_at + 2 * DAY)

    async def look(self) -> None:
        """All that is due now, as planners would take it."""
        for batch in await self.task.claim(self.task.at_once):
            await self.task.run(batch)

    async def first_due(self) -> float:
        due, held = credentials.c.refresh_at, credentials.c.refresh_held_until
        moment = select(func.min(case((held > due, held), else_=due)))
        return float(await self.context.db.read(lambda c: c.scalar(moment)))

    async def until_due(self) -> None:
        """Let the months pass after which refresh tokens that nobody used would soon die."""
        self.rig.clock.advance(await self.first_due() - self.rig.clock())

    async def on(self, limit: float) -> None:
        """Let time pass until something is due, or for some minutes, but not beyond a moment."""
        now = self.rig.clock()
        ahead = min(await self.first_due(), limit) - now
        self.rig.clock.advance(min(max(ahead, SHORTEST_STEP), LONGEST_STEP))

    async def use(self, accounts: list[Account]) -> None:
        """Some are asked for meanwhile: they are told that it will pass."""
        answers = await asyncio.gather(
            *(self.credentials.open_fresh(account, CONNECTOR) for account in accounts[:USERS]),
            return_exceptions=True,
        )
        told = [one for one in answers if isinstance(one, PlatformError) and one.data["retryable"]]
        self.found["asked_to_wait"] += len(told)
        self.found["faults"] += len(answers) - len(told)


async def soak(rig: Rig, size: int, hours: float = 24) -> dict[str, Any]:
    """Let `size` accounts live through the outages; returns the counts."""
    outage = Outage(rig, hours)
    accounts = await connect(outage.context, outage.family, range(size))
    for kind in KINDS:
        await outage.until_due()
        await outage.pass_by(kind, accounts)
    marked = len(await rig.rows("accounts", status=0))
    told = [row for row in await rig.rows("events") if row["type"] != "account.connected"]
    within = outage.slowest <= schedule.LONGEST_BACK_OFF + BREAKER_SECONDS + SHORTEST_STEP
    reused = outage.family.reused
    outage.found["faults"] += marked + len(told) + reused + (not within)
    ended = await refused(outage, size // 2)
    return {
        **outage.found,
        "marked": marked,
        "reused": reused,
        "slowest_success_seconds": round(outage.slowest),
        **ended,
        "faults": outage.found["faults"] + sum(n != ended["ended_grants"] for n in ended.values()),
    }


async def refused(outage: Outage, count: int) -> dict[str, int]:
    """`invalid_grant`: some families end, and each account is marked by its first refresh."""
    rig, family = outage.rig, outage.family
    await outage.until_due()
    family.dead.update(range(count))
    until = rig.clock() + DAY
    while rig.clock() < until:
        await outage.look()
        await outage.on(until)
    marked = len(await rig.rows("accounts", status=0, reason="grant_dead"))
    events = [row for row in await rig.rows("events") if row["type"] == "account.offline"]
    return {
        "ended_grants": count,
        "calls_until_marked": family.refused,
        "marked_at_once": marked,
        "events": len(events),
    }


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 200)
