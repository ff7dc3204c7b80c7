"""Works of every kind, published over the sandbox by the operations and read back by them.

A row of the table is a platform, a kind of content and the option that goes with it. Publishers
and emulators are written apart from each other: what both take for granted is shown here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from tests.assets.files import film, image
from tests.harness.paths import API
from tests.harness.rig import Rig, open_rig
from tests.harness.tasks import run_due
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLISHED, NEEDS_ACTION = 1, 8
ENDED = (-1, PUBLISHED, NEEDS_ACTION, 9)
LATER_SECONDS = 7200.0
STEPS = tuple(60.0 * 1.5**step for step in range(20))
"""Seconds from one look at a publication to the next: it must have ended within five days."""


@dataclass(frozen=True)
class Case:
    """What is published. `files` are names of `FILES`; `values` are options that are looked up.

    `later` is the option by which the platform is told a time, which is then in two hours.
    `account` is how the platform's id of the account begins, where a person has several.
    Works that are not `listed`, such as stories, have an id and no place to be read back from.
    """

    platform: str
    kind: str
    files: tuple[str, ...] = ()
    option: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    title: str = "Rye and iron"
    cover: str | None = None
    later: str | None = None
    tags: str = ""
    account: str = ""
    status: int = PUBLISHED
    listed: bool = True

    @property
    def text(self) -> str:
        """Of each case another one: platforms refuse the same text again."""
        return f"A field at dawn: {self.kind}."

    @property
    def body(self) -> str:
        return f"{self.text} {self.tags}".strip()

    @property
    def id(self) -> str:
        return f"{self.platform}-{self.kind}"


FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "image": ("a.jpg", lambda: image("JPEG", 1080, 1080)),
    "tall image": ("b.jpg", lambda: image("JPEG", 1080, 1350)),
    "wide image": ("c.jpg", lambda: image("JPEG", 1280, 720)),
    "video": ("a.mp4", film),
}

EVENT = {"title": "Open day", "start": "2099-01-01T10:00", "end": "2099-01-01T18:00"}
OFFER = {"couponCode": "RYE", "redeemOnlineUrl": "https://kiln.example/rye"}
PLUGINS = ("xhs", "wxSph")
PAGE = "urn:li:organization:"
SEEN = {"privacy_level": "PUBLIC_TO_EVERYONE"}
SECTION = {"tid": 21}
PANORAMA = {"stereo_type": "SPHERICAL_VIDEO_360", "merchant_product_id": "17"}
REPRINT = {**SECTION, "copyright": 2, "source": "https://a.example/"}
CASES: Sequence[Case] = (
    Case("youtube", "video", ("video",), {"privacyStatus": "private"}),
    Case("youtube", "video with a cover", ("video",), values=("categoryId",), cover="wide image"),
    Case(
        "youtube",
        "video of a later time",
        ("video",),
        {"privacyStatus": "private"},
        later="publishAt",
    ),
    Case("twitter", "text"),
    Case("twitter", "image", ("image",), {"alt_text": "A field"}),
    Case("twitter", "images", ("image", "tall image")),
    Case("twitter", "video", ("video",)),
    Case("twitter", "poll", (), {"poll": {"options": ["rye", "oats"], "duration_minutes": 60}}),
    Case("pinterest", "image", ("image",), values=("boardId",)),
    Case("pinterest", "carousel", ("image", "image"), values=("boardId",)),
    Case("pinterest", "video", ("video",), values=("boardId",), cover="image"),
    Case("linkedin", "text", account=PAGE),
    Case("linkedin", "image", ("image",), account=PAGE),
    Case("linkedin", "images", ("image", "tall image"), account=PAGE),
    Case("linkedin", "video", ("video",), account=PAGE, cover="tall image"),
    Case("linkedin", "text of a member", listed=False),
    Case("google_business", "text"),
    Case(
        "google_business",
        "image",
        ("image",),
        {"callToAction": {"actionType": "LEARN_MORE", "url": "https://kiln.example/"}},
    ),
    Case("google_business", "event", (), {"topicType": "EVENT", "event": EVENT}),
    Case("google_business", "offer", (), {"topicType": "OFFER", "event": EVENT, "offer": OFFER}),
    Case("google_business", "text of a later time", later="scheduledTime"),
    Case("threads", "text", title=""),
    Case("threads", "text in one call", (), {"auto_publish_text": True}, title=""),
    Case("threads", "text with a link", (), {"link_attachment": "https://a.example/"}, title=""),
    Case("threads", "image", ("image",), {"alt_text": "A field"}, title="", tags="#rye"),
    Case("threads", "video", ("video",), {"reply_control": "mentioned_only"}, title=""),
    Case("threads", "carousel", ("image", "tall image", "video"), title=""),
    Case("tiktok", "video", ("video",), SEEN),
    Case("tiktok", "fetched video", ("video",), {**SEEN, "source": "PULL_FROM_URL"}),
    Case("tiktok", "photos", ("image", "tall image"), {**SEEN, "photo_cover_index": 1}),
    Case("bilibili", "video", ("video",), SECTION, title="Rye", tags="#rye #iron"),
    Case("bilibili", "covered", ("video",), SECTION, title="Iron", tags="#a", cover="wide image"),
    Case("bilibili", "reprint", ("video",), REPRINT, title="Oats", tags="#a", cover="wide image"),
    Case("KWAI", "video", ("video",)),
    Case("KWAI", "panorama", ("video",), PANORAMA, cover="image"),
    Case("wxGzh", "article", ("image",), {"author": "Ida", "sourceUrl": "https://a.example/"}),
    Case("wxGzh", "pictures", ("image", "tall image"), cover="wide image"),
    Case("wxGzh", "article with comments", ("image",), {"open_comment": 1}),
    Case("facebook", "text"),
    Case("facebook", "image", ("image",)),
    Case("facebook", "images", ("image", "tall image")),
    Case("facebook", "link", (), {"link": "https://kiln.example/rye"}),
    Case("facebook", "video", ("video",), {"content_category": "post"}, cover="wide image"),
    Case("facebook", "reel", ("video",), {"content_category": "reel"}),
    Case("facebook", "draft", ("video",), {"video_state": "DRAFT"}, status=NEEDS_ACTION),
    Case("facebook", "story of an image", ("image",), {"content_category": "story"}, listed=False),
    Case("facebook", "story of a video", ("video",), {"content_category": "story"}, listed=False),
    Case("instagram", "image", ("image",)),
    Case("instagram", "carousel", ("image", "video")),
    Case("instagram", "reel", ("video",), cover="tall image"),
    Case("instagram", "story of an image", ("image",), {"media_type": "STORIES"}, listed=False),
    Case("instagram", "story of a video", ("video",), {"media_type": "STORIES"}, listed=False),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig with an app that TikTok has audited: it posts, where another one leaves drafts."""
    audited = {"OPENCHANNELS_PLATFORMS__TIKTOK__AUDITED": "true"}
    async with open_rig(tmp_path_factory.mktemp("rig"), environ=audited) as rig:
        yield rig


class Desk:
    """A workspace whose accounts and files the cases share."""

    def __init__(self, rig: Rig, tool: Tool) -> None:
        self.rig, self.tool = rig, tool
        self._accounts: dict[tuple[str, str], str] = {}
        self._files: dict[str, str] = {}

    async def publish(self, case: Case) -> Any:
        """The record of a publication that has ended."""
        made = await self.tool.post(f"{API}/publish/flows", await self._body(case))
        assert made.code == 0, made.body
        (task,) = made.data["tasks"]
        for step in STEPS:
            while await run_due(self.rig.runtime.services, "publish"):
                pass
            answer = await self.tool.get(f"{API}/publish/records/{task['id']}")
            if answer.data["status"] in ENDED and answer.data.get("linkStatus") != "pending":
                return answer.data
            await self.rig.imitation.finish()
            self.rig.clock.hold(self.rig.clock() + step)
        raise AssertionError(answer.body)

    async def find(self, case: Case, work_id: str) -> Any:
        """The work of an id in the list of the case's account."""
        listed = await self.tool.works(case.platform, await self.account(case))
        assert listed.code == 0, listed.body
        found = [work for work in listed.data["items"] if work["platformWorkId"] == work_id]
        assert len(found) == 1, (work_id, listed.data["items"][:3])
        return found[0]

    async def _body(self, case: Case) -> dict[str, Any]:
        account, option = await self.account(case), {**case.option}
        for name in case.values:
            option[name] = await self._value(account, name)
        if case.later is not None:
            at = datetime.fromtimestamp(self.rig.clock() + LATER_SECONDS, UTC)
            option[case.later] = at.isoformat()
        media = [{"url": await self.upload(name)} for name in case.files]
        content: dict[str, Any] = {"title": case.title, "body": case.body, "media": media}
        if case.cover is not None:
            content["cover"] = {"url": await self.upload(case.cover)}
        item = {"platform": case.platform, "accountId": account, "option": option}
        return {"content": content, "publishAt": "2020-01-01T00:00:00Z", "items": [item]}

    async def _value(self, account: str, name: str) -> Any:
        """The first value that the platform offers for an option."""
        answer = await self.tool.get(f"{API}/accounts/{account}/publish-options/{name}/values")
        assert answer.code == 0, answer.body
        return answer.data["items"][0]["value"]

    async def account(self, case: Case) -> str:
        """The account of a case, connected the first time."""
        key = (case.platform, case.account)
        if key not in self._accounts:
            self._accounts[key] = await self._connect(case)
        return self._accounts[key]

    async def _connect(self, case: Case) -> str:
        if case.platform in PLUGINS:
            return await self._hand_in(case.platform)
        if case.platform == "wxGzh":
            # Without a ticket, which WeChat pushes every ten minutes, nobody can connect there.
            hook = {"to": f"{self.rig.url}{API}/platforms/wxGzh/webhooks"}
            await self.rig.sandbox("POST", "/_wxgzh/push_ticket", hook)
        status = await self.tool.connect(case.platform)
        if status["requiresSelection"]:
            offered = status["selectableAccounts"]
            chosen = next(one for one in offered if one["platformUid"].startswith(case.account))
            pick = {"platformUid": chosen["platformUid"]}
            status = (await self.tool.choose(status["sessionId"], pick)).data
        assert status["status"] == "completed", status
        return str(status["accountId"])

    async def _hand_in(self, platform: str) -> str:
        """An account as the browser plug-in hands it in."""
        person = await self.rig.person(platform, "ida")
        named = {"uid": person["userId"], "nickname": "Ida"} if platform == "xhs" else {}
        added = await self.tool.add_account(type=platform, loginCookie=person["cookie"], **named)
        assert added.code == 0, added.body
        return str(added.data["id"])

    async def upload(self, file: str) -> str:
        """The address of a file, which is uploaded the first time."""
        if file not in self._files:
            name, make = FILES[file]
            # The service runs on this loop: held up, it ends connections as idle.
            content = await asyncio.to_thread(make)
            sign = {"filename": name, "type": "publishMedia", "size": len(content)}
            signed = (await self.tool.post("/api/assets/uploadSign", sign)).data
            async with self.rig.http.put(signed["uploadUrl"], data=content) as sent:
                assert sent.status == 200, await sent.text()
            confirmed = await self.tool.post(f"/api/assets/{signed['id']}/confirm", {})
            assert confirmed.code == 0, confirmed.body
            self._files[file] = str(signed["url"])
        return self._files[file]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(running: Rig) -> Desk:
    running.clock.hold()
    return Desk(running, await running.tool())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_work_is_published_and_listed(desk: Desk, case: Case) -> None:
    record = await desk.publish(case)
    assert record["status"] == case.status, record.get("errorData")
    if case.status == PUBLISHED:
        assert record["platformWorkId"]
    if case.status == PUBLISHED and case.listed:
        work = await desk.find(case, record["platformWorkId"])
        assert case.text in f"{work.get('title')} {work.get('description')}", work
