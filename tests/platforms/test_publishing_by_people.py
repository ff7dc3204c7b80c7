"""Works that a person finishes or has published already, over the sandbox by the operations."""

from typing import Any

import pytest

from tests.harness.paths import API
from tests.harness.tasks import run_due
from tests.platforms.test_publishing import NEEDS_ACTION, PUBLISHED, Case, Desk
from tests.platforms.test_publishing import desk as desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOTE = "5f0c0ffee5f0c0ffee5f0c0f"
NOTE_LINK = f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=b%3D"
SEEN_VIDEO = {"workId": "export/UzFf", "workLink": "https://channels.weixin.qq.com/a"}
CAPTION = "Posted in the app"


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite alone: the engine's own tests run over both stores."""


async def record(desk: Desk, record_id: str) -> Any:
    """A record once everything that is due is done."""
    while await run_due(desk.rig.runtime.services, "publish"):
        pass
    return (await desk.tool.get(f"{API}/publish/records/{record_id}")).data


HANDED_OVER = (
    Case("douyin", "video handed over", ("video",), {"short_title": "Rye"}, tags="#rye"),
    Case("douyin", "images handed over", ("image", "image"), {"download_type": 2}),
)
DRAFTS = (
    Case("tiktok", "video as a draft", ("video",)),
    Case("tiktok", "photos as a draft", ("image", "tall image")),
)
REPORTED = (
    (Case("xhs", "note", ("image",), {"workLink": NOTE_LINK}), NOTE),
    (Case("xhs", "note without its file", (), {"workLink": NOTE_LINK}), NOTE),
    (Case("wxSph", "video", ("video",), SEEN_VIDEO), "export/UzFf"),
)


@pytest.mark.parametrize("case", HANDED_OVER, ids=lambda case: case.id)
async def test_douyin_tells_that_the_person_has_published(desk: Desk, case: Case) -> None:
    rig, waiting = desk.rig, await desk.publish(case)
    assert waiting["status"] == NEEDS_ACTION, waiting
    action = (await desk.tool.get(f"{API}/publish/records/{waiting['id']}/user-action")).data
    link = {"schema": action["schemeUrl"], "to": f"{rig.url}{API}/platforms/douyin/webhooks"}
    opened = await rig.sandbox("POST", "/_douyin/open", {**link, "publish": False})
    assert len(opened["shown"]["media"]) == len(case.files), opened
    assert case.text in opened["shown"]["caption"]
    assert (await record(desk, waiting["id"]))["status"] == NEEDS_ACTION
    told = await rig.sandbox("POST", "/_douyin/open", {**link, "times": 2})
    assert [answer["status"] for answer in told["told"]] == [200, 200], told
    done = await record(desk, waiting["id"])
    assert (done["status"], done["platformWorkId"]) == (PUBLISHED, told["published"]["video_id"])
    work = await desk.find(case, done["platformWorkId"])
    assert case.text in work["title"]
    assert work["url"] == done["workLink"]


@pytest.mark.parametrize("case", DRAFTS, ids=lambda case: case.id)
async def test_tiktok_leaves_a_draft_that_the_creator_posts(desk: Desk, case: Case) -> None:
    waiting = await desk.publish(case)
    assert waiting["status"] == NEEDS_ACTION, waiting
    draft = {"id": waiting["platformWorkId"], "caption": CAPTION}
    await desk.rig.sandbox("POST", "/_drafts/tiktok", draft)
    desk.rig.clock.hold(desk.rig.clock() + 600.0)
    done = await record(desk, waiting["id"])
    assert done["status"] == PUBLISHED, done
    work = await desk.find(case, done["platformWorkId"])
    assert CAPTION in f"{work.get('title')} {work.get('description')}"


@pytest.mark.parametrize(("case", "work_id"), REPORTED, ids=lambda one: getattr(one, "id", ""))
async def test_what_a_person_has_published_is_recorded(
    desk: Desk, case: Case, work_id: str
) -> None:
    await desk.account(case)
    asked = (await desk.rig.sandbox("GET", "/_calls"))["total"]
    done = await desk.publish(case)
    assert (done["status"], done["platformWorkId"]) == (PUBLISHED, work_id)
    calls = (await desk.rig.sandbox("GET", "/_calls"))["total"]
    assert calls == asked, "the platform is not called"


async def test_kuaishou_shows_the_cover_that_its_option_names(desk: Desk) -> None:
    cover = await desk.upload("wide image")
    done = await desk.publish(Case("KWAI", "with a cover", ("video",), {"cover": cover}))
    assert (done["status"], done["coverUrl"]) == (PUBLISHED, cover)
    assert not done.get("warnings")


async def test_the_record_shows_the_cover_that_was_made(desk: Desk) -> None:
    """It stays until the record goes; the copies of a publication go with its end."""
    rig, section = desk.rig, {"tid": 21}
    case = Case("bilibili", "made cover", ("video",), section, title="Barley", tags="#rye")
    done = await desk.publish(case)
    assert done["status"] == PUBLISHED, done
    async with rig.http.get(done["coverUrl"]) as shown:
        assert (shown.status, shown.content_type) == (200, "image/jpeg")
    gone = await desk.tool.delete(f"{API}/publish/records/{done['id']}")
    assert gone.code == 0, gone.body
    async with rig.http.get(done["coverUrl"]) as shown:
        assert shown.status == 404
