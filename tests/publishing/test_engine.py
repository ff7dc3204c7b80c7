"""The engine over a made-up platform: never twice, never lost, and never silent."""

import asyncio

import pytest

from openchannels.core import errors
from openchannels.core.platform_errors import FailureKind
from openchannels.core.publications import (
    Accepted,
    Cap,
    Later,
    LinkStatus,
    NeedsAction,
    PublicationRefused,
    PublishStatus,
    Scheduled,
    Stage,
)
from openchannels.service.publishing.committing import COMMIT_SECONDS
from openchannels.service.publishing.engine import AFTER_FAULT_SECONDS
from openchannels.service.publishing.transitions import Transitions
from tests.harness.paths import API
from tests.publishing.conftest import HOUR, Desk
from tests.publishing.made_up import failing, lost

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_goes_out_at_its_time(desk: Desk) -> None:
    at = desk.rig.clock() + 90
    one = await desk.add("Rye", at)
    await desk.pass_time(80, step=20)
    assert desk.world.out == {}
    assert (await desk.get(one)).status is PublishStatus.WAITING
    await desk.pass_time(20, step=10)
    assert desk.world.out == {"w0": "Rye"}
    found = await desk.get(one)
    assert (found.status, found.work_id) == (PublishStatus.PUBLISHED, "w0")
    assert found.work_link == "https://played.example/w0"
    await desk.pass_time(HOUR, step=600)
    # A look that adds nothing takes nothing away.
    found = await desk.get(one)
    assert (found.stage, found.link_status) == (Stage.DONE, LinkStatus.READY)
    assert await desk.events(one) == ["publish.publishing", "publish.published"]


@pytest.mark.parametrize("acted", [True, False])
async def test_a_lost_answer_is_settled(desk: Desk, acted: bool) -> None:
    faults = desk.world.after_commit if acted else desk.world.before_commit
    faults.append(lost)
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.get(one)).stage is Stage.SETTLING
    await desk.pass_time(COMMIT_SECONDS / 2)
    # Nothing is out yet does not prove that nothing will be: the call may still arrive.
    assert desk.world.count("Rye") == (1 if acted else 0)
    await desk.pass_time(HOUR)
    assert desk.world.count("Rye") == 1
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED
    assert await desk.events(one) == ["publish.publishing", "publish.published"]


async def test_a_lost_answer_that_was_a_refusal_ends_it(desk: Desk) -> None:
    desk.world.after_commit.append(lost)
    desk.world.refusal = PublicationRefused(
        errors.PUBLISH_VALIDATION_FAILED, "No such category.", platform_code="category"
    )
    one = await desk.add("Rye")
    await desk.work()
    await desk.pass_time(10)
    found = await desk.get(one)
    assert (found.status, found.stage) == (PublishStatus.FAILED, Stage.DONE)
    assert found.error is not None
    assert (found.error["type"], found.error["platformCode"]) == ("platform", "category")


async def test_what_nobody_can_see_ends_unconfirmed(desk: Desk) -> None:
    desk.world.blind = True
    desk.world.after_commit.append(lost)
    one = await desk.add("Rye")
    await desk.work()
    await desk.pass_time(HOUR)
    found = await desk.get(one)
    assert found.status is PublishStatus.FAILED
    assert found.error is not None
    assert found.error["type"] == "unconfirmed"
    assert desk.world.count("Rye") == 1
    assert await desk.events(one) == ["publish.publishing", "publish.unconfirmed"]


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.PREPARING, Stage.COMMITTING])
@pytest.mark.parametrize("acted", [True, False])
async def test_a_process_that_ends_loses_nothing(desk: Desk, stage: Stage, acted: bool) -> None:
    """As a kill -9 leaves the row: claimed, in a stage, by a process that is gone."""
    now = desk.rig.clock()
    committed = now if stage is Stage.COMMITTING else None
    if committed and acted:
        desk.world.out["w0"] = "Rye"
    one = await desk.add(
        "Rye",
        stage=stage.value,
        committed_at=committed,
        lease_owner="gone",
        lease_until=now + 60,
    )
    await desk.work()
    assert desk.world.prepared == []
    await desk.pass_time(HOUR)
    assert desk.world.count("Rye") == 1
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED


async def test_a_fault_of_ours_is_not_met_again_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no column takes this")

    one = await desk.add("Rye")
    with monkeypatch.context() as patch:
        patch.setattr(Transitions, "move", broken)
        (batch,) = await desk.task.claim(10)
        with pytest.raises(RuntimeError):
            await desk.task.run(batch)
        assert await desk.task.claim(10) == []
    await desk.pass_time(2 * AFTER_FAULT_SECONDS)
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED
    assert desk.world.count("Rye") == 1


async def test_runs_twice_at_once_and_publishes_once(desk: Desk) -> None:
    await desk.add("Rye")
    batches = await desk.task.claim(10)
    await asyncio.gather(*(desk.task.run(ids) for ids in batches for _ in range(5)))
    assert desk.world.count("Rye") == 1


async def test_a_refusal_of_the_call_is_no_doubt(desk: Desk) -> None:
    desk.world.before_commit += [failing(FailureKind.RATE_LIMITED, retry_after=50.0)]
    one = await desk.add("Rye")
    await desk.work()
    found = await desk.get(one)
    assert (found.status, found.stage) == (PublishStatus.QUEUED, Stage.PREPARING)
    await desk.pass_time(40, step=10)
    assert desk.world.out == {}
    await desk.pass_time(20, step=10)
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED
    assert desk.world.count("Rye") == 1


async def test_a_final_refusal_ends_it(desk: Desk) -> None:
    desk.world.before_commit += [failing(FailureKind.INVALID, code="bad_title")]
    one = await desk.add("Rye")
    await desk.work()
    found = await desk.get(one)
    assert (found.status, found.stage) == (PublishStatus.FAILED, Stage.DONE)
    assert found.error is not None
    assert (found.error["type"], found.error["platformCode"]) == ("platform", "bad_title")
    assert await desk.events(one) == ["publish.publishing", "publish.failed"]


async def test_gives_up_after_some_attempts(desk: Desk) -> None:
    desk.world.before_prepare += [failing(FailureKind.UNAVAILABLE)] * 50
    one = await desk.add("Rye")
    await desk.pass_time(12 * HOUR, step=300)
    found = await desk.get(one)
    assert found.status is PublishStatus.FAILED
    assert desk.world.out == {}


async def test_too_late_is_not_posted(desk: Desk) -> None:
    one = await desk.add("Rye")
    desk.rig.clock.hold(desk.rig.clock() + 2 * HOUR + 1)
    await desk.work()
    found = await desk.get(one)
    assert found.error is not None
    assert (found.status, found.error["type"]) == (PublishStatus.FAILED, "too_late")
    assert desk.world.out == {}


async def test_a_lost_post_is_looked_for_before_others_go_out(desk: Desk) -> None:
    desk.world.after_commit.append(lost)
    one = await desk.add("Rye")
    await desk.work()
    for number in range(3):
        await desk.add(f"Loaf {number}", desk.rig.clock() - 60)
    desk.rig.clock.advance(5.0)
    assert await desk.task.claim(10) == [[one]]


async def test_what_waits_for_a_cap_is_not_tried_one_by_one(desk: Desk) -> None:
    """Else each place that becomes free would cost a try of all that wait."""
    desk.world.caps = [Cap(2, HOUR)]
    for number in range(20):
        await desk.add(f"Loaf {number:02}", desk.rig.clock() - 100 + number)
    await desk.pass_time(3 * HOUR + 60, step=60)
    assert list(desk.world.out.values()) == [f"Loaf {number:02}" for number in range(8)]
    # All once, and then those that go out and one more for each place.
    assert len(desk.world.prepared) <= 20 + 3 * 4


async def test_caps_are_waited_for(desk: Desk) -> None:
    desk.world.caps = [Cap(2, HOUR)]
    for number in range(5):
        await desk.add(f"Loaf {number}", desk.rig.clock() - 10 + number)
    await desk.work()
    assert len(desk.world.out) == 2
    await desk.pass_time(HOUR + 60)
    assert len(desk.world.out) == 4
    await desk.pass_time(HOUR + 60)
    # In the order in which they were due.
    assert list(desk.world.out.values()) == [f"Loaf {number}" for number in range(5)]


async def test_accepted_is_followed_to_its_end(desk: Desk) -> None:
    desk.world.outcomes = [Accepted(5.0)]
    desk.world.polled = [Later(10.0), Scheduled(desk.rig.clock() + HOUR, "w0")]
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.get(one)).stage is Stage.POLLING
    await desk.pass_time(60, step=5)
    found = await desk.get(one)
    assert (found.status, found.work_id) == (PublishStatus.SCHEDULED, "w0")
    assert desk.world.count("Rye") == 1


async def test_accepted_and_never_heard_of_is_unconfirmed(desk: Desk) -> None:
    desk.world.outcomes = [Accepted(5.0)]
    one = await desk.add("Rye")
    await desk.work()
    await desk.pass_time(2 * HOUR)
    found = await desk.get(one)
    assert found.error is not None
    assert found.error["type"] == "unconfirmed"


async def test_a_person_has_seven_days(desk: Desk) -> None:
    desk.world.outcomes = [NeedsAction("hand_over")]
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.get(one)).status is PublishStatus.NEEDS_ACTION
    await desk.pass_time(6.9 * 24 * HOUR, step=6 * HOUR)
    assert (await desk.get(one)).status is PublishStatus.NEEDS_ACTION
    await desk.pass_time(0.2 * 24 * HOUR, step=HOUR)
    found = await desk.get(one)
    assert found.error is not None
    assert found.error["type"] == "not_finished_by_person"


async def test_without_an_account_it_fails(desk: Desk) -> None:
    one = await desk.add("Rye", account_id="youtube_gone")
    await desk.work()
    found = await desk.get(one)
    assert found.error is not None
    assert (found.status, found.error["code"]) == (PublishStatus.FAILED, 15021)
    assert found.error["type"] == "account"


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
async def test_an_account_that_is_offline_fails_it_with_advice(desk: Desk, language: str) -> None:
    await desk.tool.post(f"{API}/accounts/{desk.account}/revoke", {})
    one = await desk.add("Rye")
    await desk.work()
    assert await desk.events(one) == ["publish.publishing", "publish.failed"]
    headers = {"Accept-Language": language}
    shown = await desk.tool.call("GET", f"{API}/publish/records/{one}", headers=headers)
    error = shown.data["errorData"]
    assert (shown.data["status"], error["type"], error["code"]) == (-1, "account", "15001")
    told = error["details"]["advice"]
    assert ("重新" in told) == (language == "zh-CN"), told


async def test_one_at_a_time_for_an_account(desk: Desk) -> None:
    """A second claim takes nothing of an account that another process works for."""
    for number in range(3):
        await desk.add(f"Loaf {number}")
    first = await desk.task.claim(10)
    assert len(first) == 1
    assert await desk.task.claim(10) == []
    desk.rig.clock.hold(desk.rig.clock() + 120)
    again = await desk.task.claim(10)
    assert again == first
