"""Publishing to Kwai: fragments and what is left of them, the video with its cover, its review."""

from typing import Any

import pytest

from .conftest import NOON, Client, advance
from .oauth_platforms import KWAI_APP, KWAI_HOST, PLATFORMS
from .oauth_protocol import login

KWAI = PLATFORMS["KWAI"]
SCOPES = "user_info,user_video_info,user_video_publish,user_video_delete"
UPLOAD = "/uploader.gifshow.com/api/upload"
PNG = b"\x89PNG\r\n\x1a\n a picture"


class Creator:
    """An app that acts for one person."""

    def __init__(self, client: Client, access: str) -> None:
        self.client, self.access = client, access

    async def call(self, method: str, name: str, files: Any = None, **query: Any) -> dict[str, Any]:
        sent = KWAI_APP | {"access_token": self.access} | query
        url = f"{KWAI_HOST}/openapi/photo/{name}"
        return (await self.client.request(method, url, params=sent, files=files)).json()

    async def begin(self) -> str:
        answer = await self.call("POST", "start_upload")
        assert answer["endpoint"] == UPLOAD.split("/")[1]
        return str(answer["upload_token"])

    async def upload(self, path: str, content: bytes = b"", **query: Any) -> dict[str, Any]:
        head = {"content-type": "video/mp4"}
        url = f"{UPLOAD}{path}"
        return (await self.client.post(url, params=query, content=content, headers=head)).json()

    async def uploaded(self) -> str:
        token = await self.begin()
        assert (await self.upload("", b"all", upload_token=token))["result"] == 1
        return token

    async def publish(self, token: str, cover: Any = PNG, **form: str) -> dict[str, Any]:
        part = ("c.png", cover, "image/png") if isinstance(cover, bytes) else (None, cover)
        fields = {name: (None, value) for name, value in form.items()}
        files = fields | {"cover": part}
        return await self.call("POST", "publish", files=files, upload_token=token)

    async def info(self, photo: str) -> dict[str, Any]:
        return await self.call("GET", "info", photo_id=photo)

    async def newest(self) -> dict[str, Any]:
        return (await self.call("GET", "list", count=1))["video_list"][0]


@pytest.fixture
async def creator(still: Client) -> Creator:
    return Creator(still, (await login(still, KWAI, scope=SCOPES))["access_token"])


async def test_fragments_become_a_video_that_is_reviewed(creator: Creator) -> None:
    wish = {"processingSeconds": 60, "reviewSeconds": 60}
    await creator.client.put("/_publishing/KWAI", json=wish)
    token = await creator.begin()
    assert (await creator.upload("/fragment", b"xx", upload_token=token, fragment_id=1))[
        "result"
    ] == 1
    whole = {"upload_token": token, "fragment_count": 2}
    assert (await creator.upload("/complete", **whole))["result"] == 10000301
    assert (await creator.publish(token))["result"] == 100100400
    resumed = await creator.client.get(f"{UPLOAD}/resume", params={"upload_token": token})
    assert (resumed.json()["existed"], resumed.json()["fragment_list"]) == (True, [1])
    await creator.upload("/fragment", b"xxxx", upload_token=token, fragment_id=0)
    for _ in range(2):
        assert (await creator.upload("/complete", **whole))["result"] == 1
    caption = "机油到底多久换一次 #养车"
    shown = (await creator.publish(token, caption=caption))["video_info"]
    assert (shown["caption"], shown["pending"], shown["play_url"]) == (caption, True, "")
    assert (await creator.publish(token))["result"] == 100100400

    photo = shown["photo_id"]
    assert (await creator.info(photo))["result"] == 100120001
    newest = await creator.newest()
    assert (newest["photo_id"], newest["create_time"] // 1000) == (photo, NOON + 1)
    await advance(creator.client, 60)
    assert (await creator.info(photo))["video_info"]["pending"] is True
    await advance(creator.client, 60)
    ready = (await creator.info(photo))["video_info"]
    assert (ready["pending"], ready["caption"]) == (False, caption)
    assert ready["play_url"]
    assert (await creator.call("POST", "delete", photo_id=photo))["result"] == 1
    assert (await creator.call("POST", "delete", photo_id=photo))["result"] == 120001
    assert (await creator.newest())["photo_id"] != photo


async def test_uploads_and_videos_that_are_refused(creator: Creator) -> None:
    token = await creator.begin()
    for path, content, query, result in (
        ("", b"", {}, 10000302),
        ("/fragment", b"", {"fragment_id": 0}, 10000303),
        ("/fragment", b"x", {}, 10000303),
        ("/fragment", b"x", {"upload_token": "none", "fragment_id": 0}, 10000101),
        ("", b"all", {}, 1),
        ("/fragment", b"x", {"fragment_id": 1}, 10000304),
    ):
        sent = {"upload_token": token} | query
        assert (await creator.upload(path, content, **sent))["result"] == result
    for cover, more in (
        (b"", {}),
        ("https://example.org/c.jpg", {}),
        (PNG, {"stereo_type": "ROUND"}),
    ):
        assert (await creator.publish(token, cover, **more))["result"] == 100100400
    await advance(creator.client, 6 * 3600)
    assert (await creator.publish(token))["result"] == 100100400

    other = Creator(creator.client, (await login(creator.client, KWAI))["access_token"])
    assert (await other.call("POST", "start_upload"))["result"] == 100200106
    await creator.client.put("/_publishing/KWAI", json={"audited": False})
    assert (await creator.call("POST", "start_upload"))["result"] == 100200106
    assert (await creator.call("GET", "list"))["result"] == 1


async def test_a_refused_video_disappears_and_counts_for_the_cap(creator: Creator) -> None:
    wish = {"reviewSeconds": 60, "reject": "policy", "dailyCap": 1}
    await creator.client.put("/_publishing/KWAI", json=wish)
    before = await creator.newest()
    token = await creator.begin()
    form = {"file": ("v.mp4", b"bytes", "video/mp4")}
    sent = {"upload_token": token}
    answer = await creator.client.post(f"{UPLOAD}/multipart", params=sent, files=form)
    assert answer.json()["result"] == 1
    photo = (await creator.publish(token, caption="x"))["video_info"]["photo_id"]
    assert (await creator.info(photo))["video_info"]["pending"] is True
    await advance(creator.client, 60)
    assert (await creator.info(photo))["result"] == 120001
    assert (await creator.newest())["photo_id"] == before["photo_id"]
    again = await creator.uploaded()
    assert (await creator.publish(again, caption="x"))["result"] == 100100402
    await advance(creator.client, 86_400)
    fresh = await creator.uploaded()
    assert (await creator.publish(fresh, caption="x"))["result"] == 1
