"""Publishing on a Page, as a stranger does it from Meta's documents."""

import json
from typing import Any

import pytest

from tests.harness.waiting import until

from .conftest import Client, advance
from .graph_person import GraphPerson, Told, conduct
from .media_host import MediaHost
from .test_facebook import GRAPH, login, page_of

SCOPES = "pages_show_list,pages_read_engagement,pages_read_user_content,pages_manage_posts"
VIDEOS = "graph-video.facebook.com/v26.0"
SIZE = 5_000_000
STATUS = "id,status,published,permalink_url,post_id,title,description"


class PagePerson(GraphPerson):
    """The calls of who manages a Page."""

    async def newest(self, fields: str = "id,message,permalink_url,attachments") -> Told:
        sent = {"fields": fields, "limit": 1}
        told = await self.call("GET", f"{self.me}/published_posts", **sent)
        return dict(told["data"][0])

    async def photo(self, **fields: Any) -> str:
        sent = {"published": "false", **fields}
        return str((await self.call("POST", f"{self.me}/photos", **sent))["id"])

    async def video(self, identifier: str) -> Told:
        return await self.call("GET", identifier, fields=STATUS)

    async def session(self, **fields: Any) -> Any:
        """A call of a session of chunks."""
        chunk = fields.pop("chunk", None)
        files = {"video_file_chunk": ("a.mp4", chunk, "video/mp4")} if chunk is not None else None
        sent = fields | {"access_token": self.token}
        return await self.client.post(f"/{VIDEOS}/{self.me}/videos", data=sent, files=files)

    async def uploaded(self, **fields: Any) -> Told:
        """A session whose bytes are all there."""
        begun: Told = (await self.session(upload_phase="start", file_size=SIZE)).json()
        offsets = begun
        while offsets["start_offset"] != offsets["end_offset"]:
            first, last = int(offsets["start_offset"]), int(offsets["end_offset"])
            part = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
            part |= {"start_offset": str(first), "chunk": bytes(last - first)}
            offsets = (await self.session(**part)).json()
        assert offsets["start_offset"] == str(SIZE)
        return begun

    async def put(self, begun: Told, body: bytes = b"", **headers: str) -> Any:
        head = {"authorization": f"OAuth {self.token}", **headers}
        address = begun["upload_url"].replace("https://", "/")
        return await self.client.post(address, content=body, headers=head)


async def person(client: Client, scopes: str = SCOPES) -> PagePerson:
    page = await page_of(client, await login(client, scope=scopes))
    return PagePerson(client, GRAPH, page["access_token"], page["id"])


async def test_texts_links_and_photos(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    told = await ida.call("POST", f"{ida.me}/feed?fields=permalink_url", message="Rye is back")
    newest = await ida.newest()
    assert (newest["id"], newest["message"]) == (told["id"], "Rye is back")
    assert told["permalink_url"] == newest["permalink_url"]
    assert await ida.refused(f"{ida.me}/feed", message="Rye is back") == (506, None)
    assert await ida.refused(f"{ida.me}/feed", link="pier") == (100, 1500)
    link = "https://pier.example/rye"
    await ida.call("POST", f"{ida.me}/feed", message="Rye is back", link=link)
    (item,) = (await ida.newest())["attachments"]["data"]
    assert (item["media_type"], item["unshimmed_url"]) == ("link", link)
    photos = [await ida.photo(url=media.url(f"/{name}.jpg")) for name in ("b", "a")]
    attached = [{"media_fbid": one} for one in photos]
    sent = {"message": "Two", "attached_media": json.dumps(attached)}
    await ida.call("POST", f"{ida.me}/feed", **sent)
    (item,) = (await ida.newest())["attachments"]["data"]
    assert [one["target"]["id"] for one in item["subattachments"]["data"]] == photos
    assert await ida.refused(f"{ida.me}/feed", **sent) == (100, 1366051)
    media.missing.add("/none.jpg")
    for path in ("/none.jpg", "/a.webp"):
        sent = {"published": "false", "url": media.url(path)}
        assert await ida.refused(f"{ida.me}/photos", **sent) == (100, 1366046)
    source = {"source": ("a.jpg", bytes(100), "image/jpeg")}
    bytes_sent = await sandbox.post(
        f"{GRAPH}/{ida.me}/photos", data={"access_token": ida.token}, files=source
    )
    assert bytes_sent.json()["post_id"] == (await ida.newest())["id"]


async def test_a_video_by_chunks(sandbox: Client) -> None:
    ida = await person(sandbox)
    await conduct(sandbox, "facebook", processingSeconds=6000)
    begun = (await ida.session(upload_phase="start", file_size=SIZE)).json()
    wrong = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
    wrong |= {"start_offset": "5", "chunk": bytes(10)}
    error = (await ida.session(**wrong)).json()["error"]
    expected = {name: int(begun[name]) for name in ("start_offset", "end_offset")}
    assert (error["error_subcode"], error["error_data"]) == (1363037, expected)
    begun = await ida.uploaded()
    finish = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"]}
    finish |= {"title": "Rye", "description": "A film"}
    assert (await ida.session(**finish)).json() == {"success": True}
    told = await ida.video(begun["video_id"])
    assert (told["published"], told["status"]["video_status"]) == (False, "processing")
    await advance(sandbox, 6001)
    told = await ida.video(begun["video_id"])
    assert told["status"]["publishing_phase"]["publish_status"] == "published"
    newest = await ida.newest()
    assert (told["post_id"], newest["message"]) == (newest["id"], "A film")
    assert newest["attachments"]["data"][0]["target"]["id"] == begun["video_id"]
    assert (await ida.session(**finish)).json()["error"]["error_subcode"] == 1363041


async def test_reels_by_bytes_and_by_address(sandbox: Client, media: MediaHost) -> None:
    ida, path = await person(sandbox), "video_reels"
    begun = await ida.call("POST", f"{ida.me}/{path}", upload_phase="start")
    size = {"file_size": "1000"}
    assert (await ida.put(begun, bytes(400), offset="0", **size)).json()["debug_info"]["retriable"]
    early = await ida.put(begun, bytes(10), offset="0", **size)
    assert (early.status_code, early.json()["debug_info"]["type"]) == (412, "OffsetInvalidError")
    status = (await ida.video(begun["video_id"]))["status"]
    assert status["uploading_phase"]["bytes_transfered"] == 400
    finish = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"}
    assert await ida.refused(f"{ida.me}/{path}", **finish) == (6000, None)
    assert (await ida.put(begun, bytes(600), offset="400", **size)).json() == {"success": True}
    await ida.call("POST", f"{ida.me}/{path}", **finish, description="Reel")
    newest = await ida.newest()
    assert newest["permalink_url"] == f"https://www.facebook.com/reel/{begun['video_id']}/"
    other = await ida.call("POST", f"{ida.me}/{path}", upload_phase="start")
    await ida.put(other, file_url=media.url("/v.mp4"))
    await conduct(sandbox, "facebook", rejectMedia="1363128")
    await ida.call("POST", f"{ida.me}/{path}", **finish | {"video_id": other["video_id"]})

    async def has_failed() -> Any:
        phase = (await ida.video(other["video_id"]))["status"]["processing_phase"]
        return phase.get("errors")

    assert (await until(has_failed))[0]["code"] == 1363128
    await conduct(sandbox, "facebook", dailyCap=1)
    third = await ida.call("POST", f"{ida.me}/{path}", upload_phase="start")
    await ida.put(third, bytes(10), offset="0", file_size="10")
    finish["video_id"] = third["video_id"]
    assert await ida.refused(f"{ida.me}/{path}", **finish) == (32, None)


async def test_stories(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    photo = await ida.photo(url=media.url("/a.jpg"))
    first = await ida.call("POST", f"{ida.me}/photo_stories", photo_id=photo)
    assert await ida.refused(f"{ida.me}/photo_stories", photo_id=photo) == (100, 1366051)
    begun = await ida.call("POST", f"{ida.me}/video_stories", upload_phase="start")
    await ida.put(begun, bytes(10), offset="0", file_size="10")
    finish = {"upload_phase": "finish", "video_id": begun["video_id"]}
    second = await ida.call("POST", f"{ida.me}/video_stories", **finish)
    rows = (await ida.call("GET", f"{ida.me}/stories", status="PUBLISHED"))["data"]
    assert [(one["post_id"], one["media_id"]) for one in rows] == [
        (second["post_id"], begun["video_id"]),
        (first["post_id"], photo),
    ]
    await advance(sandbox, 86_400)
    assert (await ida.call("GET", f"{ida.me}/stories", status="PUBLISHED"))["data"] == []


async def test_scheduled_posts_and_drafts(sandbox: Client) -> None:
    ida = await person(sandbox)
    now = int((await sandbox.get("/_clock")).json()["now"])
    sent = {"message": "Later", "published": "false", "unpublished_content_type": "SCHEDULED"}
    soon = sent | {"scheduled_publish_time": str(now + 60)}
    assert await ida.refused(f"{ida.me}/feed", **soon) == (100, None)
    later = sent | {"scheduled_publish_time": str(now + 7200)}
    post = (await ida.call("POST", f"{ida.me}/feed", **later))["id"]
    fields = "id,message,scheduled_publish_time,is_published"
    (waiting,) = (await ida.call("GET", f"{ida.me}/scheduled_posts", fields=fields))["data"]
    assert waiting == {
        "id": post, "message": "Later", "scheduled_publish_time": now + 7200,
        "is_published": False,
    }  # fmt: skip
    assert (await ida.newest())["id"] != post
    await advance(sandbox, 7201)
    assert (await ida.newest())["id"] == post
    draft = {"message": "Draft", "published": "false", "unpublished_content_type": "DRAFT"}
    draft_id = (await ida.call("POST", f"{ida.me}/feed", **draft))["id"]
    begun = await ida.uploaded()
    finish = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"]}
    await ida.session(**finish | {"published": "false", "unpublished_content_type": "DRAFT"})
    video = begun["video_id"]
    status = (await ida.video(video))["status"]
    assert status["publishing_phase"] == {"status": "not_started", "publish_status": "draft"}
    for one in (draft_id, video):
        sent = {"person": "ida", "page": ida.me, "id": one}
        assert (await sandbox.post("/_drafts/facebook", json=sent)).status_code == 200
        assert (await sandbox.post("/_drafts/facebook", json=sent)).status_code == 400
    posts = (await ida.call("GET", f"{ida.me}/published_posts", fields="id", limit=2))["data"]
    assert posts == [{"id": (await ida.video(video))["post_id"]}, {"id": draft_id}]


async def test_changes_and_deletion(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    foreign = (await ida.newest())["id"]
    post = (await ida.call("POST", f"{ida.me}/feed", message="Ry"))["id"]
    await ida.call("POST", post, message="Rye")
    assert (await ida.newest())["message"] == "Rye"
    video = (await ida.call("POST", f"{ida.me}/videos", file_url=media.url("/v.mp4")))["id"]
    await ida.call("POST", video, description="Changed")
    assert (await ida.newest())["message"] == "Changed"
    for one in (video, post):
        assert await ida.call("DELETE", one) == {"success": True}
        assert await ida.refused(one, "DELETE") == (100, 33)
    assert (await ida.newest())["id"] == foreign
    assert (await ida.refused(foreign, "DELETE", 403))[0] == 200


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"reject": "368/1390008"}, (368, 1390008)),
        ({"dailyCap": 0}, (368, 1390008)),
        ({"reject": "1609005"}, (1609005, None)),
    ],
)
async def test_refused_posts(sandbox: Client, values: Told, refusal: tuple[int, Any]) -> None:
    ida = await person(sandbox)
    await conduct(sandbox, "facebook", **values)
    assert await ida.refused(f"{ida.me}/feed", message="a") == refusal


async def test_permissions_and_tokens(sandbox: Client) -> None:
    reader = await person(sandbox, "pages_show_list,pages_read_engagement")
    assert (await reader.refused(f"{reader.me}/feed", http=403, message="a"))[0] == 200
    token = await login(sandbox, scope=SCOPES)
    user = PagePerson(sandbox, GRAPH, token, reader.me)
    assert (await user.refused(f"{user.me}/feed", http=403, message="a"))[0] == 200
    ida = await person(sandbox)
    begun = await ida.call("POST", f"{ida.me}/video_reels", upload_phase="start")
    wrong = await ida.put(begun, b"", authorization="OAuth x")
    assert wrong.json()["debug_info"]["type"] == "NotAuthorizedError"
