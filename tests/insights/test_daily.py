"""Daily snapshots: whose, when, and what happens to one that fails; and how long they are kept."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platform_errors import FailureKind, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.service.credentials.schedule import next_snapshot
from openchannels.service.tasks.daily_snapshots import DailySnapshots
from openchannels.store.queries import daily
from tests.harness.fixtures import OpenRig
from tests.harness.rig import Rig
from tests.harness.tasks import run_due, task_named
from tests.insights.conftest import Scene
from tests.insights.made_up import Played, PlayedAccount

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY, HOUR = 86_400.0, 3600.0


async def run(rig: Rig) -> int:
    return await run_due(rig.runtime.services, "snapshot")


async def due(scene: Scene) -> float:
    """Plan the account, and move the clock to when its snapshot is due."""
    await run(scene.tool.rig)
    (row,) = await scene.tool.rig.rows("credentials", account_id=scene.account)
    moment: float = row["snapshot_at"]
    scene.tool.rig.clock.hold(moment)
    return moment


async def test_each_account_has_its_time_of_the_day(scene: Scene) -> None:
    rig = scene.tool.rig
    first = rig.clock()
    moment = await due(scene)
    assert moment == next_snapshot(scene.account, first)
    assert first < moment <= first + DAY
    assert scene.played.asked == []
    for day in range(3):
        rig.clock.hold(moment + day * DAY)
        assert await run(rig) == 1
        assert await run(rig) == 0
    kept = await rig.rows("snapshots")
    assert [row["at"] for row in kept] == pytest.approx([moment + n * DAY for n in range(3)], abs=1)
    assert {(row["user_id"], row["work_id"]) for row in kept} == {(scene.tool.user_id, None)}
    spread = sorted(next_snapshot(f"account-{n}", first) - first for n in range(200))
    assert max(later - one for one, later in pairwise(spread)) < DAY / 20


async def test_a_batch_that_runs_twice_takes_one(scene: Scene) -> None:
    await due(scene)
    task = task_named(scene.tool.rig.runtime.services, "snapshot")
    (ids,) = await task.claim(10)
    assert await task.claim(10) == []
    await task.run(ids)
    await task.run(ids)
    assert len(scene.played.asked) == 1


@pytest.mark.parametrize(
    ("kind", "again"),
    [(FailureKind.UNAVAILABLE, True), (FailureKind.RATE_LIMITED, True),
     (FailureKind.PERMISSION, False), (FailureKind.DEAD_GRANT, False)],
)  # fmt: skip
async def test_what_passes_is_tried_again_within_the_day(
    scene: Scene, kind: FailureKind, again: bool
) -> None:
    clock, rig = scene.tool.rig.clock, scene.tool.rig
    moment = await due(scene)
    scene.played.failures = [kind]
    await run(rig)
    (before,) = await rig.rows("credentials")
    clock.advance(600.0)
    assert await run(rig) == 0
    clock.advance(HOUR)
    assert await run(rig) == again
    assert len(scene.played.asked) == 1 + again
    (after,) = await rig.rows("credentials")
    assert (before["failures"], after["failures"]) == (0, 0)
    assert after["snapshot_at"] == moment + DAY


async def test_who_is_offline_or_a_day_late_is_passed_over(scene: Scene) -> None:
    rig = scene.tool.rig
    moment = await due(scene)
    rig.clock.hold(moment + 5 * DAY + 1.0)
    assert await run(rig) == 1
    (row,) = await rig.rows("credentials")
    assert row["snapshot_at"] == moment + 6 * DAY
    scene.played.failures = [FailureKind.DEAD_GRANT]
    await scene.figures()
    asked = len(scene.played.asked)
    rig.clock.hold(moment + 6 * DAY)
    assert await run(rig) == 1
    assert len(scene.played.asked) == asked
    assert await rig.rows("snapshots") == []


async def test_a_clock_that_was_ahead_holds_nothing(scene: Scene) -> None:
    rig = scene.tool.rig
    await due(scene)
    values = {"snapshot_at": rig.clock() + 40 * DAY}
    await rig.runtime.db.write(daily.reschedule, scene.account, values)
    assert await run(rig) == 1
    (row,) = await rig.rows("credentials")
    assert row["snapshot_at"] <= rig.clock() + DAY


async def test_the_last_fifth_of_a_quota_is_left_to_callers(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, left = scene.tool.rig, [3.0]
    platforms = rig.runtime.services.context.platforms
    connector = platforms.connector(Platform("youtube"))
    reset = rig.clock() + 40 * DAY

    async def fetch(client: Any, account: Any, tokens: Any, period: Any) -> Any:
        scene.played.note(client.platform, period)
        await connector.accounts.candidates(client, tokens)
        return scene.played.account

    quota = lambda _: [RemainingQuota(left[0], reset, limit=10)]  # noqa: E731
    monkeypatch.setattr(connector, "remaining_quotas", quota)
    monkeypatch.setattr(connector.account_insights, "fetch", fetch)
    kept = []
    for remaining in (3.0, 2.0, 2.0):
        left[0] = remaining
        await due(scene)
        await run(rig)
        kept.append(len(await rig.rows("snapshots")))
    assert kept == [1, 2, 2]
    left[0] = 9.0
    assert (await scene.figures()).code == 0
    rig.clock.advance(2 * HOUR)
    await run(rig)
    assert len(await rig.rows("snapshots")) == 4


async def test_only_named_platforms_are_read_each_day(
    rig_with: OpenRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("youtube", "bilibili"):
        connector = CONNECTORS[Platform(name)]
        monkeypatch.setattr(connector, "account_insights", PlayedAccount(Played()))
    rig = await rig_with(environ={"OPENCHANNELS_SNAPSHOTS__DAILY": "youtube"})
    tool = await rig.tool()
    for name in ("youtube", "bilibili"):
        await tool.connected(name)
    for named, planned in ((("youtube",), {"youtube"}), (("bilibili",), {"bilibili"})):
        rules = replace(rig.runtime.services.context.rules, daily_snapshots=named)
        task = DailySnapshots(
            replace(rig.runtime.services.context, rules=rules),
            rig.runtime.services.account_analytics,
        )
        for hours in (0, 24, 24):
            rig.clock.advance(hours * HOUR)
            for ids in await task.claim(10):
                await task.run(ids)
        rows = await rig.rows("credentials")
        assert {row["platform"] for row in rows if row["snapshot_at"]} == planned
