"""Publishing on TikTok, as a stranger does it from the Content Posting API's documents."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.harness.receiver import Message, Receiver
from tests.harness.waiting import until

from .conftest import Client, advance, pushes
from .media_host import MediaHost
from .oauth_platforms import PLATFORMS, TIKTOK_API
from .oauth_protocol import PKCE, Answer, asked, bearer, login

SCOPES = "user.info.basic,video.list,video.publish,video.upload"
POST = f"{TIKTOK_API}/post/publish"
INFO = {"title": "Glaze test 14 #pottery", "privacy_level": "PUBLIC_TO_EVERYONE"}
PRIVATE = INFO | {"privacy_level": "SELF_ONLY"}
SIZE = 12_000_000
FILE = {"source": "FILE_UPLOAD", "video_size": SIZE, "chunk_size": 5_000_000}
FILE |= {"total_chunk_count": 2}
Told = dict[str, Any]


class Creator:
    """A creator's calls."""

    def __init__(self, client: Client, tokens: Answer) -> None:
        self.client = client
        self.tokens = tokens

    async def call(self, path: str, status: int = 200, **body: Any) -> Told:
        response = await self.client.post(f"{POST}/{path}/", json=body, headers=bearer(self.tokens))
        told: Told = response.json()
        assert response.status_code == status, told
        return told

    async def code(self, path: str, status: int, **body: Any) -> str:
        return str((await self.call(path, status, **body))["error"]["code"])

    async def begin(self, path: str = "video/init", **body: Any) -> Told:
        told: Told = (await self.call(path, **body))["data"]
        return told

    async def status(self, publication: Told, wanted: str) -> Told:
        """The status once it is the wanted one; asked once where that is due already."""
        told = (await self.call("status/fetch", publish_id=publication["publish_id"]))["data"]
        assert told["status"] == wanted, told
        return dict(told)

    async def put(self, publication: Told, first: int, last: int, total: int = SIZE) -> Any:
        head = {"content-type": "video/mp4", "content-range": f"bytes {first}-{last}/{total}"}
        address = publication["upload_url"].replace("https://", "/")
        return await self.client.put(address, content=bytes(last - first + 1), headers=head)

    async def upload(self, publication: Told) -> None:
        assert (await self.put(publication, 0, 4_999_999)).status_code == 206
        assert (await self.put(publication, 5_000_000, SIZE - 1)).status_code == 201

    async def newest(self) -> Told:
        fields = "id,create_time,title,video_description,share_url"
        response = await self.client.post(
            f"{TIKTOK_API}/video/list/?fields={fields}",
            json={"max_count": 1},
            headers=bearer(self.tokens),
        )
        return dict(response.json()["data"]["videos"][0])


async def creator(client: Client, scopes: str = SCOPES, **more: str) -> Creator:
    query = asked("client_key", "tiktok", scopes, **PKCE)
    return Creator(client, await login(client, PLATFORMS["tiktok"], **query, **more))


async def conduct(client: Client, **values: Any) -> None:
    assert (await client.put("/_publishing/tiktok", json=values)).status_code == 200


async def events(receiver: Receiver, count: int) -> dict[str, Message]:
    """The last message of each event among the first `count`; their order is not promised."""
    messages = await pushes(receiver, count, lambda one: b"post.publish." in one.body)
    return {json.loads(one.body)["event"].removeprefix("post.publish."): one for one in messages}


async def test_a_public_video_by_chunks(pushing: Client, receiver: Receiver) -> None:
    ida = await creator(pushing)
    await conduct(pushing, processingSeconds=3000, reviewSeconds=6000)
    info = (await ida.call("creator_info/query"))["data"]
    assert "PUBLIC_TO_EVERYONE" in info["privacy_level_options"]
    begun = await ida.begin(post_info=INFO, source_info=FILE)
    early = await ida.put(begun, 5_000_000, SIZE - 1)
    assert (early.status_code, early.content) == (416, b"")
    wrong = await ida.put(begun, 0, 3_999_999)
    assert wrong.status_code == 400
    first = await ida.put(begun, 0, 4_999_999)
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-4999999/{SIZE}")
    again = await ida.put(begun, 0, 4_999_999)
    assert (again.status_code, again.headers["content-range"]) == (416, f"bytes 0-4999999/{SIZE}")
    told = await ida.status(begun, "PROCESSING_UPLOAD")
    assert told["uploaded_bytes"] == 5_000_000
    assert (await ida.put(begun, 5_000_000, SIZE - 1)).status_code == 201
    await ida.status(begun, "PROCESSING_UPLOAD")
    await advance(pushing, 3001)
    done = await ida.status(begun, "PUBLISH_COMPLETE")
    assert done["publicaly_available_post_id"] == []
    await advance(pushing, 6001)
    shown = (await ida.status(begun, "PUBLISH_COMPLETE"))["publicaly_available_post_id"]
    newest = await ida.newest()
    assert shown == [int(newest["id"])]
    assert shown[0] > 2**53
    assert (newest["title"], newest["video_description"]) == (INFO["title"], INFO["title"])
    messages = await events(receiver, 2)
    assert set(messages) == {"complete", "publicly_available"}
    message = messages["publicly_available"]
    content = json.loads(json.loads(message.body)["content"])
    assert content == {
        "publish_id": begun["publish_id"],
        "publish_type": "DIRECT_PUBLISH",
        "post_id": newest["id"],
    }
    signature = dict(part.split("=") for part in message.headers["tiktok-signature"].split(","))
    signed = f"{signature['t']}.".encode() + message.body
    right = hmac.new(b"sandbox-tiktok-secret", signed, hashlib.sha256).hexdigest()
    assert signature["s"] == right
    assert (await ida.code("cancel", 400, publish_id=begun["publish_id"])) == (
        "publish_not_cancellable"
    )


async def test_a_draft_waits_for_the_creator(pushing: Client, receiver: Receiver) -> None:
    ida = await creator(pushing, "user.info.basic,video.list,video.upload")
    begun = await ida.begin("inbox/video/init", source_info=FILE)
    await ida.upload(begun)
    await ida.status(begun, "SEND_TO_USER_INBOX")
    sent = {"id": begun["publish_id"], "caption": "By hand", "posts": 2}
    posts = (await pushing.post("/_drafts/tiktok", json=sent)).json()["posts"]
    told = await ida.status(begun, "PUBLISH_COMPLETE")
    assert [str(one) for one in told["publicaly_available_post_id"]] == posts
    assert (await ida.newest())["title"] == "By hand"
    assert set(await events(receiver, 5)) == {"inbox_delivered", "complete", "publicly_available"}
    assert (await pushing.post("/_drafts/tiktok", json=sent)).status_code == 400
    refused = await ida.code("video/init", 401, post_info=INFO, source_info=FILE)
    assert refused == "scope_not_authorized"
    for _ in range(5):
        await ida.begin("inbox/video/init", source_info=FILE)
    await advance(pushing, 61)
    full = await ida.code("inbox/video/init", 403, source_info=FILE)
    assert full == "spam_risk_too_many_pending_share"
    await pushing.post("/_world/tiktok/ida/works", json={"remove": posts[:1]})
    (gone,) = await pushes(receiver, 1, lambda one: b"no_longer" in one.body)
    assert posts[0] in json.loads(gone.body)["content"]


async def test_photos_are_pulled(sandbox: Client, media: MediaHost) -> None:
    ida = await creator(sandbox)
    photos = [media.url("/a.jpg"), media.url("/b.jpg")]
    source = {"source": "PULL_FROM_URL", "photo_images": photos, "photo_cover_index": 0}
    body = {"media_type": "PHOTO", "post_mode": "DIRECT_POST", "source_info": source}
    info = INFO | {"title": "Bowls", "description": "Autumn firing"}
    begun = await ida.begin("content/init", post_info=info, **body)

    async def is_complete() -> bool:
        told = await ida.call("status/fetch", publish_id=begun["publish_id"])
        return bool(told["data"]["status"] == "PUBLISH_COMPLETE")

    await until(is_complete)
    newest = await ida.newest()
    assert (newest["title"], newest["video_description"]) == ("Bowls", "Autumn firing")
    assert "/photo/" in newest["share_url"]
    assert sorted(media.asked) == ["/a.jpg", "/b.jpg"]
    foreign = source | {"photo_images": ["https://elsewhere.example/a.jpg"]}
    refused = await ida.code("content/init", 403, **body | {"source_info": foreign}, post_info=info)
    assert refused == "url_ownership_unverified"
    long = info | {"title": "a" * 91}
    assert await ida.code("content/init", 400, post_info=long, **body) == "invalid_param"


async def test_pulls_fail_and_are_cancelled(pushing: Client, media: MediaHost) -> None:
    ida = await creator(pushing)
    media.missing.add("/none.mp4")
    source = {"source": "PULL_FROM_URL", "video_url": media.url("/none.mp4")}
    begun = await ida.begin(post_info=PRIVATE, source_info=source)

    async def has_failed() -> Any:
        told = await ida.call("status/fetch", publish_id=begun["publish_id"])
        return told["data"].get("fail_reason")

    assert await until(has_failed) == "video_pull_failed"
    media.held.clear()
    held = source | {"video_url": media.url("/held.mp4")}
    running = await ida.begin(post_info=PRIVATE, source_info=held)
    await ida.status(running, "PROCESSING_DOWNLOAD")
    assert (await ida.call("cancel", publish_id=running["publish_id"]))["error"]["code"] == "ok"
    told = await ida.status(running, "FAILED")
    assert told["fail_reason"] == "publish_cancelled"


async def test_what_an_unaudited_app_may(sandbox: Client) -> None:
    await conduct(sandbox, audited=False)
    ida, mara = await creator(sandbox), await creator(sandbox, sandbox_person="mara")
    unaudited = "unaudited_client_can_only_post_to_private_accounts"
    for one, info in ((ida, PRIVATE), (mara, INFO)):
        assert await one.code("video/init", 403, post_info=info, source_info=FILE) == unaudited
    options = (await mara.call("creator_info/query"))["data"]["privacy_level_options"]
    assert options == ["SELF_ONLY"]
    begun = await mara.begin(post_info=PRIVATE, source_info=FILE)
    before = await mara.newest()
    await mara.upload(begun)
    told = await mara.status(begun, "PUBLISH_COMPLETE")
    assert told["publicaly_available_post_id"] == []
    assert (await mara.newest())["id"] == before["id"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"dailyCap": 0}, "spam_risk_too_many_posts"),
        ({"reject": "spam_risk_user_banned_from_posting"}, "spam_risk_user_banned_from_posting"),
    ],
)
async def test_creators_who_cannot_post(sandbox: Client, values: Told, code: str) -> None:
    ida = await creator(sandbox)
    await conduct(sandbox, **values)
    assert await ida.code("creator_info/query", 200) == code
    assert await ida.code("video/init", 403, post_info=INFO, source_info=FILE) == code


async def test_refusals_after_the_upload_and_old_addresses(still: Client) -> None:
    ida = await creator(still)
    await conduct(still, rejectMedia="duration_check_failed")
    begun = await ida.begin(post_info=INFO, source_info=FILE)
    await ida.upload(begun)
    told = await ida.status(begun, "FAILED")
    assert told["fail_reason"] == "duration_check_failed"
    old = await ida.begin(post_info=INFO, source_info=FILE)
    await advance(still, 3601)
    assert (await ida.put(old, 0, 4_999_999)).status_code == 403
    lost = {"upload_url": old["upload_url"].replace("upload_id=", "upload_id=1")}
    assert (await ida.put(lost, 0, 4_999_999)).status_code == 404
    for chunk, count in ((4_000_000, 3), (5_000_000, 3), (12_000_001, 1)):
        plan = FILE | {"chunk_size": chunk, "total_chunk_count": count}
        refused = await ida.code("video/init", 400, post_info=INFO, source_info=plan)
        assert refused == "invalid_param"
    option = INFO | {"privacy_level": "FOLLOWER_OF_CREATOR"}
    refused = await ida.code("video/init", 403, post_info=option, source_info=FILE)
    assert refused == "privacy_level_option_mismatch"
    await ida.begin(post_info=INFO, source_info=FILE)
    await ida.begin(post_info=INFO, source_info=FILE)
    refused = await ida.code("video/init", 429, post_info=INFO, source_info=FILE)
    assert refused == "rate_limit_exceeded"
