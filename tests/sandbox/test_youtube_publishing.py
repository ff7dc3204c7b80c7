"""YouTube: uploads part by part, what becomes of a video, changes of it, and who may do what."""

import zlib
from typing import Any

from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import NOON, Client, advance
from .test_youtube import API, bearer, login

SCOPE = "https://www.googleapis.com/auth/youtube"
SCOPES = f"openid {SCOPE}.readonly {SCOPE}.upload {SCOPE}.force-ssl"
UPLOADS = "/www.googleapis.com/upload/youtube/v3"
UNIT = 256 * 1024
FILE = bytes(range(256)) * (UNIT // 256) * 2 + b"the end"
RESOURCE = {
    "snippet": {"title": "Glaze test", "description": "Iron.", "tags": ["ash"], "categoryId": "26"},
    "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False},
}


async def manager(client: Client, **more: str) -> dict[str, str]:
    return bearer(await login(client, scope=SCOPES, **more))


async def begin(
    client: Client, head: dict[str, str], resource: Any = RESOURCE, size: int = len(FILE)
) -> Any:
    sent = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4"}
    query = {"uploadType": "resumable", "part": "snippet,status", "notifySubscribers": "false"}
    return await client.post(
        f"{UPLOADS}/videos", params=query, json=resource, headers=head | sent | {"Slug": "a.mp4"}
    )


async def send(client: Client, head: dict[str, str], at: str, first: int, part: bytes) -> Any:
    span = f"bytes {first}-{first + len(part) - 1}/{len(FILE)}" if part else f"bytes */{len(FILE)}"
    sent = {"Content-Range": span, "Content-Type": "video/mp4"}
    return await client.put(at, content=part, headers=head | sent)


async def session(client: Client, head: dict[str, str], resource: Any = RESOURCE) -> str:
    opened = await begin(client, head, resource)
    assert (opened.status_code, opened.content) == (200, b"")
    return "/" + opened.headers["location"].removeprefix("https://")


async def published(client: Client, head: dict[str, str], resource: Any = RESOURCE) -> Any:
    at = await session(client, head, resource)
    done = await client.put(at, content=FILE, headers=head | {"Content-Type": "video/mp4"})
    assert done.status_code == 201, done.text
    return done.json()


async def read(
    client: Client, head: dict[str, str], one: str, parts: str = "snippet,status"
) -> Any:
    answer = await client.get(f"{API}/videos", params={"part": parts, "id": one}, headers=head)
    (item,) = answer.json()["items"]
    return item


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


async def test_a_file_comes_part_by_part_and_is_the_newest_video(still: Client) -> None:
    head = await manager(still)
    at = await session(still, head)
    nothing = await send(still, head, at, 0, b"")
    assert (nothing.status_code, "range" in nothing.headers) == (308, False)
    odd = await send(still, head, at, 0, FILE[:1000])
    assert odd.status_code == 400
    first = await send(still, head, at, 0, FILE[:UNIT])
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{UNIT - 1}")
    for wrong in (0, UNIT + 256):
        part = FILE[wrong : wrong + UNIT]
        refused = await send(still, head, at, wrong, part)
        assert (refused.status_code, refused.headers["range"]) == (308, f"bytes=0-{UNIT - 1}")
    await send(still, head, at, UNIT, FILE[UNIT : 2 * UNIT])
    asked = await send(still, head, at, 0, b"")
    assert asked.headers["range"] == f"bytes=0-{2 * UNIT - 1}"
    done = await send(still, head, at, 2 * UNIT, FILE[2 * UNIT :])
    assert done.status_code == 201
    assert set(done.json()) == {"kind", "etag", "id", "snippet", "status"}
    again = await send(still, head, at, 0, b"")
    assert (again.status_code, again.json()["id"]) == (200, done.json()["id"])

    (kept,) = (await still.get("/_world/youtube/ida/posts")).json()["posts"]
    assert kept["file"]["checksum"] == zlib.crc32(FILE)
    channel = (await still.get("/_world/youtube/ida")).json()["channels"][0]
    query = {"part": "snippet,status", "playlistId": channel["uploads"], "maxResults": "1"}
    (newest,) = (await still.get(f"{API}/playlistItems", params=query, headers=head)).json()[
        "items"
    ]
    assert newest["snippet"]["resourceId"]["videoId"] == done.json()["id"]
    assert newest["snippet"]["title"] == "Glaze test"
    shown = await read(still, head, done.json()["id"], "fileDetails,snippet,status")
    assert shown["fileDetails"]["fileName"] == "a.mp4"
    assert shown["fileDetails"]["fileSize"] == str(len(FILE))
    assert shown["snippet"]["tags"] == ["ash"]


async def test_less_of_a_part_may_be_kept_and_a_session_ends(still: Client) -> None:
    head = await manager(still, sandbox_person="mara")
    at = await session(still, head)
    first = await send(still, head, at, 0, FILE[: 2 * UNIT])
    assert first.headers["range"] == f"bytes=0-{UNIT - 1}"
    done = await send(still, head, at, UNIT, FILE[UNIT:])
    assert done.status_code == 201
    (kept,) = (await still.get("/_world/youtube/mara/posts")).json()["posts"]
    assert kept["file"]["checksum"] == zlib.crc32(FILE)
    late = await session(still, head)
    await advance(still, 7 * 86_400)
    head = await manager(still, sandbox_person="mara")
    assert (await send(still, head, late, 0, b"")).status_code == 404


async def test_what_is_refused_before_any_byte(still: Client) -> None:
    head = await manager(still)
    for part, change, expected in (
        ("snippet", {"title": "x" * 101}, "invalidTitle"),
        ("snippet", {"title": "<b>"}, "invalidTitle"),
        ("snippet", {"description": "é" * 2_501}, "invalidDescription"),
        ("snippet", {"tags": ["a b"] * 84}, "invalidTags"),
        ("snippet", {"categoryId": "42"}, "invalidCategoryId"),
        ("snippet", {"colour": "red"}, "badRequest"),
        ("snippet", {"title": 5}, "badRequest"),
        ("status", {"publishAt": "2026-12-03T17:00:00Z"}, "invalidPublishScheduleForVideo"),
        ("status", {"privacyStatus": "private", "publishAt": "soon"}, "invalidPublishAt"),
    ):
        resource = {**RESOURCE, part: {**RESOURCE[part], **change}}
        assert reason(await begin(still, head, resource)) == (400, expected)


async def test_scopes_caps_and_projects_that_are_not_audited(still: Client) -> None:
    poor = bearer(await login(still, scope=f"openid {SCOPE}.readonly"))
    assert reason(await begin(still, poor)) == (403, "insufficientPermissions")
    narrow = bearer(await login(still, scope=f"openid {SCOPE}.upload"))
    one = (await published(still, narrow))["id"]
    listing = await still.get(f"{API}/videos", params={"part": "id", "id": one}, headers=narrow)
    assert reason(listing) == (403, "insufficientPermissions")
    gone = await still.delete(f"{API}/videos", params={"id": one}, headers=narrow)
    assert reason(gone) == (403, "insufficientPermissions")

    await still.put("/_publishing/youtube", json={"audited": False, "dailyCap": 2})
    head = await manager(still)
    assert (await published(still, head))["status"]["privacyStatus"] == "private"
    assert reason(await begin(still, head)) == (400, "uploadLimitExceeded")
    await advance(still, 86_410)
    assert (await begin(still, await manager(still))).status_code == 200

    async with AsyncTestClient(create_sandbox(clock=lambda: float(NOON))) as client:
        client.follow_redirects = False
        head = await manager(client)
        codes = [(await begin(client, head)).status_code for _ in range(101)]
        assert codes == [200] * 100 + [403]


async def test_processing_takes_time_and_ends_well_or_badly(still: Client) -> None:
    head = await manager(still)
    ends = (
        ({}, {"uploadStatus": "processed"}, "succeeded"),
        ({"rejectMedia": "codec"}, {"uploadStatus": "failed", "failureReason": "codec"}, "failed"),
        (
            {"reject": "length"},
            {"uploadStatus": "rejected", "rejectionReason": "length"},
            "succeeded",
        ),
    )
    for conduct, end, processing in ends:
        await still.put("/_publishing/youtube", json={"processingSeconds": 60, **conduct})
        one = (await published(still, head))["id"]
        before = await read(still, head, one, "status,processingDetails")
        assert before["status"]["uploadStatus"] == "uploaded"
        assert before["processingDetails"]["processingProgress"]["timeLeftMs"] == "60000"
        await advance(still, 60)
        after = await read(still, head, one, "status,processingDetails")
        assert end.items() <= after["status"].items()
        assert after["processingDetails"]["processingStatus"] == processing


async def test_an_update_wipes_what_it_does_not_send(still: Client) -> None:
    head = await manager(still)
    status = {"privacyStatus": "private", "publishAt": "2026-11-25T13:00:00Z"}
    one = (await published(still, head, {**RESOURCE, "status": status}))["id"]
    assert (await read(still, head, one))["status"]["publishAt"] == status["publishAt"]
    await advance(still, 3600)
    head = await manager(still)
    shown = (await read(still, head, one))["status"]
    assert (shown["privacyStatus"], "publishAt" in shown) == ("public", False)

    async def update(body: dict[str, Any], part: str = "snippet") -> Any:
        sent = {"id": one, **body}
        return await still.put(f"{API}/videos", params={"part": part}, json=sent, headers=head)

    assert reason(await update({"snippet": {"title": "New"}})) == (400, "invalidCategoryId")
    changed = await update({"snippet": {"title": "New", "categoryId": "22"}})
    assert changed.json()["snippet"]["title"] == "New"
    shown = await read(still, head, one)
    assert (shown["snippet"]["description"], "tags" in shown["snippet"]) == ("", False)
    assert shown["status"]["privacyStatus"] == "public"
    late = await update({"status": status}, "status")
    assert reason(late) == (400, "invalidPublishScheduleForVideo")
    hidden = await update({"status": {"privacyStatus": "unlisted"}}, "status")
    assert hidden.json()["status"]["privacyStatus"] == "unlisted"

    thumbnail = f"{UPLOADS}/thumbnails/set?videoId={one}&uploadType=media"
    sent = head | {"Content-Type": "image/webp"}
    assert reason(await still.post(thumbnail, content=b"RIFF", headers=sent))[1] == "invalidImage"
    sent = head | {"Content-Type": "image/png"}
    assert (await still.post(thumbnail, content=b"PNG", headers=sent)).json()["items"]
    for answer in ((204, ""), (404, "videoNotFound")):
        gone = await still.delete(f"{API}/videos", params={"id": one}, headers=head)
        assert ((gone.status_code, "") if not gone.content else reason(gone)) == answer


async def test_a_derived_video_can_be_changed_too(still: Client) -> None:
    head = await manager(still)
    channel = (await still.get("/_world/youtube/ida")).json()["channels"][0]
    query = {"part": "snippet", "playlistId": channel["uploads"], "maxResults": "50"}
    items = (await still.get(f"{API}/playlistItems", params=query, headers=head)).json()["items"]
    one = items[-1]["snippet"]["resourceId"]["videoId"]
    before = await read(still, head, one)
    snippet = {"title": "Renamed", "categoryId": "26"}
    sent = {"id": one, "snippet": snippet}
    await still.put(f"{API}/videos", params={"part": "snippet"}, json=sent, headers=head)
    after = await read(still, head, one)
    assert after["snippet"]["title"] == "Renamed"
    assert after["snippet"]["publishedAt"] == before["snippet"]["publishedAt"]
    assert after["status"]["privacyStatus"] == before["status"]["privacyStatus"]


async def test_comments_are_written_answered_moderated_and_deleted(still: Client) -> None:
    head = await manager(still)
    one = (await published(still, head))["id"]
    await advance(still, 7200)
    head = await manager(still)
    threads, comments = f"{API}/commentThreads", f"{API}/comments"

    async def listed(**more: str) -> list[Any]:
        query = {"part": "snippet,replies", "videoId": one, **more}
        return (await still.get(threads, params=query, headers=head)).json()["items"]

    async def write(url: str, snippet: dict[str, Any]) -> Any:
        body = {"snippet": snippet}
        return await still.post(url, params={"part": "snippet"}, json=body, headers=head)

    (stranger, *_) = await listed()
    text = {"snippet": {"textOriginal": "Thanks"}}
    made = (await write(threads, {"videoId": one, "topLevelComment": text})).json()["id"]
    answer = await write(comments, {"parentId": stranger["id"], "textOriginal": "Cone 10."})
    assert answer.json()["id"].startswith(f"{stranger['id']}.")
    deeper = await write(comments, {"parentId": answer.json()["id"], "textOriginal": "x"})
    assert reason(deeper) == (404, "parentCommentNotFound")
    shown = {thread["id"]: thread for thread in await listed()}
    assert shown[made]["snippet"]["topLevelComment"]["snippet"]["textOriginal"] == "Thanks"
    assert shown[stranger["id"]]["snippet"]["totalReplyCount"] == 1
    hidden = {"id": stranger["id"], "moderationStatus": "heldForReview"}
    url = f"{comments}/setModerationStatus"
    assert (await still.post(url, params=hidden, headers=head)).status_code == 204
    assert stranger["id"] not in [thread["id"] for thread in await listed()]
    assert [t["id"] for t in await listed(moderationStatus="heldForReview")] == [stranger["id"]]
    foreign = await still.delete(comments, params={"id": stranger["id"]}, headers=head)
    assert reason(foreign) == (403, "forbidden")
    assert (await still.delete(comments, params={"id": made}, headers=head)).status_code == 204
    poor = bearer(await login(still, scope=f"openid {SCOPE}.readonly"))
    query = {"part": "snippet", "videoId": one}
    refused = await still.get(threads, params=query, headers=poor)
    assert reason(refused) == (403, "insufficientPermissions")
