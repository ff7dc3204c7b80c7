"""Posts scheduled over one hour, with two minutes in which we stand still and two of a platform.

Time is a clock that the program moves, half a second at a time, as the planner looks. None goes out
early or twice, each at most its wait for the planner late unless something was away, and no cap
of the platform is exceeded.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.publisher import Job, Publisher
from openchannels.core import ids
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Cap,
    Content,
    NotPublished,
    Outcome,
    Published,
    PublishStatus,
    Settled,
    Stage,
)
from openchannels.store.queries import publications as store
from openchannels.transport.platform_client import PlatformClient
from tests.harness.rig import Rig
from tests.harness.tasks import run_due
from tests.soak.program import Figures, over_rig, program

HOUR = 3600.0
STEP = 0.5
STILL = (900.0, 1020.0)
"""Seconds of the hour in which this service does nothing."""
AWAY = (1800.0, 1920.0)
"""The same, in which one of the platforms answers nothing."""
RECOVERY = 600.0
"""After which nothing is late any more because of an outage."""
PLATFORMS = ("youtube", "bilibili")
ACCOUNTS = 50
CAP = Cap(240, HOUR)
AFTER_HOURS = 5


@dataclass
class Hour:
    """What came out: platform, account and moment, by title."""

    began: float
    out: dict[str, list[tuple[str, float]]]
    by_account: dict[str, list[float]]


class TimedPublisher(Publisher):
    """Publishes at once, unless its platform is away."""

    caps: Sequence[Cap] = (CAP,)  # type: ignore[misc]

    def __init__(self, rig: Rig, hour: Hour, *, goes_away: bool) -> None:
        self._rig, self._hour, self._goes_away = rig, hour, goes_away

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        now = self._rig.clock()
        since = now - self._hour.began
        if self._goes_away and AWAY[0] <= since < AWAY[1]:
            reading = Failure(FailureKind.UNAVAILABLE)
            raise PlatformFailure(client.platform, "publish", reading, http_status=503, sent=False)
        self._hour.out[job.content.title].append((account.id, now))
        self._hour.by_account[account.id].append(now)
        return Published(job.content.title, f"https://played.example/{job.id}")

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        return NotPublished()


async def scheduled(rig: Rig, size: int) -> Figures:
    """Schedules `size` posts and lets the hour pass."""
    rig.clock.hold()
    hour = Hour(rig.clock(), defaultdict(list), defaultdict(list))
    platforms = rig.runtime.services.context.platforms
    for platform in PLATFORMS:
        publisher = TimedPublisher(rig, hour, goes_away=platform == PLATFORMS[1])
        platforms.connector(Platform(platform)).publisher = publisher  # type: ignore[misc]
    accounts = await _accounts(rig)
    at = {f"post {n}": hour.began + 30 + (n * (HOUR - 60)) / size for n in range(size)}
    for number, (title, moment) in enumerate(at.items()):
        # Every tenth post goes to one account, which has more than its cap lets out.
        busy = number % 10 == 0
        platform, account, user = accounts[0] if busy else accounts[number % len(accounts)]
        row = _row(user, account, platform, title, moment, hour.began)
        await rig.runtime.db.write(store.insert_one, row, [])
    await _pass(rig, hour)
    return await _counted(rig, hour, at, accounts[0][1])


async def _accounts(rig: Rig) -> list[tuple[str, str, str]]:
    tool = await rig.tool()
    found = []
    for number in range(ACCOUNTS):
        platform = PLATFORMS[number % len(PLATFORMS)]
        account = await tool.connected(platform, f"person-{number}")
        found.append((platform, account, tool.user_id))
    return found


def _row(
    user: str, account: str, platform: str, title: str, moment: float, now: float
) -> dict[str, Any]:
    return {
        "id": ids.new_object_id(),
        "flow_id": title,
        "user_id": user,
        "account_id": account,
        "platform": platform,
        "content": Content(title=title).as_json(),
        "option": {},
        "request_digest": bytes(32),
        "publish_at": moment,
        "status": int(PublishStatus.WAITING),
        "stage": Stage.QUEUED.value,
        "warnings": [],
        "source": "api",
        "material": {},
        "reports": [],
        "stage_since": now,
        "due_at": moment,
        "created_at": now,
        "updated_at": now,
    }


async def _pass(rig: Rig, hour: Hour) -> None:
    """Lets time pass; after the hour in larger steps, until what a cap holds back is out."""
    end = hour.began + (1 + AFTER_HOURS) * HOUR
    while rig.clock() < end:
        since = rig.clock() - hour.began
        step = STEP if since < HOUR + RECOVERY else 30.0
        rig.clock.hold(rig.clock() + step)
        if not STILL[0] <= since < STILL[1]:
            while await run_due(rig.runtime.services, "publish"):
                pass


async def _counted(rig: Rig, hour: Hour, at: dict[str, float], busy: str) -> Figures:
    rows = await rig.rows("publications")
    states = Counter(PublishStatus(row["status"]).name for row in rows)
    early = sum(out < at[title] for title, found in hour.out.items() for _, out in found)
    twice = sum(len(found) > 1 for found in hour.out.values())
    free, troubled = [], []
    for title, found in hour.out.items():
        account, moment = found[0]
        if account == busy:
            continue
        late, since = moment - at[title], at[title] - hour.began
        calm = all(not first <= since < last + RECOVERY for first, last in (STILL, AWAY))
        (free if calm else troubled).append(late)
    over = sum(_exceeds(moments) for moments in hour.by_account.values())
    missing = len(at) - len(hour.out)
    return {
        "posts": len(at),
        "out": len(hour.out),
        "states": dict(states),
        "early": early,
        "twice": twice,
        "missing": missing,
        "late_seconds_p50": _at(free, 0.5),
        "late_seconds_p99": _at(free, 0.99),
        "late_seconds_after_outages_p99": _at(troubled, 0.99),
        "held_by_a_cap": len(hour.by_account[busy]),
        "caps_exceeded": over,
        "faults": early + twice + over + missing,
    }


def _exceeds(moments: list[float]) -> bool:
    """Whether more than the cap went out within its time."""
    pairs = zip(moments, moments[CAP.most :], strict=False)
    return any(later - first < CAP.seconds for first, later in pairs)


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else 0.0


run = over_rig(scheduled)

if __name__ == "__main__":
    program(__doc__, run, 10_000)
