"""Publishing on Facebook Pages: posts, videos, reels and stories, and what becomes of them."""

import json
from typing import Any

import pytest

from openchannels.connectors.base.publisher import PublishedWork
from openchannels.connectors.meta.facebook.connector import Facebook
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import ServiceError
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Later,
    NeedsAction,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
)
from openchannels.transport.client import Call, TransportError, clean
from tests.connectors.attempts import Attempts, image, video
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    client_for,
    is_malformed,
)

PAGE = "104857600012345"
POST = f"{PAGE}_912345678901234"
LINK = "https://www.facebook.com/pier/posts/1"
TOKENS = Tokens("EAAB", extra={"page_id": PAGE})
FEED, PHOTOS, VIDEOS = f"/{PAGE}/feed", f"/{PAGE}/photos", f"/{PAGE}/videos"
REELS, STORIES, LISTED = f"/{PAGE}/video_reels", f"/{PAGE}/stories", f"/{PAGE}/published_posts"
LOST = TransportError("timeout", "the deadline passed")
FAULT = answer({"error": {"message": "x", "type": "OAuthException", "code": 2}}, 500)
OK = {"success": True}
HOUR, DAY = 3600.0, 86_400.0


def refusal(code: int, subcode: int | None = None, message: str = "its words", **more: Any) -> Any:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return answer({"error": error if subcode is None else {**error, "error_subcode": subcode}}, 400)


def row(message: str = "Rye", number: str = POST, at: float = NOW, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "message": message,
        "created_time": iso(at),
        "is_published": True,
        "permalink_url": LINK,
        **more,
    }


def listed(*posts: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(posts)}


def attempts(send: FakeSend, *media: Any, **more: Any) -> Attempts:
    connector = Facebook()
    assert connector.publisher is not None
    account, client = account_of(Platform("facebook"), PAGE), client_for(connector, send)
    content = {"body": "Rye", **more}
    return Attempts(connector.publisher, client, account, TOKENS, media, **content)


def calls(send: FakeSend, path: str) -> list[Call]:
    return [call for call in send.calls if call.method == "POST" and call.url.endswith(path)]


def forms(send: FakeSend, path: str) -> list[dict[str, str]]:
    return [clean(call.form or {}) for call in calls(send, path)]


async def sent(call: Call) -> bytes:
    """The body of a call, streamed or not."""
    if call.stream is None:
        return call.body or b""
    return b"".join([part async for part in call.stream()])


# Posts of text, links and images


async def test_a_post_of_text_and_a_link() -> None:
    send = FakeSend().on(FEED, {"id": POST}).on(f"/{POST}", row())
    targeting = {"geo_locations": {"countries": ["PT"]}}
    option = {"link": "https://pier.example/rye", "feed_targeting": targeting}
    one = attempts(send, option=option)
    assert await one.run() == Published(POST)
    assert forms(send, FEED) == [
        {
            "message": "Rye",
            "link": "https://pier.example/rye",
            "feed_targeting": json.dumps(targeting),
            "published": "true",
            "fields": "id,permalink_url",
        }
    ]
    [call] = send.calls
    assert call.headers["Authorization"] == "Bearer EAAB"
    assert "appsecret_proof" in call.params
    assert await one.call("verify", POST) == Published(POST, LINK)


async def test_the_answer_may_bring_the_address_and_a_bare_id() -> None:
    bare = POST.removeprefix(f"{PAGE}_")
    send = FakeSend().on(FEED, {"id": bare, "permalink_url": "/pier/posts/1"})
    assert await attempts(send).run() == Published(POST, LINK)


async def test_a_post_that_cannot_be_read_has_the_address_of_its_id() -> None:
    one = attempts(FakeSend().on(f"/{POST}", refusal(100, 33), LOST))
    assert (await one.call("verify", POST)).link == f"https://www.facebook.com/{POST}"
    with pytest.raises(PlatformFailure):
        await one.call("verify", POST)


async def test_images_are_uploaded_first_and_published_by_one_call() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}, {"id": "2"}, {"id": "3"}).on(FEED, {"id": POST})
    files = [image(name, size=2_000_000) for name in ("a.jpg", "b.jpg", "c.png")]
    await attempts(send, *files).run()
    assert send.paths == ["photos", "photos", "photos", "feed"]
    photo = await sent(calls(send, PHOTOS)[0])
    assert b'name="published"\r\n\r\nfalse\r\n' in photo
    assert b'name="source"; filename="file"\r\nContent-Type: image/jpeg\r\n\r\n' in photo
    assert await files[0].read(0, 2_000_000) in photo
    assert int(calls(send, PHOTOS)[0].headers["Content-Length"]) == len(photo)
    assert json.loads(forms(send, FEED)[0]["attached_media"]) == [
        {"media_fbid": "1"},
        {"media_fbid": "2"},
        {"media_fbid": "3"},
    ]


async def test_images_that_are_uploaded_are_not_uploaded_again() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}, LOST, {"id": "2"}).on(FEED, {"id": POST})
    one = attempts(send, image("a.jpg"), image("b.jpg"))
    await one.run()
    assert one.progress.state["photos"] == ["1", "2"]
    assert len(calls(send, PHOTOS)) == 3


async def test_an_image_that_is_refused_ends_it_before_the_post() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}, refusal(100, 1366046))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, image("a.jpg"), image("b.jpg")).run()
    assert (caught.value.code, caught.value.final) == (errors.MEDIA_UNSUPPORTED, True)
    assert calls(send, FEED) == []


async def test_photos_that_facebook_has_dropped_are_uploaded_again() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}, {"id": "2"}).on(FEED, {"id": POST})
    one = attempts(send, image())
    await one.prepare()
    one.now += DAY
    await one.run()
    assert json.loads(forms(send, FEED)[0]["attached_media"]) == [{"media_fbid": "2"}]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (refusal(100, 1609005), errors.PUBLISH_VALIDATION_FAILED),
        (refusal(100, 1500), errors.PUBLISH_VALIDATION_FAILED),
        (refusal(100), errors.PUBLISH_VALIDATION_FAILED),
        (refusal(368, 1404078), errors.PERMISSION_MISSING),
        (refusal(368, 4854002), errors.PERMISSION_MISSING),
        (refusal(1363042), errors.PERMISSION_MISSING),
    ],
)
async def test_posts_that_are_refused_for_good(reply: Any, code: Any) -> None:
    send = FakeSend().on(FEED, reply)
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.text) == (code, "its words")
    assert len(send.calls) == 1


async def test_a_page_that_posts_too_fast_waits_for_an_hour_twice() -> None:
    send = FakeSend().on(FEED, refusal(368, 1390008))
    one = attempts(send)
    with pytest.raises(PublicationRefused) as caught:
        await one.run()
    assert (caught.value.code, caught.value.final) == (errors.PLATFORM_RATE_LIMITED, True)
    assert one.waits == [HOUR, HOUR]


async def test_a_throttle_is_waited_for_and_nothing_is_in_doubt() -> None:
    one = attempts(FakeSend().on(FEED, refusal(32)))
    with pytest.raises(PlatformFailure) as caught:
        await one.run()
    assert (caught.value.kind, caught.value.reading.retry_after) == (FailureKind.RATE_LIMITED, HOUR)
    assert not one.publisher.is_doubtful(caught.value)


# Lost answers of posts


@pytest.mark.parametrize("reply", [LOST, FAULT, answer({})])
async def test_a_post_whose_answer_is_lost_is_found_by_its_text(reply: Any) -> None:
    posts = listed(row("Other", number=f"{PAGE}_1"), row("Rye\r\nis back "))
    send = FakeSend().on(FEED, reply).on(LISTED, posts)
    assert await attempts(send, body="Rye\nis back").run() == Published(POST, LINK)
    assert len(forms(send, FEED)) == 1


async def test_of_several_the_newest_that_nobody_claims_is_taken() -> None:
    posts = listed(row(number=f"{PAGE}_3"), row(number=f"{PAGE}_2"), row(number=f"{PAGE}_1"))
    send = FakeSend().on(FEED, LOST).on(LISTED, posts)
    found = await attempts(send, taken=frozenset({f"{PAGE}_3"})).run()
    assert found == Published(f"{PAGE}_2", LINK)


async def test_a_post_of_images_is_found_by_one_of_them() -> None:
    parts = {"data": [{"subattachments": {"data": [{"target": {"id": "1"}}]}}]}
    send = FakeSend().on(PHOTOS, {"id": "1"}).on(FEED, FAULT)
    send.on(LISTED, listed(row("Rye", number=f"{PAGE}_1"), row("Other", attachments=parts)))
    assert await attempts(send, image()).run() == Published(POST, LINK)


@pytest.mark.parametrize(
    "posts",
    [listed(), listed(row(at=NOW - HOUR)), listed(row("Other"))],
)
async def test_a_post_that_is_not_found_is_made_once_more(posts: Any) -> None:
    send = FakeSend().on(FEED, FAULT, {"id": POST}).on(LISTED, posts)
    one = attempts(send)
    assert await one.run() == Published(POST)
    assert len(forms(send, FEED)) == 2
    assert sum(one.waits) >= 600


async def test_a_post_that_is_lost_twice_stays_open() -> None:
    send = FakeSend().on(FEED, LOST).on(LISTED, listed())
    one = attempts(send)
    one.publisher.settle_seconds = 3000.0  # type: ignore[misc]
    with pytest.raises(TimeoutError):
        await one.run()
    assert len(forms(send, FEED)) == 2


async def test_a_text_that_is_out_already_is_looked_for() -> None:
    send = FakeSend().on(FEED, LOST, refusal(506)).on(LISTED, *[listed()] * 5, listed(row()))
    assert await attempts(send).run() == Published(POST, LINK)
    assert len(forms(send, FEED)) == 2


@pytest.mark.parametrize("reply", [refusal(506), refusal(100, 1366051)])
async def test_a_text_that_is_out_as_another_work_is_refused(reply: Any) -> None:
    send = FakeSend().on(FEED, reply).on(LISTED, listed(row(at=NOW - DAY)))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.text) == (
        errors.PUBLISH_VALIDATION_FAILED,
        "its words",
    )
    assert len(forms(send, FEED)) == 1


# Works that Facebook holds until their time


async def test_a_post_is_held_by_facebook_until_its_time() -> None:
    at = NOW + HOUR
    send = FakeSend().on(PHOTOS, {"id": "1"}).on(FEED, {"id": POST})
    send.on(f"/{POST}", row(is_published=False), row(), refusal(100, 33))
    one = attempts(send, image(), schedule_at=at)
    assert await one.run() == Scheduled(at, POST)
    [form] = forms(send, FEED)
    assert (form["published"], form["unpublished_content_type"]) == ("false", "SCHEDULED")
    assert form["scheduled_publish_time"] == str(int(at))
    assert b'name="temporary"\r\n\r\ntrue' in await sent(calls(send, PHOTOS)[0])
    assert await one.call("held") == Later(HOUR)
    assert await one.call("held") == Published(POST, LINK)
    with pytest.raises(PublicationRefused):
        await one.call("held")


async def test_what_is_due_too_soon_or_too_late_for_facebook_is_held_here() -> None:
    one = attempts(FakeSend().on(FEED, {"id": POST}), schedule_at=NOW + 300)
    assert await one.call("prepare") == Later(300.0, "schedule", NOW + 300)
    assert await one.run() == Published(POST)
    assert one.now == NOW + 300
    one = attempts(FakeSend(), schedule_at=NOW + 40 * DAY)
    assert await one.call("prepare") == Later(11 * DAY, "schedule", NOW + 40 * DAY)
    one.now += 12 * DAY
    assert await one.call("prepare") == Ready()
    assert one.progress.state["native"]


async def test_a_scheduled_post_whose_answer_is_lost_is_found_by_its_time() -> None:
    at = NOW + HOUR
    held = {"id": POST, "message": "Rye", "created_time": iso(NOW)}
    posts = listed(
        {**held, "id": f"{PAGE}_1", "scheduled_publish_time": int(at) + 60},
        {**held, "scheduled_publish_time": int(at)},
    )
    send = FakeSend().on(FEED, LOST).on(f"/{PAGE}/scheduled_posts", posts)
    send.on(f"/{POST}", row())
    one = attempts(send, schedule_at=at)
    assert await one.run() == Scheduled(at, POST)
    assert (await one.call("held")).work_id == POST


async def test_a_scheduled_video_needs_a_time() -> None:
    with pytest.raises(PublicationRefused) as caught:
        await attempts(FakeSend(), video(), option={"video_state": "SCHEDULED"}).run()
    assert caught.value.code is errors.PUBLISH_OPTION_MISSING


# Videos


def session(size: int = 1000, chunk: int = 400) -> dict[str, str]:
    end = str(min(chunk, size))
    return {
        "upload_session_id": "s1",
        "video_id": "v1",
        "start_offset": "0",
        "end_offset": end,
    }


def offsets(start: int, end: int) -> dict[str, str]:
    return {"start_offset": str(start), "end_offset": str(end)}


CHUNKS = (offsets(400, 800), offsets(800, 1000), offsets(1000, 1000))


def state(status: str = "ready", publish: str | None = "published", **more: Any) -> dict[str, Any]:
    phase = {"status": "complete" if publish == "published" else "not_started"}
    if publish is not None:
        phase["publish_status"] = publish
    return {
        "id": "v1",
        "permalink_url": "/reel/v1/",
        "post_id": "77",
        "status": {"video_status": status, "publishing_phase": phase, **more},
    }


OUT = Published(f"{PAGE}_77", "https://www.facebook.com/reel/v1/", link_meta={"videoId": "v1"})


def posting(*chunks: Any, finish: Any = OK) -> FakeSend:
    """A platform that takes a video in chunks; those answers come for multipart bodies."""
    send = FakeSend().on(VIDEOS, session(), upload_phase="start")
    send.on(VIDEOS, *(finish if isinstance(finish, tuple) else (finish,)), upload_phase="finish")
    return send.on(VIDEOS, *(chunks or CHUNKS))


def wide(**more: Any) -> Any:
    return video(**{"width": 1920, "height": 1080, **more})


async def part_of(call: Call, name: str) -> str:
    body = await sent(call)
    _, _, rest = body.partition(f'name="{name}"'.encode())
    return rest.partition(b"\r\n\r\n")[2].partition(b"\r\n--openchannels")[0].decode("latin-1")


async def test_a_video_is_sent_in_the_chunks_that_facebook_cuts() -> None:
    send = posting().on("/v1", state("processing", "not_started"), state())
    option = {
        "content_tags": ["6003"],
        "custom_labels": ["bread"],
        "embeddable": False,
        "direct_share_status": 1,
    }
    file = wide()
    assert await attempts(send, file, title="Loaf", option=option).run() == OUT
    assert all(
        call.url.startswith("https://graph-video.facebook.com/v26.0/")
        for call in calls(send, VIDEOS)
    )
    start, *chunks, finish = calls(send, VIDEOS)
    assert clean(start.form or {}) == {"upload_phase": "start", "file_size": "1000"}
    assert [await part_of(one, "start_offset") for one in chunks] == ["0", "400", "800"]
    assert [len(await part_of(one, "video_file_chunk")) for one in chunks] == [400, 400, 200]
    assert file.reads == [(0, 400), (400, 400), (800, 200)]
    assert clean(finish.form or {}) == {
        "upload_phase": "finish",
        "upload_session_id": "s1",
        "title": "Loaf",
        "description": "Rye",
        "content_tags": '["6003"]',
        "custom_labels": '["bread"]',
        "embeddable": "false",
        "direct_share_status": "1",
        "published": "true",
    }


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_chunk_at_the_wrong_place_names_the_right_one(as_text: bool) -> None:
    told: Any = {"start_offset": 800, "end_offset": 1000}
    wrong = refusal(6001, 1363037, error_data=json.dumps(told) if as_text else told)
    send = posting(wrong, offsets(1000, 1000)).on("/v1", state())
    file = wide()
    await attempts(send, file).run()
    assert file.reads == [(0, 400), (800, 200)]


@pytest.mark.parametrize("reply", [LOST, FAULT, refusal(6000, 1363030), refusal(6000, 1363019)])
async def test_a_chunk_that_is_lost_is_sent_again(reply: Any) -> None:
    send = posting(CHUNKS[0], reply, CHUNKS[1], CHUNKS[2]).on("/v1", state())
    file = wide()
    await attempts(send, file).run()
    assert file.reads == [(0, 400), (400, 400), (400, 400), (800, 200)]


async def test_a_session_that_ended_is_begun_again() -> None:
    send = posting(refusal(6000, 1363041), *CHUNKS).on("/v1", state())
    await attempts(send, wide()).run()
    assert [form["upload_phase"] for form in forms(send, VIDEOS) if form] == [
        "start",
        "start",
        "finish",
    ]


@pytest.mark.parametrize("subcode", [1363026, 1363024, 1363045])
async def test_a_video_that_is_refused(subcode: int) -> None:
    send = posting(refusal(6000, subcode))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, wide()).run()
    assert (caught.value.code, caught.value.final) == (errors.MEDIA_UNSUPPORTED, True)


async def test_a_cover_goes_with_the_last_call() -> None:
    send = posting(*CHUNKS, OK).on("/v1", state())
    cover = image("c.jpg", size=50)
    await attempts(send, wide(), cover=cover).run()
    finish = calls(send, VIDEOS)[-1]
    assert await part_of(finish, "upload_phase") == "finish"
    assert (await part_of(finish, "thumb")).encode("latin-1") == await cover.read(0, 50)


async def test_a_video_that_is_ready_is_not_published_yet() -> None:
    send = posting().on("/v1", refusal(100, 33), state("ready", "draft"))
    one = attempts(send, wide())
    with pytest.raises(PublicationRefused) as caught:
        await one.run()
    assert caught.value.code is errors.PUBLISH_PLATFORM_STATUS_FAILED
    assert one.now - NOW > 1800


async def test_a_draft_waits_for_a_person() -> None:
    send = posting().on(
        "/v1", state("processing", None), state("ready", "draft"), state("ready", "draft"), state()
    )
    one = attempts(send, wide(), option={"video_state": "DRAFT"})
    assert await one.run() == NeedsAction("draft", "v1")
    form = forms(send, VIDEOS)[-1]
    assert (form["published"], form["unpublished_content_type"]) == ("false", "DRAFT")
    assert isinstance(await one.call("held"), Later)
    assert await one.call("held") == OUT


@pytest.mark.parametrize(
    ("phases", "code", "platform_code"),
    [
        ({}, errors.MEDIA_PROCESSING_FAILED, None),
        (
            {
                "processing_phase": {
                    "status": "error",
                    "errors": [{"code": 1363128, "message": "x"}],
                }
            },
            errors.MEDIA_UNSUPPORTED,
            "1363128",
        ),
        (
            {"processing_phase": {"status": "error", "error": {"message": "x"}}},
            errors.MEDIA_PROCESSING_FAILED,
            None,
        ),
    ],
)
async def test_a_video_that_cannot_be_processed(phases: Any, code: Any, platform_code: Any) -> None:
    send = posting().on("/v1", state("error", None, **phases))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, wide()).run()
    assert (caught.value.code, caught.value.platform_code) == (code, platform_code)
    assert caught.value.final


async def test_a_video_whose_last_answer_is_lost_is_out() -> None:
    send = posting(finish=LOST).on("/v1", state("processing", None), state())
    assert await attempts(send, wide()).run() == OUT
    assert [form for form in forms(send, VIDEOS) if form.get("upload_phase") == "finish"] != []
    assert len(forms(send, VIDEOS)) == 5


async def test_a_video_that_was_not_finished_is_finished_again() -> None:
    send = posting(finish=(LOST, OK)).on("/v1", state("upload_complete", "draft"), state())
    assert await attempts(send, wide()).run() == OUT
    finished = [form for form in forms(send, VIDEOS) if form.get("upload_phase") == "finish"]
    assert len(finished) == 2


async def test_a_scheduled_video() -> None:
    at = NOW + HOUR
    send = posting().on("/v1", state("ready", "scheduled"), state("ready", "scheduled"), state())
    one = attempts(send, wide(), schedule_at=at)
    assert await one.run() == Scheduled(at, "v1")
    assert forms(send, VIDEOS)[-1]["scheduled_publish_time"] == str(int(at))
    assert isinstance(await one.call("held"), Later)
    assert await one.call("held") == OUT


# Reels

RUPLOAD = "https://rupload.facebook.com/video-upload/v26.0/v1"
WRONG_OFFSET = answer(
    {"debug_info": {"retriable": False, "type": "OffsetInvalidError", "message": "no"}}, 412
)


def reeling(*uploads: Any, finish: Any = OK, edge: str = REELS) -> FakeSend:
    send = FakeSend().on(edge, {"video_id": "v1", "upload_url": RUPLOAD}, upload_phase="start")
    send.on(edge, *(finish if isinstance(finish, tuple) else (finish,)), upload_phase="finish")
    return send.on("/video-upload/v26.0/v1", *(uploads or (OK,)))


def offsets_sent(send: FakeSend) -> list[str]:
    return [call.headers["offset"] for call in send.calls if "rupload" in call.url]


@pytest.mark.parametrize("option", [{"content_category": "reel"}, {}])
async def test_a_short_upright_video_is_published_as_a_reel(option: Any) -> None:
    send = reeling().on("GET /v1", state("processing", None), state())
    file = video(size=2_000_000)
    assert await attempts(send, file, title="Loaf", option=option).run() == OUT
    upload = next(call for call in send.calls if "rupload" in call.url)
    assert upload.headers["Authorization"] == "OAuth EAAB"
    assert (upload.headers["offset"], upload.headers["file_size"]) == ("0", "2000000")
    assert upload.headers["Content-Length"] == "2000000"
    assert await sent(upload) == await file.read(0, 2_000_000)
    assert forms(send, REELS)[1] == {
        "upload_phase": "finish",
        "video_id": "v1",
        "video_state": "PUBLISHED",
        "title": "Loaf",
        "description": "Rye",
    }


async def test_an_upload_at_the_wrong_offset_goes_on_at_the_right_one() -> None:
    partly = state("uploading", None, uploading_phase={"bytes_transfered": 600})
    send = reeling(WRONG_OFFSET, OK).on("GET /v1", partly, state())
    await attempts(send, video()).run()
    assert offsets_sent(send) == ["0", "600"]


async def test_an_upload_that_broke_off_goes_on_where_it_was() -> None:
    partly = state("uploading", None, uploading_phase={"bytes_transferred": 600})
    send = reeling(LOST, OK).on("GET /v1", partly, state())
    await attempts(send, video()).run()
    assert offsets_sent(send) == ["0", "600"]


async def test_an_upload_that_cannot_go_on_is_begun_again() -> None:
    partly = state("uploading", None, uploading_phase={"bytes_transferred": 600})
    send = reeling(WRONG_OFFSET, WRONG_OFFSET, OK).on("GET /v1", partly, state())
    await attempts(send, video()).run()
    assert offsets_sent(send) == ["0", "600", "0"]
    assert [form["upload_phase"] for form in forms(send, REELS)] == ["start", "start", "finish"]


async def test_a_reel_that_facebook_refuses() -> None:
    send = reeling(finish=refusal(100, 1363128))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, video()).run()
    assert (caught.value.code, caught.value.final) == (errors.MEDIA_UNSUPPORTED, True)


async def test_a_reel_whose_last_answer_is_lost_is_not_finished_twice() -> None:
    send = reeling(finish=LOST).on("GET /v1", state())
    assert await attempts(send, video()).run() == OUT
    assert len(forms(send, REELS)) == 2


async def test_a_cover_of_a_reel_that_is_refused_is_only_told() -> None:
    send = reeling().on("GET /v1", state()).on("/v1/thumbnails", OK, refusal(100))
    cover = image("c.jpg")
    assert await attempts(send, video(), cover=cover).run() == OUT
    found = await attempts(send, video(), cover=cover).run()
    assert isinstance(found, Published)
    assert (found.work_id, found.warnings) == (OUT.work_id, ("The cover could not be set.",))
    assert await part_of(calls(send, "/v1/thumbnails")[0], "is_preferred") == "true"


@pytest.mark.parametrize(
    ("schedule_at", "option", "wanted"),
    [
        (
            NOW + HOUR,
            {},
            {"video_state": "SCHEDULED", "scheduled_publish_time": str(int(NOW + HOUR))},
        ),
        (None, {"video_state": "DRAFT"}, {"video_state": "DRAFT"}),
    ],
)
async def test_states_of_a_reel(schedule_at: float | None, option: Any, wanted: Any) -> None:
    one = attempts(send := reeling(), video(), schedule_at=schedule_at, option=option)
    await one.prepare()
    assert await one.commit() == Accepted(5.0)
    assert wanted.items() <= forms(send, REELS)[1].items()


# Stories


def story(medium: str) -> dict[str, Any]:
    url = f"https://facebook.com/stories/{PAGE}/Uz/"
    return {"data": [{"post_id": "s1", "media_id": medium, "status": "published", "url": url}]}


STORY = {"content_category": "story"}


async def test_a_story_of_a_photo() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}).on("/photo_stories", {**OK, "post_id": "s1"})
    send.on(STORIES, {"data": []}, story("1"))
    one = attempts(send, image(), option=STORY)
    assert await one.run() == Published("s1")
    assert forms(send, "/photo_stories") == [{"photo_id": "1"}]
    assert await one.call("verify", "s1") == Later(60.0)
    assert (await one.call("verify", "s1")).link == f"https://facebook.com/stories/{PAGE}/Uz/"


async def test_a_story_whose_answer_is_lost_is_found_by_its_photo() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}).on("/photo_stories", LOST)
    send.on(STORIES, story("2"), story("1"))
    found = await attempts(send, image(), option=STORY).run()
    assert found == Published("s1", f"https://facebook.com/stories/{PAGE}/Uz/")
    assert len(forms(send, "/photo_stories")) == 1


async def test_a_story_that_is_not_found_is_published_once_more() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}).on("/photo_stories", LOST, {**OK, "post_id": "s1"})
    send.on(STORIES, {"data": []})
    assert await attempts(send, image(), option=STORY).run() == Published("s1")
    assert forms(send, "/photo_stories") == [{"photo_id": "1"}] * 2


async def test_a_story_of_a_video() -> None:
    edge = f"/{PAGE}/video_stories"
    send = reeling(edge=edge, finish=(LOST,)).on("GET /v1", state("processing", None))
    send.on(STORIES, {"data": []}, story("v1"))
    found = await attempts(send, video(), option=STORY).run()
    assert found == Published("s1", f"https://facebook.com/stories/{PAGE}/Uz/")
    assert forms(send, edge)[1] == {"upload_phase": "finish", "video_id": "v1"}
    assert len(forms(send, edge)) == 2


async def test_a_story_of_a_video_has_an_id_of_its_own() -> None:
    send = reeling(edge=f"/{PAGE}/video_stories").on("GET /v1", state())
    assert await attempts(send, video(), option=STORY).run() == Published("77")


async def test_a_story_waits_here_for_its_time() -> None:
    send = FakeSend().on(PHOTOS, {"id": "1"}).on("/photo_stories", {**OK, "post_id": "s1"})
    one = attempts(send, image(), option=STORY, schedule_at=NOW + 2 * HOUR)
    assert await one.run() == Published("s1")
    assert one.now == NOW + 2 * HOUR


# Changes and removal


@pytest.mark.parametrize(
    ("media", "kept", "option", "path", "form"),
    [
        ((), {}, {}, f"/{POST}", {"message": "Rye"}),
        (
            (video(),),
            {"video": "v1"},
            {"custom_labels": ["a"], "direct_share_status": 1},
            "/v1",
            {"name": "T", "description": "Rye", "custom_labels": '["a"]'},
        ),
    ],
)
async def test_a_work_is_changed(media: Any, kept: Any, option: Any, path: str, form: Any) -> None:
    send = FakeSend().on(path, OK)
    one = attempts(send, *media, title="T" if media else "", option=option)
    work = PublishedWork(POST, LINK, option, kept)
    found = await one.publisher.update(one.client, one.account, one.tokens, work, one.job)
    assert found == Published(POST, LINK)
    assert forms(send, path) == [form]


@pytest.mark.parametrize("gone", [refusal(100, 33), refusal(803)])
async def test_a_work_is_removed_and_may_be_gone_already(gone: Any) -> None:
    send = FakeSend().on(f"DELETE /{POST}", OK, gone, refusal(200))
    one, work = attempts(send), PublishedWork(POST, None, {}, {})
    for _ in range(2):
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    with pytest.raises(PlatformFailure) as caught:
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    assert caught.value.kind is FailureKind.PERMISSION


async def test_a_story_is_neither_changed_nor_removed() -> None:
    one, work = attempts(FakeSend(), image()), PublishedWork("s1", None, STORY, {})
    with pytest.raises(ServiceError) as caught:
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    assert caught.value.code is errors.PUBLISH_CANCEL_NOT_SUPPORTED
    with pytest.raises(PublicationRefused):
        await one.publisher.update(one.client, one.account, one.tokens, work, one.job)


# Answers of another shape


async def test_an_answer_of_another_shape_says_nothing_of_a_video() -> None:
    state = {"video": "v1", "first_sent": NOW, "sends": 1}
    for method in ("held", "settle", "poll"):
        one = attempts(FakeSend().on("/v1", ANOTHER_SHAPE), video(), now=NOW + 700.0)
        one.progress.state, one.committed_at = dict(state), NOW
        assert await is_malformed(one.call(method))


async def test_an_answer_of_another_shape_removes_and_changes_nothing() -> None:
    one = attempts(FakeSend().on("/w1", ANOTHER_SHAPE))
    work = PublishedWork("w1", None, {}, {})
    assert await is_malformed(one.publisher.remove(one.client, one.account, one.tokens, work))
    update = one.publisher.update(one.client, one.account, one.tokens, work, one.job)
    assert await is_malformed(update)


@pytest.mark.parametrize("named", ["javascript:alert(1)", "//[", "x" * 3000, 7, {}])
async def test_what_is_no_address_of_a_post_is_not_shown(named: Any) -> None:
    send = FakeSend().on(FEED, {"id": POST, "permalink_url": named})
    assert await attempts(send).run() == Published(POST)
    one = attempts(FakeSend().on(f"/{POST}", row(permalink_url=named)))
    assert (await one.call("verify", POST)).link == f"https://www.facebook.com/{POST}"
