"""What is asked of a task that has begun: taking it back, and holding it at the platform."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.base.option_schemas import record, string
from openchannels.connectors.base.publisher import PublishedWork
from openchannels.core import errors
from openchannels.core.assets import Asset
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    Medium,
    MediumKind,
    NeedsAction,
    PublicationRefused,
    Published,
    PublishStatus,
    Scheduled,
    Stage,
)
from openchannels.service.publishing.files import AssetFile
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.publishing.conftest import ANYTHING, DAY, HOUR, Desk
from tests.publishing.made_up import failing

pytestmark = pytest.mark.asyncio(loop_scope="module")
TASKS = f"{API}/publish/tasks"


@pytest.fixture
def taken_back(desk: Desk, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the works that were removed at the platform, which removes them."""
    publisher = rig.runtime.services.context.platforms.connector(Platform("youtube")).publisher
    removed = []

    async def remove(*call: Any) -> None:
        work: PublishedWork = call[-1]
        removed.append(work.work_id)
        desk.world.out.pop(work.work_id, None)

    monkeypatch.setattr(publisher, "removes_for", lambda app: True)
    monkeypatch.setattr(publisher, "remove", remove)
    return removed


async def test_what_is_being_prepared_is_taken_back(desk: Desk, taken_back: list[str]) -> None:
    desk.world.unprepared = [Later(60.0)]
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.get(one)).status is PublishStatus.PUBLISHING
    assert (await desk.tool.delete(f"{TASKS}/{one}")).code == 0
    await desk.pass_time(HOUR, step=600)
    assert (desk.world.out, taken_back) == ({}, [])
    assert await desk.events(one) == ["publish.publishing", "publish.cancelled"]


@pytest.mark.parametrize("held", [Accepted(10.0, "w0"), NeedsAction("draft", "w0")])
async def test_what_the_platform_has_is_taken_back_there(
    desk: Desk, taken_back: list[str], held: Accepted | NeedsAction
) -> None:
    desk.world.outcomes = [held]
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.tool.delete(f"{TASKS}/{one}")).code == 0
    assert (desk.world.out, taken_back) == ({}, ["w0"])
    await desk.pass_time(HOUR, step=600)
    found = await desk.get(one)
    assert (found.status, found.stage) == (PublishStatus.CANCELLED, Stage.DONE)


async def test_two_who_take_it_back_at_once_are_told_once(
    desk: Desk, taken_back: list[str]
) -> None:
    published = {"status": int(PublishStatus.PUBLISHED), "stage": Stage.DONE.value}
    one = await desk.add("Rye", work_id="w0", **published)
    both = await asyncio.gather(*(desk.tool.delete(f"{TASKS}/{one}") for _ in range(2)))
    assert [answer.code for answer in both] == [0, 0]
    assert await desk.events(one) == ["publish.cancelled"]


async def test_a_work_whose_change_failed_is_taken_back(desk: Desk, taken_back: list[str]) -> None:
    failed = {"status": int(PublishStatus.UPDATE_FAILED), "stage": Stage.DONE.value}
    one = await desk.add("Rye", work_id="w0", **failed)
    assert (await desk.tool.delete(f"{TASKS}/{one}")).code == 0
    assert taken_back == ["w0"]
    assert (await desk.get(one)).status is PublishStatus.CANCELLED


async def test_a_work_whose_account_is_gone_is_not_changed(
    desk: Desk, taken_back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = desk.rig.runtime.services.context.platforms.connector(Platform("youtube")).publisher
    monkeypatch.setattr(publisher, "updates", True)
    published = {"status": int(PublishStatus.PUBLISHED), "stage": Stage.DONE.value}
    one = await desk.add("Rye", work_id="w0", account_id="youtube_gone", **published)
    gone = {"accountId": "youtube_gone", "platform": "youtube"}
    refused = await desk.tool.delete(f"{TASKS}/{one}")
    assert (refused.code, refused.data) == (15021, gone)
    refused = await desk.tool.post(f"{TASKS}/{one}/update", {"content": {"title": "Wheat"}})
    assert (refused.code, refused.data, taken_back) == (15021, gone, [])


async def test_what_may_be_out_is_not_taken_back_blindly(desk: Desk, taken_back: list[str]) -> None:
    one = await desk.add("Rye", stage=Stage.SETTLING.value, status=int(PublishStatus.PUBLISHING))
    assert (await desk.tool.delete(f"{TASKS}/{one}")).code == 15053
    assert taken_back == []


async def test_the_platform_holds_what_it_is_to_hold(
    desk: Desk, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given the work at once: at its time it could hold it no more."""
    publisher = rig.runtime.services.context.platforms.connector(Platform("youtube")).publisher
    monkeypatch.setattr(publisher, "schedules", True)
    at = desk.rig.clock() + 3 * DAY
    desk.world.outcomes = [Scheduled(at, "w0")]
    body = {
        "content": {"title": "Rye", "body": "Iron."},
        "publishAt": "2099-01-01T00:00:00Z",
        "items": [
            {
                "platform": "youtube",
                "accountId": desk.account,
                "option": {"scheduleByPlatform": True},
            }
        ],
    }
    made = await desk.tool.post(f"{API}/publish/flows", body)
    assert made.code == 0, made.envelope
    await desk.work()
    (task,) = made.data["tasks"]
    assert (await desk.get(task["id"])).status is PublishStatus.SCHEDULED


async def test_a_pause_is_as_long_as_the_platform_says(desk: Desk) -> None:
    def full(_: Any) -> None:
        raise PublicationRefused(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=DAY)

    desk.world.before_commit = [full]
    one = await desk.add("Rye")
    await desk.work()
    assert (await desk.get(one)).due_at == pytest.approx(desk.rig.clock() + DAY)


async def test_a_file_can_be_fetched_for_as_long_as_a_person_has(desk: Desk, rig: Rig) -> None:
    context = rig.runtime.services.context
    desk.world.outcomes = [NeedsAction("hand_over")]
    one = await desk.add("Rye")
    await desk.work()
    kept = ("a/b.jpg", "publishMedia", "confirmed", 1, 1, "image/jpeg", "b.jpg", {}, None)
    asset = Asset("f" * 24, desk.user, *kept, bytes(32), 0.0, 0.0, 0.0)
    async with desk.task.held_for_caller(one) as held:
        assert held is not None
        await AssetFile(context, held, asset, MediumKind.IMAGE).public_url()
    (address,) = await rig.rows("media_addresses", publication_id=one)
    assert address["ends_at"] > desk.rig.clock() + context.rules.publishing.held
    await desk.pass_time(context.rules.publishing.held + DAY, step=DAY / 2)
    assert await rig.rows("media_addresses", publication_id=one) == []


@pytest.mark.parametrize("stage", [Stage.VERIFYING, Stage.HELD])
async def test_a_late_report_of_a_work_whose_files_are_gone_does_not_fail_it(
    desk: Desk, stage: Stage
) -> None:
    """Files made for a publication end with it; a webhook has it looked at again."""
    gone = Medium("https://files.example/a.jpg", MediumKind.IMAGE, "f" * 24)
    content = Content("Rye", media=(gone,)).as_json()
    published = int(PublishStatus.PUBLISHED)
    one = await desk.add(
        "Rye", content=content, stage=stage.value, status=published, work_id="w0", attempt=1
    )
    await desk.work()
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED


async def test_a_record_shows_what_is_out_after_a_change_that_failed(
    desk: Desk, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same change asked for again is sent again."""
    connector = rig.runtime.services.context.platforms.connector(Platform("youtube"))
    monkeypatch.setattr(connector.publisher, "updates", True)
    options = record(license=string("License", "许可"))
    monkeypatch.setattr(connector, "publishing", replace(ANYTHING, options=options))
    one = await desk.add("Rye", option={"license": "youtube"})
    await desk.pass_time(60)
    before = await desk.get(one)
    change = {"content": {"title": "Oat", "body": "Iron."}, "option": {"license": "creativeCommon"}}
    for _ in range(2):
        desk.world.before_update.append(failing(FailureKind.INVALID))
        asked = await desk.tool.post(f"{TASKS}/{one}/update", change)
        assert asked.code == 0, asked.data
        await desk.work()
        found = await desk.get(one)
        assert (found.status, (found.error or {})["type"]) == (5, "platform")
        assert (found.content, found.option) == (before.content, before.option)
        shown = (await desk.tool.get(f"{API}/publish/records/{one}")).data
        assert (shown["title"], shown["status"]) == ("Rye", 5)
    assert list(desk.world.out.values()) == ["Rye"]

    asked = await desk.tool.post(f"{TASKS}/{one}/update", change)
    assert asked.code == 0, asked.data
    await desk.work()
    found = await desk.get(one)
    assert (found.status, found.error, found.content["title"]) == (1, None, "Oat")
    assert found.option == change["option"]
    assert found.sealed is not None
    assert list(desk.world.out.values()) == ["Oat"]


async def test_a_changed_work_is_followed_where_it_is_reviewed_again(
    desk: Desk, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = rig.runtime.services.context.platforms.connector(Platform("youtube")).publisher
    one = await desk.add("Rye")
    await desk.pass_time(60)
    assert (await desk.get(one)).stage is Stage.DONE

    async def verify(*_: Any) -> Published:
        raise PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, platform_code="REJECTED")

    monkeypatch.setattr(publisher, "updates", True)
    monkeypatch.setattr(publisher, "reviews_updates", True)
    monkeypatch.setattr(publisher, "verify", verify)
    update = {"content": {"title": "Oat", "body": "Iron."}}
    asked = await desk.tool.post(f"{TASKS}/{one}/update", update)
    assert asked.code == 0, asked.envelope
    await desk.work()
    assert (await desk.get(one)).status is PublishStatus.PUBLISHED
    await desk.pass_time(60)
    found = await desk.get(one)
    assert (found.status, (found.error or {}).get("platformCode")) == (-1, "REJECTED")
    assert await desk.events(one) == [
        "publish.publishing",
        "publish.published",
        "publish.updated",
        "publish.failed",
    ]
