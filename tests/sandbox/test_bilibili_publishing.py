"""Publishing to bilibili: uploads in parts and at once, covers, submission, review, edit, end."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox
from tests.harness.receiver import Message, Receiver

from .conftest import NOON, Client, advance, pushes
from .test_bilibili import SECRET, login, signed

API = "/member.bilibili.com/arcopen/fn/archive"
BYTES = "/openupos.bilivideo.com/video/v2"
JPEG = b"\xff\xd8\xff\xe0 a picture"
PART = 1 << 16
"""The size of a part here; the platform only wants equal ones."""


class Member:
    """An app that acts for one person; it knows by how much the sandbox's clock was advanced."""

    def __init__(self, client: Client) -> None:
        self.client, self.access, self.now = client, "", float(NOON)

    async def wait(self, seconds: float) -> None:
        await advance(self.client, seconds)
        self.now += seconds

    async def post(self, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        digest = hashlib.md5(sent).hexdigest()
        head = signed(self.access, self.now, **{"x-bili-content-md5": digest})
        answer = await self.client.post(API + path, params=query, content=sent, headers=head)
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        head = signed(self.access, self.now)
        return (await self.client.get(API + path, params=query, headers=head)).json()

    async def begin(self, utype: str) -> str:
        answer = await self.post("/video/init", {"name": "v.mp4", "utype": utype})
        return str(answer["data"]["upload_token"])

    async def send(self, path: str, content: bytes, **query: Any) -> int:
        head = {"content-type": "application/octet-stream"}
        answer = await self.client.post(BYTES + path, params=query, content=content, headers=head)
        return int(answer.json()["code"])

    async def uploaded(self) -> str:
        token = await self.begin("1")
        assert await self.send("/upload", b"all", upload_token=token) == 0
        return token

    async def cover(self, content: bytes = JPEG) -> dict[str, Any]:
        head = signed(self.access, self.now)
        del head["content-type"]
        files = {"file": ("c.jpg", content, "image/jpeg")}
        probe = self.client.build_request("POST", API, files=files)
        head["content-type"] = probe.headers["content-type"]
        path = f"{API}/cover/upload"
        return (await self.client.post(path, content=probe.read(), headers=head)).json()

    async def work(self, title: str, **more: Any) -> dict[str, Any]:
        cover = (await self.cover())["data"]["url"]
        base = {"title": title, "cover": cover, "tid": 250, "tag": "骑行,旅行", "copyright": 1}
        return base | more

    async def submit(self, token: str, work: dict[str, Any]) -> dict[str, Any]:
        return await self.post("/add-by-utoken", work, upload_token=token)


@pytest.fixture
async def member(receiver: Receiver) -> AsyncIterator[Member]:
    sandbox = create_sandbox(clock=lambda: float(NOON), push_to=receiver.origin)
    async with AsyncTestClient(sandbox) as client:
        client.follow_redirects = False
        one = Member(client)
        one.access = (await login(client))["access_token"]
        yield one


def is_news(message: Message) -> bool:
    return b"video_" in message.body


async def test_parts_become_a_video_that_is_reviewed_and_told(
    member: Member, receiver: Receiver
) -> None:
    wish = {"processingSeconds": 60, "reviewSeconds": 600}
    await member.client.put("/_publishing/bilibili", json=wish)
    token = await member.begin("0")
    for number, size in ((1, PART), (2, PART - 1), (2, PART), (3, 7)):
        assert (
            await member.send("/part/upload", bytes(size), upload_token=token, part_number=number)
            == 0
        )
    assert (await member.submit(token, await member.work("山")))["code"] == 123006
    assert (await member.post("/video/complete", upload_token=token))["code"] == 0
    work = await member.work("骑行川西 D3", desc="两座垭口")
    bvid = (await member.submit(token, work))["data"]["resource_id"]
    assert (await member.submit(token, work))["code"] == 127022

    shown = (await member.get("/view", resource_id=bvid))["data"]
    assert shown | work == shown
    assert (shown["addit_info"]["state"], shown["video_info"]) == (-30, {})
    changed = work | {"resource_id": bvid, "title": "骑行川西"}
    assert (await member.post("/edit", changed))["code"] == 123028
    await member.wait(60)
    listed = (await member.get("/viewlist", status="is_pubing"))["data"]["list"]
    assert listed[0]["addit_info"]["state"] == -1
    await member.wait(600)
    (push,) = await pushes(receiver, 1, is_news)
    news = json.loads(push.body)
    assert (news["event"], news["content"]["resource_id"]) == ("video_open", bvid)
    mark = hashlib.sha1(SECRET.encode() + push.body).hexdigest()
    assert push.headers["x-bilibili-signature"] == mark
    newest = (await member.get("/viewlist", status="pubed"))["data"]["list"][0]
    assert (newest["title"], newest["ctime"], newest["ptime"]) == (
        "骑行川西 D3",
        NOON + 1,
        NOON + 660,
    )
    assert newest["video_info"]["share_url"].startswith(f"https://www.bilibili.com/video/{bvid}")

    assert (await member.post("/edit", changed))["code"] == 0
    again = (await member.get("/view", resource_id=bvid))["data"]
    assert (again["title"], again["addit_info"]["state"]) == ("骑行川西", -1)
    assert (await member.post("/delete", {"resource_id": bvid}))["code"] == 0
    assert (await member.post("/delete", {"resource_id": bvid}))["code"] == 123005


async def test_uploads_that_are_refused(member: Member) -> None:
    gap, uneven, whole = await member.begin("0"), await member.begin("0"), await member.begin("1")
    for token, number, size in ((gap, 1, 9), (gap, 3, 9), (uneven, 1, 9), (uneven, 2, 10)):
        await member.send("/part/upload", bytes(size), upload_token=token, part_number=number)
    for token in (gap, uneven, whole):
        assert (await member.post("/video/complete", upload_token=token))["code"] == 4000
    for token, number in ((gap, 0), (gap, 513), (whole, 1)):
        sent = {"upload_token": token, "part_number": number}
        assert await member.send("/part/upload", b"x", **sent) == 4000
    assert await member.send("/upload", b"x", upload_token=gap) == 4000
    assert await member.send("/upload", b"x", upload_token="none") == 127022
    assert (await member.cover(b"GIF89a"))["code"] == 123038
    assert (await member.cover(b"nothing"))["code"] == 4000
    await member.wait(86_400)
    assert await member.send("/upload", b"x", upload_token=whole) == 127022
    narrow = await login(member.client, sandbox_scopes="USER_INFO")
    member.access = narrow["access_token"]
    assert (await member.post("/video/init", {"name": "v.mp4"}))["code"] == 127011


async def test_every_field_has_its_code(member: Member) -> None:
    token, work = await member.uploaded(), await member.work("x")
    for change, code in (
        ({"title": "题" * 80}, 123030),
        ({"desc": "x" * 250}, 123033),
        ({"tag": " ,"}, 123012),
        ({"tag": "x" * 200}, 123022),
        ({"tid": 160}, 123010),
        ({"tid": 9999}, 123009),
        ({"copyright": 2}, 123016),
        ({"copyright": 2, "source": "a", "mission_id": 4}, 123027),
        ({"cover": "https://elsewhere.example/c.jpg"}, 4000),
        ({"title": 5}, 4000),
    ):
        assert (await member.submit(token, work | change))["code"] == code
    good = work | {"title": "题" * 79, "copyright": 2, "source": "https://example.org/a"}
    assert (await member.submit(token, good))["code"] == 0


async def test_pauses_titles_and_the_daily_cap(member: Member) -> None:
    await member.client.put("/_publishing/bilibili", json={"dailyCap": 2})

    async def submit(title: str) -> int:
        answer = await member.submit(await member.uploaded(), await member.work(title))
        return int(answer["code"])

    assert [await submit("a"), await submit("a"), await submit("b")] == [0, 123015, 123026]
    await member.wait(30)
    assert await submit("b") == 0
    await member.wait(30)
    assert await submit("c") == 123036
    await member.wait(86_400)
    assert await submit("a") == 0
    await member.client.put("/_publishing/bilibili", json={"audited": False})
    assert (await member.post("/video/init", {"name": "v.mp4"}))["code"] == 127007


@pytest.mark.parametrize(
    ("refusal", "state", "reason"),
    [
        ({"reject": "封面不清晰"}, -2, "封面不清晰"),
        ({"reject": "-4"}, -4, "稿件被锁定：不符合投稿规范"),
        ({"rejectMedia": "文件损坏"}, -16, "文件损坏"),
    ],
)
async def test_a_video_that_is_refused(
    member: Member, receiver: Receiver, refusal: dict[str, str], state: int, reason: str
) -> None:
    await member.client.put("/_publishing/bilibili", json=refusal)
    answer = await member.submit(await member.uploaded(), await member.work("x"))
    bvid = answer["data"]["resource_id"]
    (push,) = await pushes(receiver, 1, is_news)
    news = json.loads(push.body)
    assert (news["event"], news["content"]["state"]) == ("video_fail", state)
    (first, *_) = (await member.get("/viewlist", status="not_pubed"))["data"]["list"]
    assert first["resource_id"] == bvid
    assert first["addit_info"]["reject_reason"] == reason


async def test_a_lost_answer_leaves_the_video(member: Member) -> None:
    token, work = await member.uploaded(), await member.work("once")
    fault = {"host": "member.bilibili.com", "path": "/arcopen/fn/archive/add-by-utoken"}
    await member.client.post(
        "/_faults", json=fault | {"kind": "server_error", "acted": True, "times": 1}
    )
    assert (await member.submit(token, work))["code"] == -500
    newest = (await member.get("/viewlist", status="all"))["data"]["list"][0]
    assert (newest["title"], newest["cover"]) == ("once", work["cover"])
    assert (await member.submit(token, work))["code"] == 127022
