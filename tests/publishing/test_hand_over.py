"""Works that a person finishes: the page that leads to the app, and reports that come late."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import pytest

from openchannels.connectors.base.publisher import Job
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import PublicationReport
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Content,
    HandOver,
    NeedsAction,
    Outcome,
    Published,
    PublishStatus,
    Stage,
)
from openchannels.service.publishing.reports import PublishReports
from openchannels.transport.platform_client import PlatformClient
from tests.harness.rig import Rig
from tests.publishing.conftest import HOUR, Desk
from tests.publishing.made_up import PlayedPublisher, World

PUBLISH = "/api/v2/channels/publish"
pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEME = "snssdk1128://openplatform/share?title=%E6%9C%A8&state=s1"
LINK = "https://played.example/7"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"}


class HandingOver(PlayedPublisher):
    """Hands works over under a share id, by which they are reported."""

    async def user_action(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> HandOver:
        await job.progress.add_key("s1")
        return HandOver("s1", SCHEME, None, job.now + HOUR)

    def reported(
        self,
        account: Account,
        content: Content,
        state: Mapping[str, Any],
        reports: Sequence[Mapping[str, Any]],
    ) -> Outcome | None:
        return Published(reports[0]["id"], LINK) if reports else None


@pytest.fixture
def waiting(desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    connector = desk.rig.runtime.services.context.platforms.connector(Platform("youtube"))
    monkeypatch.setattr(connector, "publisher", HandingOver(world))
    world.outcomes.append(NeedsAction("hand_over"))
    return desk


async def handed_over(desk: Desk) -> tuple[str, str]:
    """A publication that waits for its person, and the address of its page."""
    one = await desk.add("Rye")
    await desk.work()
    action = (await desk.tool.get(f"{PUBLISH}/records/{one}/user-action")).data
    assert (action["shareId"], action["schemeUrl"]) == ("s1", SCHEME)
    return one, action["shortLink"]


async def page(rig: Rig, address: str, **headers: str) -> httpx2.Response:
    code = address.rpartition("/")[2]
    async with httpx2.AsyncClient() as browser:
        return await browser.get(f"{rig.url}/s/{code}", headers=headers)


async def test_the_page_leads_on_where_the_app_is_and_is_scanned_elsewhere(waiting: Desk) -> None:
    one, address = await handed_over(waiting)
    shown = SCHEME.replace("&", "&amp;")
    on_phone = await page(waiting.rig, address, **PHONE)
    assert on_phone.status_code == 200
    assert f'href="{shown}" data-leave=' in on_phone.text
    assert "Nothing is out yet" in on_phone.text
    elsewhere = await page(waiting.rig, address, **{"Accept-Language": "zh-CN"})
    assert 'src="data:image/svg+xml' in elsewhere.text
    assert shown not in elsewhere.text
    assert "作品尚未发布" in elsewhere.text
    assert elsewhere.headers["cache-control"] == "no-store"
    # The same hand-over has the same page, and the store does not hold its code.
    again = (await waiting.tool.get(f"{PUBLISH}/records/{one}/user-action")).data
    assert again["shortLink"] == address
    keys = await waiting.rig.rows("publication_keys", publication_id=one)
    assert len(keys) == 2
    assert not any(address.rpartition("/")[2] in row["key"] for row in keys)


async def test_the_page_ends_with_the_hand_over(waiting: Desk) -> None:
    one, address = await handed_over(waiting)
    for code in ("x" * 43, "x", address[:-1]):
        assert (await page(waiting.rig, f"/{code}")).status_code == 404
    waiting.rig.clock.hold(waiting.rig.clock() + HOUR)
    assert (await page(waiting.rig, address)).status_code == 404
    fresh = (await waiting.tool.get(f"{PUBLISH}/records/{one}/user-action")).data["shortLink"]
    assert fresh != address
    assert (await page(waiting.rig, fresh)).status_code == 200


async def test_a_report_publishes_it_even_after_it_was_cancelled(waiting: Desk) -> None:
    one, address = await handed_over(waiting)
    await waiting.tool.delete(f"{PUBLISH}/tasks/{one}")
    assert (await waiting.get(one)).status is PublishStatus.CANCELLED
    assert (await page(waiting.rig, address)).status_code == 404
    reports = PublishReports(waiting.rig.runtime.services.context)
    await reports.add(Platform("youtube"), PublicationReport("s1", {"id": "w7"}))
    await waiting.work()
    found = await waiting.get(one)
    assert (found.status, found.work_id, found.work_link) == (
        *(PublishStatus.PUBLISHED, "w7", LINK),
    )
    assert (await waiting.events(one))[-2:] == ["publish.cancelled", "publish.published"]
    await waiting.pass_time(60)
    done = await waiting.get(one)
    # A later outcome that names no link does not take the known one away.
    assert (done.stage, done.link_status) == (Stage.DONE, "ready")
