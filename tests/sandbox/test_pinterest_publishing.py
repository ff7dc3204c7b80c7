"""Pinterest: pins of images and videos, the upload to another host, and what is refused."""

import base64
import zlib
from typing import Any

from .conftest import Client, advance
from .file_server import FileServer
from .oauth_platforms import PINTEREST_API, PLATFORMS
from .oauth_protocol import bearer, login

PINTEREST = PLATFORMS["pinterest"]
SCOPE = "user_accounts:read,boards:read,boards:write,pins:read,pins:write"
UPLOAD = "/pinterest-media-upload.s3-accelerate.amazonaws.com/"
IMAGE = b"a picture"
VIDEO = bytes(range(256)) * 40
SENT = {
    "source_type": "image_base64",
    "content_type": "image/png",
    "data": base64.b64encode(IMAGE).decode(),
}


async def writer(client: Client, **more: str) -> tuple[dict[str, str], str]:
    """The headers of a person, and a board of theirs."""
    head = bearer(await login(client, PINTEREST, **({"scope": SCOPE} | more)))
    boards = (await client.get(f"{PINTEREST_API}/boards", headers=head)).json()["items"]
    mine = [one for one in boards if not one["is_ads_only"] and not one["collaborator_count"]]
    return head, mine[0]["id"]


async def pin(client: Client, head: dict[str, str], board: str, source: Any, **more: Any) -> Any:
    body = {"board_id": board, "media_source": source, "title": "Bowls"} | more
    return await client.post(f"{PINTEREST_API}/pins", json=body, headers=head)


async def registered(client: Client, head: dict[str, str]) -> Any:
    answer = await client.post(f"{PINTEREST_API}/media", json={"media_type": "video"}, headers=head)
    assert answer.status_code == 201
    return answer.json()


async def upload(client: Client, form: dict[str, str]) -> Any:
    return await client.post(UPLOAD, data=form, files={"file": ("a.mp4", VIDEO, "video/mp4")})


async def test_images_are_fetched_or_sent(still: Client, file_server: FileServer) -> None:
    head, board = await writer(still)
    address = file_server.put("/a.jpg", "image/jpeg", IMAGE)
    texts = {"description": "In August.", "link": "https://kiln.example/b", "alt_text": "two bowls"}
    fetched = {"source_type": "image_url", "url": address}
    made = await pin(still, head, board, fetched, **texts)
    assert made.status_code == 201, made.text
    body = made.json()
    assert texts.items() <= body.items()
    assert (body["title"], body["board_id"], body["is_owner"]) == ("Bowls", board, True)
    assert body["media"]["media_type"] == "image"
    items = [{"url": address, "title": "first"}, {"url": address}]
    several = {"source_type": "multiple_image_urls", "items": items}
    second = (await pin(still, head, board, several)).json()
    assert second["media"]["media_type"] == "multiple_images"
    assert second["media"]["items"][0]["title"] == "first"
    third = (await pin(still, head, board, SENT)).json()

    url = f"{PINTEREST_API}/boards/{board}/pins"
    listed = (await still.get(url, headers=head)).json()["items"]
    assert [one["id"] for one in listed[:3]] == [third["id"], second["id"], body["id"]]
    assert (await still.get(f"{PINTEREST_API}/pins/{body['id']}", headers=head)).json() == body
    kept = (await still.get("/_world/pinterest/ida/posts")).json()["posts"]
    sums = [[file["checksum"] for file in one["files"]] for one in kept]
    assert sums == [[zlib.crc32(IMAGE)], [zlib.crc32(IMAGE)] * 2, [zlib.crc32(IMAGE)]]

    page = file_server.put("/page", "text/html", b"<html>")
    for missing in (page, f"{file_server.origin}/none", "https://media.example/a.jpg"):
        source = {"source_type": "image_url", "url": missing}
        refused = await pin(still, head, board, source)
        assert refused.json()["message"] == "Sorry we could not fetch the image."
    later = {"source_type": "image_url", "url": f"{file_server.origin}/none"}
    file_server.put("/none", "image/png", IMAGE)
    assert (await pin(still, head, board, later)).status_code == 201


async def test_a_video_is_registered_uploaded_processed_and_pinned(still: Client) -> None:
    head, board = await writer(still)
    await still.put("/_publishing/pinterest", json={"processingSeconds": 60})
    medium = await registered(still, head)
    identifier, form = medium["media_id"], medium["upload_parameters"]
    assert medium["upload_url"].startswith("https://pinterest-media-upload")

    async def status() -> str:
        url = f"{PINTEREST_API}/media/{identifier}"
        return (await still.get(url, headers=head)).json()["status"]

    assert await status() == "registered"
    wrong = await upload(still, form | {"policy": "none"})
    assert (wrong.status_code, b"SignatureDoesNotMatch" in wrong.content) == (403, True)
    file = {"file": ("a.mp4", VIDEO, "video/mp4"), "after": (None, "x")}
    assert (await still.post(UPLOAD, data=form, files=file)).status_code == 400

    bare_form = still.build_request("POST", UPLOAD, data=form)
    del bare_form.headers["content-length"]
    chunked = await still.send(bare_form)
    assert (chunked.status_code, b"MissingContentLength" in chunked.content) == (411, True)
    assert (await upload(still, form)).status_code == 204
    assert await status() == "processing"
    source = {"source_type": "video_id", "media_id": identifier}
    framed = source | {"cover_image_key_frame_time": 1}
    assert (await pin(still, head, board, framed)).status_code == 400
    await advance(still, 60)
    assert await status() == "succeeded"
    bare = await pin(still, head, board, source)
    assert "cover_image_url or cover_image_content_type" in bare.json()["message"]
    made = await pin(still, head, board, framed)
    assert made.json()["media"]["media_type"] == "video"
    (kept,) = (await still.get("/_world/pinterest/ida/posts")).json()["posts"]
    assert kept["files"] == [{"size": len(VIDEO), "checksum": zlib.crc32(VIDEO)}]

    late = await registered(still, head)
    await advance(still, 3_601)
    expired = await upload(still, late["upload_parameters"])
    assert (expired.status_code, b"Policy expired" in expired.content) == (403, True)
    await still.put("/_publishing/pinterest", json={"rejectMedia": "codec"})
    broken = await registered(still, head)
    await upload(still, broken["upload_parameters"])
    identifier = broken["media_id"]
    assert await status() == "failed"


async def test_what_a_pin_may_not_be(still: Client) -> None:
    head, board = await writer(still)
    many = {"source_type": "multiple_image_base64", "items": [{**SENT, "title": "a"}] * 6}
    for change, status, code in (
        ({"title": "x" * 101}, 400, 1),
        ({"description": "x" * 801}, 400, 1),
        ({"colour": "red"}, 400, 1),
        ({"board_id": "bowls"}, 400, 1),
        ({"board_id": "123"}, 404, 40),
        ({"media_source": None}, 400, 1),
        ({"media_source": many}, 400, 1),
        ({"media_source": {**SENT, "content_type": "image/gif"}}, 400, 1),
        ({"media_source": {"source_type": "video_id", "media_id": "x"}}, 400, 1),
    ):
        refused = await pin(still, head, board, SENT, **change)
        assert (refused.status_code, refused.json()["code"]) == (status, code), change
    poor = bearer(await login(still, PINTEREST))
    assert (await pin(still, poor, board, SENT)).status_code == 401
    for conduct, status, words in (
        ({"rejectMedia": "ratio"}, 400, "same width/height ratios"),
        ({"reject": "spam"}, 400, "may lead to spam"),
        ({"audited": False}, 403, "Trial access"),
        ({"dailyCap": 0}, 429, "rate limit"),
    ):
        await still.put("/_publishing/pinterest", json=conduct)
        refused = await pin(still, head, board, SENT)
        assert refused.status_code == status
        assert words in refused.json()["message"]
    await still.put("/_publishing/pinterest", json={"audited": False})
    url = "/api-sandbox.pinterest.com/v5/pins"
    body = {"board_id": board, "media_source": SENT}
    assert (await still.post(url, json=body, headers=head)).status_code == 201


async def test_pins_are_changed_by_some_apps_and_deleted_by_all(still: Client) -> None:
    head, board = await writer(still)
    one = (await pin(still, head, board, SENT, link="https://kiln.example")).json()["id"]
    url = f"{PINTEREST_API}/pins/{one}"
    change = {"title": "Cups", "link": None}
    refused = await still.patch(url, json=change, headers=head)
    assert (refused.status_code, refused.json()["code"]) == (403, 29)
    app = {"client_id": "sandbox-pinterest-beta"}
    query = PINTEREST.asking | {"scope": SCOPE, "sandbox_decision": "approve"} | app
    answer = await still.get(PINTEREST.authorize, params=query)
    form = {"grant_type": "authorization_code", "redirect_uri": query["redirect_uri"]}
    form["code"] = answer.headers["location"].rpartition("code=")[2].partition("&")[0]
    secret = base64.b64encode(b"sandbox-pinterest-beta:sandbox-pinterest-beta-secret").decode()
    tokens = await still.post(
        f"{PINTEREST_API}/oauth/token", data=form, headers={"authorization": f"Basic {secret}"}
    )
    beta = bearer(tokens.json())
    assert (await still.patch(url, json=change, headers=beta)).status_code == 200
    shown = (await still.get(url, headers=head)).json()
    assert (shown["title"], shown["link"], shown["board_id"]) == ("Cups", None, board)
    deleted = [(await still.delete(url, headers=head)).status_code for _ in range(2)]
    assert deleted == [204, 404]


async def test_a_source_of_another_shape_is_refused(still: Client) -> None:
    head, board = await writer(still)
    odd: list[Any] = [None, "x", -1, 1.5, True, [], {}, [None, None], [[], []], ["a", "b"]]
    for one in odd:
        for source in ({"source_type": one}, {"source_type": "multiple_image_urls", "items": one}):
            answer = await pin(still, head, board, source)
            assert answer.status_code == 400, (source, answer.text)
