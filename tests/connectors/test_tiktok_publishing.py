"""Publishing on TikTok: chunks, drafts, photos that are fetched, and what becomes of them."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from openchannels.connectors.base.publisher import Fetched
from openchannels.connectors.tiktok.connector import TikTok
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Later,
    LinkStatus,
    NeedsAction,
    NotPublished,
    PublicationRefused,
    Published,
    Undecided,
)
from openchannels.transport.client import Answer, TransportError
from tests.connectors.attempts import Attempts, PlayedFile, image, video
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    client_for,
    is_malformed,
)

TOKENS = Tokens("act", scopes=("video.publish", "video.upload", "video.list"))
UPLOAD_URL = "https://open-upload.tiktokapis.com/video/?upload_id=67890&upload_token=Xza123"
PUBLISH_ID = "v_pub_file~v2-1.123456789"
POST_ID = "7421234567890123457"
LEVELS = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
LOST = TransportError("timeout", "the deadline passed")
DAY = 86_400.0


def ok(**data: Any) -> dict[str, Any]:
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "1"}}


def refusal(code: str, status: int = 403) -> Answer:
    return answer({"data": {}, "error": {"code": code, "message": "its words"}}, status)


def taken(status: int = 206, upto: int | None = None) -> Answer:
    headers = {} if upto is None else {"content-range": f"bytes 0-{upto - 1}/150000000"}
    return Answer(status, headers, b"")


def creator(**more: Any) -> dict[str, Any]:
    return ok(
        creator_username="kilnandclay",
        privacy_level_options=LEVELS,
        comment_disabled=False,
        duet_disabled=False,
        stitch_disabled=True,
        max_video_post_duration_sec=300,
        **more,
    )


def state(status: str, *ids: int, **more: Any) -> dict[str, Any]:
    return ok(status=status, publicaly_available_post_id=list(ids), **more)


DONE = state("PUBLISH_COMPLETE")


def played(**more: Any) -> FakeSend:
    return FakeSend().on("/creator_info/query/", creator(**more))


def uploading(*answers: Any) -> FakeSend:
    send = played().on("/publish/video/init/", ok(publish_id=PUBLISH_ID, upload_url=UPLOAD_URL))
    return send.on("upload_token=Xza123", *(answers or (taken(201),)))


def attempts(send: FakeSend, *media: PlayedFile, **more: Any) -> Attempts:
    connector = TikTok()
    assert connector.publisher is not None
    options = more.pop("options", {"publish_mode": "direct"})
    client = client_for(connector, send, **options)
    account = account_of(Platform("tiktok"), "o1", handle="kiln")
    tokens = more.pop("tokens", TOKENS)
    return Attempts(
        connector.publisher,
        client,
        account,
        tokens,
        media or (video(),),
        **{"body": "Glaze", **more},
    )


def bodies(send: FakeSend, path: str) -> list[Any]:
    return [json.loads(call.body or b"") for call in send.calls if call.url.endswith(path)]


def ranges(send: FakeSend) -> list[str]:
    return [c.headers["Content-Range"] for c in send.calls if c.method == "PUT"]


# A video by its bytes


async def test_a_video_is_posted_by_its_last_byte() -> None:
    send = uploading().on("/status/fetch/", state("PROCESSING_UPLOAD"), DONE)
    one = attempts(
        send,
        video(size=3_145_728),
        title="Glaze test",
        body="14 #pottery",
        option={"disable_comment": True, "is_aigc": True, "brand_organic_toggle": True},
    )
    assert await one.run() == Published(PUBLISH_ID, link_status=LinkStatus.PENDING)
    [init] = bodies(send, "/publish/video/init/")
    assert init == {
        "post_info": {
            "title": "Glaze test\n14 #pottery",
            "privacy_level": "SELF_ONLY",
            "disable_duet": False,
            "disable_comment": True,
            "disable_stitch": True,
            "brand_content_toggle": False,
            "brand_organic_toggle": True,
            "is_aigc": True,
        },
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": 3_145_728,
            "chunk_size": 3_145_728,
            "total_chunk_count": 1,
        },
    }
    [put] = [call for call in send.calls if call.method == "PUT"]
    assert put.url == UPLOAD_URL
    assert put.headers == {
        "Content-Type": "video/mp4",
        "Content-Range": "bytes 0-3145727/3145728",
        "Content-Length": "3145728",
    }
    assert put.stream is not None
    assert sum([len(part) async for part in put.stream()]) == 3_145_728
    assert one.progress.keys == [PUBLISH_ID]


async def test_nothing_is_public_before_the_last_chunk() -> None:
    send = uploading(taken(), taken(), taken(), taken(201)).on("/status/fetch/", DONE)
    one = attempts(send, video(size=150_000_000))
    await one.prepare()
    first = [f"bytes {n * 32_000_000}-{(n + 1) * 32_000_000 - 1}/150000000" for n in range(3)]
    assert ranges(send) == first
    await one.commit()
    assert ranges(send)[3:] == ["bytes 96000000-149999999/150000000"]
    [init] = bodies(send, "/publish/video/init/")
    assert (init["source_info"]["chunk_size"], init["source_info"]["total_chunk_count"]) == (
        32_000_000,
        4,
    )


@pytest.mark.parametrize(
    ("size", "chunk", "count", "last"),
    [
        (4_999_999, 4_999_999, 1, 0),
        (64_000_000, 64_000_000, 1, 0),
        (64_000_001, 32_000_000, 2, 32_000_000),
    ],
)
async def test_sizes_of_chunks(size: int, chunk: int, count: int, last: int) -> None:
    send = uploading(taken(206), taken(201)) if count > 1 else uploading()
    one = attempts(send, video(size=size))
    await one.prepare()
    await one.commit()
    [init] = bodies(send, "/publish/video/init/")
    assert (init["source_info"]["chunk_size"], init["source_info"]["total_chunk_count"]) == (
        chunk,
        count,
    )
    assert ranges(send)[-1] == f"bytes {last}-{size - 1}/{size}"


async def test_an_upload_goes_on_where_tiktok_says_it_is() -> None:
    send = uploading(taken(), LOST, taken(), taken(201)).on(
        "/status/fetch/", state("PROCESSING_UPLOAD", uploaded_bytes=64_000_000), DONE
    )
    await attempts(send, video(size=150_000_000)).run()
    starts = [one.split("-")[0].removeprefix("bytes ") for one in ranges(send)]
    assert starts == ["0", "32000000", "64000000", "96000000"]
    assert len(bodies(send, "/publish/video/init/")) == 1


async def test_a_range_that_is_refused_names_the_right_one() -> None:
    send = uploading(taken(416, 32_000_000), taken(), taken(), taken(201))
    await attempts(send.on("/status/fetch/", DONE), video(size=150_000_000)).run()
    starts = [one.split("-")[0].removeprefix("bytes ") for one in ranges(send)]
    assert starts == ["0", "32000000", "64000000", "96000000"]


async def test_a_range_that_is_refused_without_progress_does_not_loop() -> None:
    send = uploading(taken(416, 0)).on("/status/fetch/", state("PROCESSING_UPLOAD"))
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send, video(size=150_000_000)).prepare()
    assert caught.value.kind is FailureKind.UNAVAILABLE
    assert len(ranges(send)) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_an_upload_address_that_ended_is_replaced(status: int) -> None:
    send = uploading(taken(status), taken(201)).on("/status/fetch/", DONE)
    await attempts(send).run()
    assert len(bodies(send, "/publish/video/init/")) == 2


async def test_an_upload_with_a_wrong_header_is_the_end() -> None:
    with pytest.raises(PlatformFailure) as caught:
        await attempts(uploading(taken(400))).run()
    assert caught.value.kind is FailureKind.INVALID


async def test_the_token_of_an_upload_goes_to_tiktok_only() -> None:
    send = played().on(
        "/video/init/", ok(publish_id="p", upload_url="https://tiktokapis.com.evil.example/")
    )
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send).prepare()
    assert caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("reply", [LOST, Answer(502, {}, b"")])
async def test_a_lost_answer_to_the_last_chunk_is_settled_by_the_status(reply: Any) -> None:
    whole = state("PROCESSING_UPLOAD", uploaded_bytes=1000)
    send = uploading(reply).on("/status/fetch/", whole, whole, DONE)
    found = await attempts(send).run()
    assert isinstance(found, Published)
    assert len(ranges(send)) == 1


async def test_a_last_chunk_that_did_not_arrive_is_sent_again() -> None:
    send = uploading(LOST, taken(201)).on(
        "/status/fetch/", state("PROCESSING_UPLOAD", uploaded_bytes=0), DONE
    )
    await attempts(send).run()
    assert ranges(send) == ["bytes 0-999/1000"] * 2
    assert len(bodies(send, "/publish/video/init/")) == 1


async def test_bytes_that_are_missing_at_the_last_chunk_are_sent() -> None:
    send = uploading(taken(), taken(416, 0), taken(), taken(201)).on(
        "/status/fetch/", state("PROCESSING_UPLOAD", uploaded_bytes=0), DONE
    )
    await attempts(send, video(size=64_000_001)).run()
    starts = [one.split("-")[0].removeprefix("bytes ") for one in ranges(send)]
    assert starts == ["0", "32000000", "0", "32000000"]


async def test_a_lost_announcement_is_repeated() -> None:
    send = played().on("/video/init/", LOST, ok(publish_id=PUBLISH_ID, upload_url=UPLOAD_URL))
    send.on("upload_token=Xza123", taken(201)).on("/status/fetch/", DONE)
    await attempts(send).run()
    assert len(ranges(send)) == 1


# Who may post what


async def test_an_audited_app_posts_at_the_level_that_was_chosen() -> None:
    send = uploading().on("/status/fetch/", DONE)
    options = {"audited": True}
    await attempts(send, option={"privacy_level": "PUBLIC_TO_EVERYONE"}, options=options).run()
    [init] = bodies(send, "/publish/video/init/")
    assert init["post_info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
    with pytest.raises(PublicationRefused) as caught:
        await attempts(FakeSend(), options=options).run()
    assert caught.value.code is errors.PUBLISH_OPTION_MISSING


@pytest.mark.parametrize(
    ("file", "level", "error", "kind"),
    [
        (video(), "FOLLOWER_OF_CREATOR", errors.PUBLISH_OPTION_MISSING, "invalid_option"),
        (video(duration=301.0), "SELF_ONLY", errors.MEDIA_UNSUPPORTED, "invalid_duration"),
    ],
)
async def test_what_a_creator_may_not_post_is_not_announced(
    file: PlayedFile, level: str, error: Any, kind: str
) -> None:
    send = played()
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, file, option={"privacy_level": level}).run()
    assert (caught.value.code, caught.value.kind) == (error, kind)
    assert send.paths == [""]


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "reached_active_user_cap"])
async def test_a_creator_whose_day_is_full_waits_until_tomorrow(code: str) -> None:
    send = FakeSend().on("/creator_info/query/", refusal(code, 200))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).prepare()
    assert (caught.value.code, caught.value.retry_after) == (errors.PLATFORM_RATE_LIMITED, DAY)
    assert not caught.value.final
    assert len(send.calls) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("spam_risk_user_banned_from_posting", errors.PERMISSION_MISSING),
        ("unaudited_client_can_only_post_to_private_accounts", errors.PERMISSION_MISSING),
        ("privacy_level_option_mismatch", errors.PUBLISH_OPTION_MISSING),
        ("invalid_param", errors.PUBLISH_VALIDATION_FAILED),
    ],
)
async def test_an_announcement_that_is_refused(code: str, error: Any) -> None:
    with pytest.raises(PublicationRefused) as caught:
        await attempts(played().on("/video/init/", refusal(code))).run()
    assert (caught.value.code, caught.value.platform_code) == (error, code)
    assert (caught.value.text or "").startswith("its words")


@pytest.mark.parametrize(
    ("options", "scopes", "missing"),
    [
        ({}, ("video.publish", "video.upload"), []),
        ({}, ("video.publish",), []),
        ({}, (), ["video.upload"]),
        ({"audited": True}, ("video.upload",), []),
        ({"publish_mode": "direct"}, ("video.upload",), ["video.publish"]),
        ({"publish_mode": "inbox"}, ("video.publish",), ["video.upload"]),
    ],
)
def test_scopes(options: Any, scopes: tuple[str, ...], missing: list[str]) -> None:
    one = attempts(FakeSend(), options=options)
    assert one.publisher.missing_scopes(one.client.app, scopes) == missing


# Drafts


async def test_an_app_that_is_not_audited_leaves_a_draft() -> None:
    send = FakeSend().on("/inbox/video/init/", ok(publish_id=PUBLISH_ID, upload_url=UPLOAD_URL))
    send.on("upload_token=Xza123", taken(201)).on(
        "/status/fetch/",
        state("SEND_TO_USER_INBOX"),
        state("SEND_TO_USER_INBOX"),
        state("PUBLISH_COMPLETE", int(POST_ID), 7421234567890123999),
    )
    one = attempts(send, options={})
    assert await one.run() == NeedsAction("draft", PUBLISH_ID)
    [init] = bodies(send, "/inbox/video/init/")
    assert list(init) == ["source_info"]
    assert isinstance(await one.call("held"), Later)
    assert await one.call("held") == Published(
        POST_ID,
        f"https://www.tiktok.com/@kiln/video/{POST_ID}",
        link_meta={"otherWorkIds": ["7421234567890123999"]},
    )


async def test_a_draft_of_photos_has_its_texts_only() -> None:
    send = FakeSend().on("/content/init/", ok(publish_id="p"))
    send.on("/status/fetch/", state("SEND_TO_USER_INBOX"))
    one = attempts(send, image(), options={}, title="Shelf", body="Autumn")
    assert await one.run() == NeedsAction("draft", "p")
    [init] = bodies(send, "/content/init/")
    assert init["post_mode"] == "MEDIA_UPLOAD"
    assert init["post_info"] == {"title": "Shelf", "description": "Autumn"}


# Photos and videos that TikTok fetches


async def test_photos_are_posted_by_the_call_that_names_them() -> None:
    send = (
        played()
        .on("/content/init/", ok(publish_id="p"))
        .on("/status/fetch/", state("PROCESSING_DOWNLOAD"), state("PUBLISH_COMPLETE", int(POST_ID)))
    )
    files = (image("a1.jpg"), image("a2.jpg"))
    one = attempts(
        send, *files, cover=image("a2.jpg"), title="Shelf", option={"auto_add_music": True}
    )
    await one.prepare()
    assert [call.url.rsplit("/", 3)[1] for call in send.calls] == ["creator_info"]
    found = await one.run()
    assert found == Published(POST_ID, f"https://www.tiktok.com/@kilnandclay/photo/{POST_ID}")
    assert bodies(send, "/content/init/") == [
        {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": {
                "title": "Shelf",
                "description": "Glaze",
                "privacy_level": "SELF_ONLY",
                "disable_comment": False,
                "auto_add_music": True,
                "brand_content_toggle": False,
                "brand_organic_toggle": False,
            },
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_cover_index": 1,
                "photo_images": ["https://media.example/a1.jpg", "https://media.example/a2.jpg"],
            },
        }
    ]
    assert one.progress.keys == ["p"]


async def test_a_video_that_tiktok_fetches() -> None:
    send = played().on("/video/init/", ok(publish_id="p")).on("/status/fetch/", DONE)
    one = attempts(send, option={"source": "PULL_FROM_URL", "photo_cover_index": 0})
    await one.run()
    [init] = bodies(send, "/video/init/")
    assert init["source_info"] == {
        "source": "PULL_FROM_URL",
        "video_url": "https://media.example/v.mp4",
    }
    assert ranges(send) == []
    assert one.publisher.pulls_media(one.client.app, one.job.content, one.option)
    assert not one.publisher.pulls_media(one.client.app, one.job.content, {})


NO_VIDEOS = ok(videos=[], has_more=False)


async def lost_photos(seen: Fetched, listed: Any = NO_VIDEOS) -> tuple[Attempts, FakeSend]:
    send = played().on("/content/init/", LOST, ok(publish_id="p")).on("/status/fetch/", DONE)
    one = attempts(send.on("/video/list/", listed), image(seen=seen))
    await one.prepare()
    with pytest.raises(PlatformFailure) as caught:
        await one.commit()
    assert one.publisher.is_doubtful(caught.value)
    return one, send


async def settled(one: Attempts, after: float) -> Any:
    one.now = NOW + after
    return await one.settle()


async def test_photos_that_were_never_fetched_were_not_taken() -> None:
    one, _ = await lost_photos(Fetched())
    assert isinstance(await settled(one, 3.0), Undecided)
    file = one.media[0]
    assert isinstance(file, PlayedFile)
    assert not file.withdrawn
    assert await settled(one, 601.0) == NotPublished(restart=True)
    assert file.withdrawn


async def test_photos_that_are_being_fetched_are_cut_off_and_waited_for() -> None:
    one, _ = await lost_photos(Fetched(NOW + 2.0))
    assert isinstance(await settled(one, 3.0), Undecided)
    file = one.media[0]
    assert isinstance(file, PlayedFile)
    assert file.withdrawn
    assert isinstance(await settled(one, 4100.0), Undecided)
    assert await settled(one, 4201.0) == NotPublished(restart=True)


def listed_video(**more: Any) -> dict[str, Any]:
    return {
        "id": POST_ID,
        "create_time": int(NOW) + 30,
        "title": "Glaze",
        "share_url": f"https://www.tiktok.com/@k/photo/{POST_ID}?utm_source=x",
        **more,
    }


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([listed_video()], True),
        ([], False),
        ([listed_video(), listed_video(id="7")], False),
        ([listed_video(create_time=int(NOW) - 3600)], False),
        ([listed_video(title="Other")], False),
    ],
)
async def test_photos_that_were_fetched_are_never_posted_twice(
    listed: list[Any], expected: bool
) -> None:
    one, send = await lost_photos(Fetched(NOW + 2.0, whole=True), ok(videos=listed))
    for after in (3.0, 700.0, 5000.0, 20_000.0):
        found = await settled(one, after)
        if expected:
            assert found == Published(POST_ID, f"https://www.tiktok.com/@k/photo/{POST_ID}")
        else:
            assert isinstance(found, Undecided)
    assert len(bodies(send, "/content/init/")) == 1


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "access_token_invalid"])
async def test_a_refused_announcement_of_photos_is_not_in_doubt(code: str) -> None:
    one = attempts(played().on("/content/init/", refusal(code, 429)), image())
    await one.prepare()
    with pytest.raises(PlatformFailure) as caught:
        await one.commit()
    assert not one.publisher.is_doubtful(caught.value)
    assert caught.value.reading.bucket == "account"


# What becomes of it


@pytest.mark.parametrize(
    ("reason", "error", "final"),
    [
        ("picture_size_check_failed", errors.MEDIA_UNSUPPORTED, True),
        ("duration_check_failed", errors.MEDIA_UNSUPPORTED, True),
        ("video_pull_failed", errors.PUBLISH_RESOURCE_UNAVAILABLE, False),
        ("spam_risk_too_many_posts", errors.PLATFORM_RATE_LIMITED, False),
        ("spam_risk_user_banned_from_posting", errors.PERMISSION_MISSING, True),
        ("spam_risk_text", errors.PUBLISH_VALIDATION_FAILED, True),
        ("publish_cancelled", errors.PUBLISH_PLATFORM_STATUS_FAILED, True),
        ("something_new", errors.PUBLISH_PLATFORM_STATUS_FAILED, True),
    ],
)
async def test_works_that_fail(reason: str, error: Any, final: bool) -> None:
    send = FakeSend().on("/status/fetch/", state("FAILED", fail_reason=reason))
    one = attempts(send)
    one.progress.state = {"publish_id": "p", "mode": "direct"}
    for method in ("poll", "held", "settle"):
        with pytest.raises(PublicationRefused) as caught:
            await one.call(method)
        assert (caught.value.code, caught.value.final) == (error, final)
        assert caught.value.platform_code == reason


async def test_a_work_that_failed_inside_is_announced_once_more() -> None:
    send = uploading().on("/status/fetch/", state("FAILED", fail_reason="internal"), DONE)
    one = attempts(send)
    with pytest.raises(PublicationRefused) as caught:
        await one.run()
    assert not caught.value.final
    one.progress.state, one.attempt = {}, 2
    assert isinstance(await one.run(), Published)
    assert len(bodies(send, "/video/init/")) == 2


def verifying(send: FakeSend, level: str = "PUBLIC_TO_EVERYONE") -> Attempts:
    one = attempts(send)
    one.committed_at = NOW
    one.progress.state = {"publish_id": "p", "mode": "direct", "level": level}
    return one


async def test_a_public_video_gets_its_address_later() -> None:
    send = FakeSend().on("/status/fetch/", DONE, state("PUBLISH_COMPLETE", int(POST_ID)))
    one = verifying(send.on("/video/list/", NO_VIDEOS))
    assert await one.call("verify", "p") == Later(60.0)
    assert (await one.call("verify", "p")).work_id == POST_ID
    one.now = NOW + 4 * DAY
    one.client = verifying(FakeSend().on("/fetch/", DONE).on("/list/", NO_VIDEOS)).client
    assert await one.call("verify", "p") == Published("p")


async def test_what_is_not_public_is_not_looked_for() -> None:
    send = FakeSend()
    assert await verifying(send, "SELF_ONLY").call("verify", "p") == Published("p")
    assert send.calls == []


async def test_a_webhook_brings_the_address_and_says_when_a_work_is_hidden() -> None:
    one = verifying(FakeSend().on("/status/fetch/", refusal("invalid_publish_id", 400)))
    one.reports = [
        {"event": "post.publish.publicly_available", "publish_id": "other", "post_id": "1"},
        {"event": "post.publish.publicly_available", "publish_id": "p", "post_id": POST_ID},
    ]
    assert (await one.call("verify", "p")).work_id == POST_ID
    one.reports.append(
        {
            "event": "post.publish.no_longer_publicaly_available",
            "publish_id": "p",
            "post_id": POST_ID,
        }
    )
    assert (await one.call("verify", POST_ID)).link_status is LinkStatus.FAILED


async def test_a_webhook_alone_fails_nothing_and_completes_what_is_forgotten() -> None:
    send = FakeSend().on("/status/fetch/", state("PROCESSING_UPLOAD", uploaded_bytes=1000))
    one = verifying(send)
    one.reports = [{"event": "post.publish.failed", "publish_id": "p", "reason": "internal"}]
    assert isinstance(await one.call("poll"), Later)
    one.client = verifying(
        FakeSend().on("/status/fetch/", refusal("invalid_publish_id", 400))
    ).client
    assert isinstance(await one.call("settle"), Undecided)
    one.reports = [{"event": "post.publish.complete", "publish_id": "p"}]
    assert isinstance(await one.call("poll"), Published)


async def test_the_address_is_tiktoks_own_where_it_lists_the_work() -> None:
    send = FakeSend().on("/video/query/", ok(videos=[listed_video()]), ok(videos=[]))
    one = verifying(send)
    own = f"https://www.tiktok.com/@k/photo/{POST_ID}"
    assert (await one.call("verify", POST_ID)).link == own
    assert (await one.call("verify", POST_ID)).link == (
        f"https://www.tiktok.com/@kiln/video/{POST_ID}"
    )
    assert bodies(send, "/video/query/")[0] == {"filters": {"video_ids": [POST_ID]}}


# Webhooks


async def received(
    event: str, content: Any, *, secret: str = "app-secret", at: float = NOW, key: str = "app-id"
) -> InboundResult:
    body = json.dumps(
        {
            "client_key": key,
            "event": event,
            "create_time": 1795946400,
            "user_openid": "o1",
            "content": json.dumps(content),
        }
    ).encode()
    signed = f"{int(at)}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    message = InboundMessage("POST", {}, {"tiktok-signature": f"t={int(at)},s={digest}"}, body)
    assert TikTok.inbound is not None
    return await TikTok.inbound.receive(client_for(TikTok(), FakeSend()), message)


@pytest.mark.parametrize("post_id", [POST_ID, int(POST_ID)])
async def test_a_report_names_its_publication(post_id: Any) -> None:
    content = {"publish_id": "p", "post_id": post_id, "publish_type": "DIRECT_PUBLISH"}
    found = await received("post.publish.publicly_available", content)
    [report] = found.reports
    assert report.key == "p"
    assert report.facts == {
        "event": "post.publish.publicly_available",
        "publish_id": "p",
        "post_id": POST_ID,
        "create_time": 1795946400,
    }


async def test_a_withdrawn_grant_and_what_is_of_no_interest() -> None:
    found = await received("authorization.removed", {"reason": 1})
    assert found.revoked == {"o1": 1795946400}
    assert await received("video.publish.completed", {"share_id": "x"}) == InboundResult()


@pytest.mark.parametrize("forged", [{"secret": "other"}, {"at": NOW - 600}, {"key": "other-app"}])
async def test_a_forged_or_repeated_webhook_is_refused(forged: Any) -> None:
    with pytest.raises(InboundRefused):
        await received("post.publish.complete", {"publish_id": "p"}, **forged)


# Answers of another shape


async def test_an_answer_of_another_shape_says_nothing_of_a_creator() -> None:
    send = FakeSend().on("/creator_info/query/", ANOTHER_SHAPE)
    assert await is_malformed(attempts(send).prepare())


async def test_an_answer_of_another_shape_says_nothing_of_photos() -> None:
    one, _ = await lost_photos(Fetched(NOW, whole=True), ANOTHER_SHAPE)
    assert await is_malformed(settled(one, 5000.0))


async def test_a_video_is_sent_to_no_address_that_is_none() -> None:
    send = played().on("/publish/video/init/", ok(publish_id="p", upload_url="https://["))
    assert await is_malformed(attempts(send).prepare())
