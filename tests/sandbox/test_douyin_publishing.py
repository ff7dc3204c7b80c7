"""Publishing to Douyin: links that the person's app opens, and what the server publishes."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

from openchannels.sandbox.platforms.douyin.login import open_id
from openchannels.sandbox.platforms.douyin.share import signature
from tests.harness.receiver import Message, Receiver

from .conftest import Client, advance
from .oauth_platforms import DOUYIN_HOST, PLATFORMS
from .oauth_protocol import Answer, login, secret
from .test_douyin import APP, client_token, head, listing

DOUYIN = PLATFORMS["douyin"]
SCOPES = "user_info,video.list.bind,video.create.bind"
VIDEO = f"{DOUYIN_HOST}/api/douyin/v1/video"
NONCE = "9fKq2Lm7Pz0Xc4Vb8Nn1Rt6Yw3Ua5EiG"
PNG = b"\x89PNG\r\n\x1a\n a picture"


class Files(BaseHTTPRequestHandler):
    """Serves five bytes as `video/TYPE` at `/TYPE/NAME`, but nothing that is named `none`."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path.endswith("none") else 200)
        self.send_header("content-type", f"video/{self.path.split('/')[1]}")
        self.end_headers()
        self.wfile.write(b"bytes")

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def media() -> Iterator[str]:
    """Where files are; in a thread, as the test's client holds the loop while it waits."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class App:
    """A website app that hands works over."""

    def __init__(self, client: Client) -> None:
        self.client, self.token, self.ticket, self.share = client, "", "", ""

    async def prepare(self) -> None:
        self.token = await client_token(self.client)
        self.ticket = (await self.get("/open/getticket/"))["data"]["ticket"]
        self.share = await self.share_id()

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        header = {"access-token": self.token}
        return (await self.client.get(DOUYIN_HOST + path, params=query, headers=header)).json()

    async def share_id(self, method: str = "POST", callback: str = "true") -> str:
        url, sent = f"{DOUYIN_HOST}/share-id/", {"need_callback": callback}
        header = {"access-token": self.token}
        answer = await self.client.request(method, url, params=sent, headers=header)
        return str(answer.json()["data"]["share_id"])

    async def link(self, **body: Any) -> dict[str, Any]:
        url = f"{DOUYIN_HOST}/api/douyin/v1/schema/get_share/"
        sent = {"client_ticket": self.ticket, "state": self.share} | body
        header = {"access-token": self.token}
        return (await self.client.post(url, json=sent, headers=header)).json()

    def schema(self, **more: str) -> str:
        base = {
            "share_type": "h5",
            "client_key": APP,
            "nonce_str": NONCE,
            "timestamp": "1760000000",
            "signature": signature(NONCE, self.ticket, "1760000000"),
            "state": self.share,
        }
        pairs = sorted((base | more).items())
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
        return f"snssdk1128://openplatform/share?{query}"

    async def open(self, schema: str, **more: Any) -> dict[str, Any]:
        response = await self.client.post("/_douyin/open", json={"schema": schema} | more)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture
async def app(pushing: Client) -> App:
    one = App(pushing)
    await one.prepare()
    return one


def news(receiver: Receiver) -> list[Message]:
    return [one for one in receiver.messages if b"create_video" in one.body]


def test_the_documented_signature() -> None:
    signed = signature(NONCE, "@demoTicket0123456789==", "1760000000")
    assert signed == "4ed4b2d9b22eca441bb60b55ee85671a"


async def test_a_link_is_published_and_told(app: App, receiver: Receiver, media: str) -> None:
    await app.client.put("/_publishing/douyin", json={"reviewSeconds": 60})
    schema = app.schema(
        video_path=f"{media}/mp4/v",
        title="榫卯 小凳 ",
        title_hashtag_list='[{"name":"木工","start":6},{"name":"手作","start":6}]',
        hashtag_list='["木工","周末"]',
        private_status="2",
    )
    looked = await app.open(schema, publish=False)
    caption = "榫卯 小凳 #木工 #手作 #周末"
    assert (looked["shown"]["caption"], looked["shown"]["media"][0]["size"]) == (caption, 5)
    assert news(receiver) == []
    done = await app.open(schema, times=2)
    assert done["told"] == [{"status": 200}] * 2
    first, second = news(receiver)
    assert (first.body, first.headers["msg-id"]) == (second.body, second.headers["msg-id"])
    mark = hashlib.sha1(secret("douyin").encode() + first.body).hexdigest()
    assert first.headers["x-douyin-signature"] == mark
    event = json.loads(first.body)
    assert (event["from_user_id"], event["client_key"]) == (open_id("ida", APP), APP)
    assert event["content"] == {
        "share_id": app.share, "has_default_hashtag": False, **done["published"],
    }  # fmt: skip

    tokens = await login(app.client, DOUYIN)
    work = (await listing(app.client, tokens))["data"]["list"][2]
    assert {name: work[name] for name in ("item_id", "video_id")} == done["published"]
    assert (work["title"], work["video_status"], work["media_type"]) == (caption, 4, 4)
    await advance(app.client, 60)
    work = (await listing(app.client, tokens))["data"]["list"][2]
    assert (work["video_status"], work["is_reviewed"]) == (6, True)


async def test_other_forms_of_the_webhook(app: App, receiver: Receiver, media: str) -> None:
    schema = app.schema(video_path=f"{media}/quicktime/v", title="a+b")
    wish = {"person": "mara", "contentAsText": True, "withoutVideoId": True}
    shown = await app.open(schema, **wish)
    assert shown["shown"]["caption"] == "a+b"
    (push,) = news(receiver)
    event = json.loads(push.body)
    assert event["from_user_id"] == open_id("mara", APP)
    assert set(json.loads(event["content"])) == {"share_id", "item_id", "has_default_hashtag"}
    app.share = await app.share_id("GET", callback="false")
    silent = await app.open(app.schema(video_path=f"{media}/mp4/v"))
    assert (silent["told"], len(news(receiver))) == ([], 1)


async def test_the_platforms_own_link(app: App, receiver: Receiver, media: str) -> None:
    now = (await app.client.get("/_clock")).json()["now"]
    good = {"expire_at": now + 600, "title": "x", "hashtag_list": ["a"]}
    answer = await app.link(**good, video_path=f"{media}/mp4/v")
    schema = answer["data"]["schema"]
    assert schema.startswith("snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2F")
    assert (await app.open(schema))["shown"]["caption"] == "x #a"
    assert json.loads(news(receiver)[0].body)["content"]["share_id"] == app.share
    assert (await app.link(**good, client_ticket="@none"))["err_no"] == 28001007
    await advance(app.client, 601)
    assert await app.open(schema) == {"refused": "stale_ticket"}
    await app.client.put("/_publishing/douyin", json={"audited": False})
    assert (await app.link(**good))["err_no"] == 28001018


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda media: {"video_path": f"{media}/mp4/none"}, "no_media"),
        (lambda media: {"video_path": "https://elsewhere.example/v.mp4"}, "no_media"),
        (lambda media: {}, "no_media"),
        (lambda media: {"video_path": f"{media}/webm/v"}, "bad_content_type"),
        (lambda media: {"image_path": f"{media}/mp4/v"}, "bad_content_type"),
        (lambda media: {"video_path": f"{media}/mp4/v", "signature": "0" * 32}, "bad_signature"),
        (lambda media: {"video_path": f"{media}/mp4/v", "state": "1"}, "expired_share"),
    ],
)
async def test_links_that_the_app_does_not_take(
    app: App, media: str, change: Callable[[str], dict[str, str]], reason: str
) -> None:
    assert await app.open(app.schema(**change(media))) == {"refused": reason}


async def test_tickets_and_share_ids_end(app: App, media: str) -> None:
    old = app.schema(video_path=f"{media}/mp4/v")
    await app.get("/open/getticket/")
    assert "shown" in await app.open(old, publish=False)
    await advance(app.client, 301)
    assert await app.open(old) == {"refused": "stale_ticket"}
    app.ticket = (await app.get("/open/getticket/"))["data"]["ticket"]
    await advance(app.client, 3_600)
    assert await app.open(app.schema(video_path=f"{media}/mp4/v")) == {"refused": "expired_share"}
    await advance(app.client, 7_200)
    assert (await app.get("/open/getticket/"))["extra"]["error_code"] == 28001008
    app.token = "clt.none"
    assert (await app.get("/share-id/"))["extra"]["error_code"] == 28001003
    assert (await app.open("https://elsewhere.example/"))["refused"] == "unknown_schema"


class Server:
    """An app that publishes for one person."""

    def __init__(self, client: Client, tokens: Answer) -> None:
        self.client, self.tokens = client, tokens

    async def call(
        self, name: str, body: Any = None, files: Any = None, **query: Any
    ) -> dict[str, Any]:
        sent = {"open_id": self.tokens["open_id"]} | query
        answer = await self.client.post(
            f"{VIDEO}/{name}/", params=sent, json=body, files=files, headers=head(self.tokens)
        )
        return answer.json()

    async def code(self, name: str, body: Any = None, files: Any = None, **query: Any) -> int:
        answer = await self.call(name, body, files, **query)
        return int(answer["err_no"] if "err_no" in answer else answer["extra"]["error_code"])

    async def uploaded(self) -> str:
        answer = await self.call("upload_video", files={"video": ("v.mp4", b"all", "video/mp4")})
        return str(answer["data"]["video"]["video_id"])

    async def picture(self) -> str:
        answer = await self.call("upload_image", files={"image": ("a.png", PNG, "image/png")})
        return str(answer["data"]["image"]["image_id"])


@pytest.fixture
async def server(sandbox: Client) -> Server:
    return Server(sandbox, await login(sandbox, DOUYIN, scope=SCOPES))


async def test_parts_become_a_video(server: Server) -> None:
    upload = (await server.call("init_video_part_upload", {}))["data"]["upload_id"]

    async def part(number: int, content: bytes) -> int:
        files = {"video": ("v.mp4", content, "video/mp4")}
        sent = {"upload_id": upload, "part_number": number}
        return await server.code("upload_video_part", files=files, **sent)

    assert [await part(0, b"x"), await part(1, b"")] == [2100005, 2100005]
    assert [await part(1, b"small"), await part(2, b"last")] == [0, 0]
    end = "complete_video_part_upload"
    assert await server.code(end, upload_id=upload) == 2100005
    assert await part(1, bytes(5_000_000)) == 0
    video = (await server.call(end, upload_id=upload))["data"]["video"]["video_id"]
    assert await server.code(end, upload_id=upload) == 2190007
    cover = await server.picture()
    wish = {"video_id": video, "text": "榫卯 #木工 ", "private_status": 1, "cover_tsp": 1.5}
    made = (await server.call("create_video", wish | {"custom_cover_image_url": cover}))["data"]
    assert await server.code("create_video", wish) == 2190007
    work = (await listing(server.client, server.tokens))["data"]["list"][2]
    assert (work["item_id"], work["video_id"]) == (made["item_id"], made["video_id"])
    assert (work["title"], work["video_status"], work["media_type"]) == ("榫卯 #木工 ", 7, 4)
    assert work["create_time"]


async def test_creations_that_are_refused(server: Server) -> None:
    video = await server.uploaded()
    for change, code in (
        ({"text": "x" * 1_001}, 2100005),
        ({"private_status": 3}, 2100005),
        ({"download_type": "2"}, 2100005),
        ({"cover_tsp": -1}, 2100005),
        ({"custom_cover_image_url": "@none"}, 2100005),
        ({"micro_app_id": "a", "poi_id": "b"}, 2100005),
        ({"video_id": "v0200fnone"}, 2190007),
    ):
        assert await server.code("create_video", {"video_id": video} | change) == code
    control = "/_publishing/douyin"
    await server.client.put(control, json={"rejectMedia": "2114006"})
    assert await server.code("create_video", {"video_id": video}) == 2114006
    await server.client.put(control, json={"dailyCap": 1, "reject": "policy"})
    assert await server.code("create_video", {"video_id": video}) == 0
    again = {"video_id": await server.uploaded()}
    assert await server.code("create_video", again) == 2114007
    work = (await listing(server.client, server.tokens))["data"]["list"][2]
    assert work["video_status"] == 2
    await server.client.put(control, json={"audited": False})
    assert await server.code("create_video", again) == 28001018
    server.tokens = await login(server.client, DOUYIN)
    assert await server.code("create_video", again) == 10004


async def test_pictures_become_a_note(server: Server) -> None:
    pictures = [await server.picture() for _ in range(2)]
    for ids in ([], pictures * 7, ["@none"]):
        assert await server.code("create_image_text", {"image_list": ids}) == 2100005
    made = (await server.call("create_image_text", {"image_list": pictures, "text": "x"}))["data"]
    work = (await listing(server.client, server.tokens))["data"]["list"][2]
    assert (work["item_id"], work["media_type"], work["title"]) == (made["item_id"], 2, "x")
    assert "/share/note/" in work["share_url"]
