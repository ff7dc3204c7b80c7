"""Publishing on YouTube: resumable uploads, of which only the last byte makes a video."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.google.youtube.connector import YouTube
from openchannels.connectors.google.youtube.publish_outcome import LOCKED_PRIVATE
from openchannels.connectors.google.youtube.thumbnails import NO_THUMBNAIL
from openchannels.connectors.google.youtube.video_resource import video_resource
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Later,
    LinkStatus,
    NotPublished,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
    Undecided,
)
from openchannels.transport.client import Answer, TransportError
from tests.connectors.publishing import MIB, Desk, FakeFile, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

ID, SESSION = "xQ9pL2mN4rS", "upload_id=ABPexample0001"
LOCATION = f"https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&{SESSION}"
STARTED = answer(b"", headers={"location": LOCATION})
LOST = TransportError("timeout", "the deadline passed")
SESSIONED = {"session": LOCATION, "offset": 0, "started_at": NOW, "sessions": 1}
NAME = "oc-65a1b2c3d4e5f60718293a4b.mp4"
LINK = f"https://www.youtube.com/watch?v={ID}"


def more(received: int | None = None) -> Answer:
    return answer(b"", 308, {} if received is None else {"range": f"bytes=0-{received - 1}"})


def video(privacy: str = "public", status: str = "uploaded", **more: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "snippet": {"channelId": "UC1", "title": "Glaze", "publishedAt": iso(NOW)},
        "status": {"uploadStatus": status, "privacyStatus": privacy},
        **more,
    }


def shown(*videos: Any) -> dict[str, Any]:
    return {"items": list(videos), "pageInfo": {"totalResults": len(videos)}}


def refusal(status: int, reason: str) -> Answer:
    error = {"code": status, "message": f"No: {reason}", "errors": [{"reason": reason}]}
    return answer({"error": error}, status)


def desk(send: FakeSend) -> Desk:
    account = account_of(Platform("youtube"), "g1", secondary="UC1")
    return Desk(YouTube(), account, Tokens("ya29"), send)


def job(size: int = 40 * MIB, **more: Any) -> Any:
    given = {"title": "Glaze", "body": "Iron and ash. #glaze\nhttps://kiln.example", **more}
    return job_of(FakeFile(size=size), **given)


def uploading(size: int = 10, *answers: Any, **more: Any) -> tuple[Desk, FakeSend, Any]:
    """A desk where a session has been started and all but its last part was sent."""
    send = FakeSend().on(SESSION, *answers)
    return desk(send), send, job(size, **{"state": SESSIONED, **more})


async def test_parts_are_sent_and_the_last_one_commits() -> None:
    sent = FakeSend()
    sent.on(SESSION, more(16 * MIB), more(32 * MIB), answer(video(), 201))
    sent.on("/videos", STARTED)
    own, one = desk(sent), job(option={"notifySubscribers": True, "license": "youtube"})
    assert await own.prepare(one) == Ready()
    assert len(sent.calls) == 3
    start, *parts = sent.calls
    assert start.params == {
        "uploadType": "resumable",
        "part": "snippet,status",
        "notifySubscribers": "true",
    }
    assert {name: start.headers[name] for name in ("Slug", "Content-Type")} == {
        "Slug": NAME,
        "Content-Type": "application/json; charset=UTF-8",
    }
    assert start.headers["X-Upload-Content-Length"] == str(40 * MIB)
    assert json.loads(start.body or b"") == {
        "snippet": {
            "title": "Glaze",
            "description": "Iron and ash.\nhttps://kiln.example",
            "tags": ["glaze"],
            "categoryId": "22",
        },
        "status": {
            "privacyStatus": "public",
            "license": "youtube",
            "embeddable": True,
            "selfDeclaredMadeForKids": False,
        },
    }
    outcome = await own.commit(one)
    assert outcome == Published(ID, LINK, LinkStatus.READY)
    ranges = [part.headers["Content-Range"] for part in (*parts, sent.calls[-1])]
    assert ranges == [
        "bytes 0-16777215/41943040",
        "bytes 16777216-33554431/41943040",
        "bytes 33554432-41943039/41943040",
    ]
    assert one.video.reads == [(0, 16 * MIB), (16 * MIB, 16 * MIB), (32 * MIB, 8 * MIB)]


async def test_an_upload_goes_on_where_the_session_stands() -> None:
    sent = FakeSend().on(SESSION, more(16 * MIB), LOST, more(16 * MIB), more(24 * MIB))
    own, one = desk(sent.on("/videos", STARTED)), job()
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    # Asked first; then half a part less than was sent has arrived, which the next part heeds.
    assert await own.prepare(one) == Ready()
    asked, resumed = (call.headers["Content-Range"] for call in sent.calls[3:5])
    assert (asked, resumed) == ("bytes */41943040", "bytes 16777216-33554431/41943040")
    assert one.state["offset"] == 24 * MIB
    assert methods(sent.calls).count("POST videos") == 1


async def test_a_session_that_takes_nothing_is_waited_for() -> None:
    own, _, one = uploading(40 * MIB, more(0))
    assert await own.prepare(one) == Later(10.0, "uploading")
    own, _, one = uploading(40 * MIB, answer(b"", 308, {"retry-after": "7"}))
    assert await own.prepare(one) == Later(7.0, "uploading")


@pytest.mark.parametrize("ended", [answer(b"Not Found", 404), answer({}, 501)])
async def test_a_second_session_and_then_the_attempt_again(ended: Answer) -> None:
    sent = FakeSend().on(SESSION, ended).on("/videos", STARTED)
    with pytest.raises(PublicationRefused) as refused:
        await desk(sent).prepare(job())
    assert not refused.value.final
    assert methods(sent.calls) == ["POST videos", "PUT videos"] * 2


async def test_an_address_of_another_host_gets_no_bytes() -> None:
    elsewhere = answer(b"", headers={"location": "https://elsewhere.example/upload"})
    with pytest.raises(PlatformFailure) as failure:
        await desk(FakeSend().on("/videos", elsewhere)).prepare(job())
    assert failure.value.kind is FailureKind.MALFORMED


async def test_an_unfinished_last_part_leaves_no_doubt() -> None:
    own, _, one = uploading(10, more(4))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(one)
    assert not own.publisher.is_doubtful(failure.value)


@pytest.mark.parametrize("reply", [LOST, answer({}, 503), answer(b"", 404), answer(b"{", 200)])
async def test_a_lost_last_answer_is_in_doubt(reply: Any) -> None:
    own, _, one = uploading(10, reply)
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(one)
    assert own.publisher.is_doubtful(failure.value)


async def test_the_session_repeats_its_answer() -> None:
    own, sent, one = uploading(10, answer(video(), 200))
    assert (await own.settle(one)).work_id == ID
    assert sent.calls[0].headers["Content-Range"] == "bytes */10"
    own, _, one = uploading(10, more(3))
    assert await own.settle(one) == NotPublished()
    own, _, one = uploading(10, refusal(400, "invalidTags"))
    with pytest.raises(PublicationRefused) as refused:
        await own.settle(one)
    assert (refused.value.platform_code, refused.value.final) == ("invalidTags", True)


def upload(name: str | None = None, size: int = 10, **snippet: Any) -> dict[str, Any]:
    made = video()
    file = {"fileDetails": {"fileName": name, "fileSize": str(size)}}
    return {**made, **file, "snippet": {**made["snippet"], **snippet}}


@pytest.mark.parametrize(
    ("uploads", "seconds", "expected"),
    [
        ([upload()], 60.0, Published(ID, LINK)),
        ([upload(NAME, 99)], 60.0, Published(ID, LINK)),
        ([upload(title="Other")], 2000.0, NotPublished(restart=True)),
        ([upload(publishedAt=iso(NOW - 600))], 2000.0, NotPublished(restart=True)),
        ([], 600.0, Undecided(1201.0)),
        ([], 2000.0, NotPublished(restart=True)),
        ([upload(), {**upload(), "id": "another"}], 2000.0, Undecided(300.0)),
        ([{**upload(), "fileDetails": {}}], 2000.0, Undecided(300.0)),
    ],
)
async def test_a_lost_session_is_looked_for(uploads: Any, seconds: float, expected: Any) -> None:
    own, sent, one = uploading(10, answer(b"", 404))
    entries = [{"contentDetails": {"videoId": found["id"]}} for found in uploads]
    sent.on("/playlistItems", shown(*entries)).on("/videos", shown(*uploads))
    assert await own.settle(one, seconds) == expected
    taken = replace(one, taken_work_ids=frozenset({ID}))
    if expected == Published(ID, LINK):
        assert isinstance(await own.settle(taken, 2000.0), NotPublished)


@pytest.mark.parametrize(
    ("reply", "code", "final", "after"),
    [
        (refusal(400, "invalidTitle"), errors.PUBLISH_VALIDATION_FAILED, True, None),
        (refusal(403, "forbiddenLicenseSetting"), errors.PUBLISH_VALIDATION_FAILED, True, None),
        (refusal(400, "uploadLimitExceeded"), errors.PLATFORM_RATE_LIMITED, False, 86_400.0),
    ],
)
async def test_refusals(reply: Answer, code: Any, final: bool, after: float | None) -> None:
    """At the start as well as with the last byte."""
    last, _, sent = uploading(10, reply)
    for step in (desk(FakeSend().on("/videos", reply)).prepare(job()), last.commit(sent)):
        with pytest.raises(PublicationRefused) as refused:
            await step
        found = refused.value
        assert (found.code, found.final, found.retry_after) == (code, final, after)
        assert found.text == f"No: {found.platform_code}"


async def test_the_projects_quota_is_waited_for() -> None:
    with pytest.raises(PlatformFailure) as failure:
        await desk(FakeSend().on("/videos", refusal(403, "quotaExceeded"))).prepare(job())
    reading = failure.value.reading
    assert (failure.value.kind, reading.retry_after) == (FailureKind.QUOTA, None)
    assert reading.reset_at is not None
    assert NOW < reading.reset_at <= NOW + 86_400
    publisher = YouTube().publisher
    [cap] = publisher.caps_for(desk(FakeSend()).client.app)
    assert (cap.most, cap.scope, cap.day) == (100, "app", "America/Los_Angeles")


async def test_a_long_video_of_an_unverified_channel() -> None:
    sent = FakeSend().on("/channels", shown({"status": {"longUploadsStatus": "eligible"}}))
    long = job_of(FakeFile(duration=901.0), title="Glaze")
    with pytest.raises(PublicationRefused) as refused:
        await desk(sent).prepare(long)
    assert (refused.value.code, len(sent.calls)) == (errors.MEDIA_UNSUPPORTED, 1)


async def test_an_unaudited_project() -> None:
    own, _, one = uploading(10, answer(video("private"), 201))
    outcome = await own.commit(one)
    assert outcome.link_meta == {"privacyStatus": "private", "lockedPrivate": True}
    assert outcome.warnings == (LOCKED_PRIVATE,)


async def test_the_platform_holds_it_until_its_time() -> None:
    at = NOW + 7200
    own, sent, one = uploading(10, answer(video("private"), 201), schedule_at=at)
    assert await own.commit(one) == Scheduled(at, ID, LINK)
    sent.on("/videos", shown(video("private")), shown(video("public")))
    assert await own.held(one) == Later(7200.0)
    assert await own.held(replace(one, now=at + 5)) == Published(ID, LINK)
    # Its thumbnail is set before it is announced.
    own, sent, one = uploading(10, answer(video("private"), 201), schedule_at=at, cover=image())
    assert await own.commit(one) == Accepted(1.0)
    sent.on("/thumbnails/set", {})
    assert await own.poll(one) == Scheduled(at, ID, LINK)


async def test_the_schedule_is_part_of_the_resource() -> None:
    sent = FakeSend().on("/videos", STARTED)
    await desk(sent).prepare(job(10, schedule_at=NOW))
    status = json.loads(sent.calls[0].body or b"")["status"]
    assert (status["privacyStatus"], status["publishAt"]) == ("private", iso(NOW))


async def test_a_thumbnail_never_fails_a_video() -> None:
    processed = shown(video("public", "processed"))
    sent = FakeSend().on("/thumbnails/set", refusal(404, "videoNotFound"), {})
    own = desk(sent.on("/videos", processed))
    one = job(cover=image("image/png"))
    assert await own.verify(one, ID) == Later(10.0, "thumbnail")
    assert await own.verify(one, ID) == Published(ID, LINK)
    assert sent.calls[1].params == {"videoId": ID, "uploadType": "media"}
    assert sent.calls[1].headers["Content-Type"] == "image/png"
    refused = FakeSend().on("/thumbnails/set", refusal(403, "forbidden")).on("/videos", processed)
    found = await desk(refused).verify(job(cover=image()), ID)
    assert found.warnings == (NO_THUMBNAIL,)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"uploadStatus": "rejected", "rejectionReason": "length"}, "length"),
        ({"uploadStatus": "failed", "failureReason": "codec"}, "codec"),
    ],
)
async def test_processing_that_fails(status: dict[str, str], code: str) -> None:
    sent = FakeSend().on("/videos", shown(), shown(video()), shown({**video(), "status": status}))
    own, one = desk(sent), job()
    assert await own.verify(one, ID) == Later(30.0)
    assert await own.verify(one, ID) == Later(90.0)
    with pytest.raises(PublicationRefused) as refused:
        await own.verify(one, ID)
    assert (refused.value.platform_code, refused.value.final) == (code, True)


async def test_what_may_not_be_looked_at_is_published() -> None:
    sent = FakeSend().on("/videos", refusal(403, "insufficientPermissions"))
    found = await desk(sent).verify(job(), ID)
    assert found.link_meta == {"verification": "scope_missing"}


async def test_a_video_in_another_channel() -> None:
    state = {"made": {"id": ID, "channel": "UC2", "privacy": "public"}}
    with pytest.raises(PublicationRefused) as refused:
        await desk(FakeSend()).verify(job(state=state), ID)
    assert refused.value.platform_code == "another_channel"


async def test_an_update_leaves_what_it_does_not_change() -> None:
    current = {
        **video("unlisted"),
        "snippet": {
            "title": "Glaze",
            "description": "Changed by its owner",
            "tags": ["own"],
            "categoryId": "26",
            "defaultLanguage": "en",
            "thumbnails": {},
        },
    }
    one = job()
    await one.progress.keep(sent=video_resource(one))
    renamed = replace(one, content=replace(one.content, title="Ash glaze"))
    sent = FakeSend().on("/videos", shown(current), current)
    assert (await desk(sent).update(renamed, ID)).link_meta == {"privacyStatus": "unlisted"}
    assert (sent.calls[-1].method, sent.params()) == ("PUT", {"part": "snippet"})
    assert json.loads(sent.calls[-1].body or b"") == {
        "id": ID,
        "snippet": {
            "title": "Ash glaze",
            "description": "Changed by its owner",
            "tags": ["own"],
            "categoryId": "26",
            "defaultLanguage": "en",
        },
    }
    hidden = replace(renamed, option={"privacyStatus": "private"})
    sent = FakeSend().on("/videos", shown(current), current)
    await desk(sent).update(hidden, ID)
    assert json.loads(sent.calls[-1].body or b"") == {
        "id": ID,
        "status": {"privacyStatus": "private"},
    }


async def test_a_video_is_removed_once() -> None:
    sent = FakeSend().on("/videos", answer(b"", 204), refusal(404, "videoNotFound"))
    await desk(sent).remove(ID)
    await desk(sent).remove(ID)
    assert (sent.calls[0].method, sent.params()) == ("DELETE", {"id": ID})


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (["youtube.readonly"], ["youtube.upload"]),
        (["youtube.readonly", "youtube.upload"], []),
        (["youtube.force-ssl"], []),
    ],
)
def test_scopes(scopes: list[str], missing: list[str]) -> None:
    auth, app = "https://www.googleapis.com/auth", desk(FakeSend()).client.app
    found = YouTube().publisher.missing_scopes(app, [f"{auth}/{scope}" for scope in scopes])
    assert list(found) == [f"{auth}/{scope}" for scope in missing]


async def test_an_answer_of_another_shape_says_nothing_of_a_video() -> None:
    own, sent, one = uploading(10, answer(b"", 404), state={**SESSIONED, "made": {"id": ID}})
    sent.on("/playlistItems", ANOTHER_SHAPE).on("/videos", ANOTHER_SHAPE)
    for call in (own.settle(one, 2000.0), own.held(one), own.update(one, ID)):
        assert await is_malformed(call)
    sent = FakeSend().on("/playlistItems", shown({"contentDetails": {"videoId": ID}}))
    unnamed = shown({**upload(), "id": None})
    own, _, one = uploading(10, answer(b"", 404))
    own = desk(sent.on(SESSION, answer(b"", 404)).on("/videos", unnamed))
    assert await is_malformed(own.settle(one, 2000.0))


@pytest.mark.parametrize("named", ["", None, 5.0, {}])
async def test_a_video_without_an_id_is_in_doubt(named: Any) -> None:
    own, _, one = uploading(10, answer({**video(), "id": named}, 201))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(one)
    assert own.publisher.is_doubtful(failure.value)


async def test_an_address_that_is_none_starts_no_upload() -> None:
    started = answer(b"", headers={"location": "https://["})
    assert await is_malformed(desk(FakeSend().on("/videos", started)).prepare(job()))
