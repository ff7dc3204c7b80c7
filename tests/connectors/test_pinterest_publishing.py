"""Publishing on Pinterest: pins, which nothing keeps from being made twice."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.pinterest.connector import Pinterest
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Later,
    PublicationRefused,
    Published,
    Ready,
    Undecided,
)
from openchannels.transport.client import Call, TransportError
from tests.connectors.publishing import MIB, Desk, FakeFile, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

PIN, MEDIA, BOARD = "813744226420799001", "5212123920968240771", "549755885175"
OPTION = {"boardId": BOARD, "link": "https://kiln.example/bowls", "altText": "two bowls"}
DONE = Published(PIN, f"https://www.pinterest.com/pin/{PIN}/")
STORE = "https://pinterest-media-upload.s3-accelerate.amazonaws.com/"
LOST = TransportError("timeout", "the deadline passed")
CREATED = answer({"id": PIN}, 201)
MADE_AT = "2026-09-21T14:13:20"


def desk(send: FakeSend, **options: Any) -> Desk:
    return Desk(Pinterest(), account_of(Platform("pinterest"), "p1"), Tokens("t"), send, options)


def job(*media: FakeFile, **more: Any) -> Any:
    given = {"title": "Bowls", "body": "Thrown #pottery", "option": OPTION, **more}
    return job_of(*(media or (image(filename="a.jpg"),)), **given)


def refusal(status: int, message: str, code: int = 1) -> Any:
    return answer({"code": code, "message": message}, status)


def body(call: Call) -> Any:
    return json.loads(call.body or b"")


NOT_FETCHED = refusal(400, "Sorry we could not fetch the image.")
TRIAL = refusal(403, "Apps with Trial access may not create Pins in production", 29)


async def test_an_image_is_one_call() -> None:
    sent = FakeSend().on("/pins", CREATED)
    own = desk(sent)
    assert await own.publish(job()) == DONE
    assert body(sent.calls[0]) == {
        "board_id": BOARD,
        "title": "Bowls",
        "description": "Thrown #pottery",
        "link": "https://kiln.example/bowls",
        "alt_text": "two bowls",
        "media_source": {"source_type": "image_url", "url": "https://oc.example/pull/a.jpg"},
    }
    assert await own.verify(job(), PIN) == DONE


async def test_images_of_one_pin() -> None:
    sent = FakeSend().on("/pins", CREATED)
    two = job(image(filename="a"), image("image/png", filename="b"), title="", body="")
    await desk(sent).commit(two)
    assert body(sent.calls[-1])["media_source"] == {
        "source_type": "multiple_image_urls",
        "items": [{"url": "https://oc.example/pull/a"}, {"url": "https://oc.example/pull/b"}],
    }
    assert not {"title", "description"} & body(sent.calls[-1]).keys()
    own = desk(sent, images="sent")
    await own.commit(two)
    assert body(sent.calls[-1])["media_source"] == {
        "source_type": "multiple_image_base64",
        "items": [
            {"content_type": "image/jpeg", "data": "AAAAAAA="},
            {"content_type": "image/png", "data": "AAAAAAA="},
        ],
    }
    await own.commit(job(image("image/webp")))
    assert body(sent.calls[-1])["media_source"]["source_type"] == "image_url"
    pulls = (desk(sent).publisher.pulls_media(one.client.app, two.content, {}) for one in (own,))
    assert list(pulls) == [False]
    assert own.publisher.pulls_media(desk(sent).client.app, two.content, {})


async def test_an_image_that_is_not_fetched_is_sent_at_last() -> None:
    sent = FakeSend().on("/pins", *[NOT_FETCHED] * 3, CREATED)
    own, one = desk(sent), job()
    pauses = []
    for _ in range(3):
        with pytest.raises(PlatformFailure) as failure:
            await own.commit(one)
        assert not own.publisher.is_doubtful(failure.value)
        pauses.append(failure.value.reading.retry_after)
    assert pauses == [30.0, 120.0, 600.0]
    assert await own.commit(one) == DONE
    kinds = [body(call)["media_source"]["source_type"] for call in sent.calls]
    assert kinds == ["image_url"] * 3 + ["image_base64"]


async def test_an_image_that_cannot_be_sent_is_given_up() -> None:
    own = desk(FakeSend().on("/pins", NOT_FETCHED))
    one = job(image("image/webp"), state={"fetch_tries": 2})
    with pytest.raises(PublicationRefused) as refused:
        await own.commit(one)
    assert refused.value.code is errors.PUBLISH_RESOURCE_UNAVAILABLE


# Videos


def registered() -> dict[str, Any]:
    fields = {"key": "uploads/11", "policy": "eyJ", "Content-Type": "multipart/form-data"}
    return {"media_id": MEDIA, "upload_url": STORE, "upload_parameters": fields}


def uploading(*stored: Any) -> FakeSend:
    sent = FakeSend().on("/v5/media", registered())
    return sent.on(STORE, *(stored or (answer(b"", 204),)))


async def streamed(call: Call) -> bytes:
    assert call.stream is not None
    pieces = [piece async for piece in call.stream()]
    assert max(map(len, pieces)) <= MIB
    return b"".join(pieces)


async def test_a_video_is_streamed_and_waited_for() -> None:
    states = [{"status": state} for state in ("registered", "processing", "succeeded")]
    sent = uploading().on(f"/media/{MEDIA}", *states).on("/pins", CREATED)
    own, one = desk(sent), job(FakeFile(size=2 * MIB + 7))
    assert [await own.prepare(one) for _ in range(4)] == [
        Later(4.0),
        Later(pytest.approx(4.8)),
        Later(pytest.approx(5.76)),
        Ready(),
    ]
    assert body(sent.calls[0]) == {"media_type": "video"}
    stored = sent.calls[1]
    form = await streamed(stored)
    # The store refuses a form without its length, and fields after the file.
    assert stored.headers["Content-Length"] == str(len(form))
    assert "Authorization" not in stored.headers
    names = [part.split(b'"')[1] for part in form.split(b"form-data; ")[1:]]
    assert names == [b"key", b"policy", b"Content-Type", b"file"]
    assert form.count(b"\0") == 2 * MIB + 7
    assert await own.commit(one) == DONE
    assert body(sent.calls[-1])["media_source"] == {
        "source_type": "video_id",
        "media_id": MEDIA,
        "cover_image_key_frame_time": 1,
    }


@pytest.mark.parametrize(
    ("cover", "option", "expected"),
    [
        (image(), {}, {"cover_image_content_type": "image/jpeg", "cover_image_data": "AAAAAAA="}),
        (image("image/webp", filename="c"), {},
         {"cover_image_url": "https://oc.example/pull/c"}),
        (image(), {"coverImageUrl": "https://x.example/c"},
         {"cover_image_url": "https://x.example/c"}),
    ],
)  # fmt: skip
async def test_covers(cover: FakeFile, option: Any, expected: Any) -> None:
    sent = FakeSend().on("/pins", CREATED)
    state = {"video": {"id": MEDIA, "ready": True}}
    one = job(FakeFile(), cover=cover, option={**OPTION, **option}, state=state)
    await desk(sent).commit(one)
    source = body(sent.calls[-1])["media_source"]
    assert source == {"source_type": "video_id", "media_id": MEDIA, **expected}


async def test_an_upload_that_fails_is_registered_again() -> None:
    """Its addresses may have ended."""
    ended = answer(b"<Error><Code>AccessDenied</Code></Error>", 403)
    sent = uploading(ended, LOST, answer(b"", 204))
    own, one = desk(sent), job(FakeFile())
    for _ in range(2):
        with pytest.raises(PlatformFailure) as failure:
            await own.prepare(one)
        assert failure.value.kind is FailureKind.UNAVAILABLE
    assert await own.prepare(one) == Later(4.0)
    assert methods(sent.calls) == ["POST media", "POST "] * 3
    too_large = uploading(answer(b"<Error><Code>EntityTooLarge</Code></Error>", 400))
    with pytest.raises(PublicationRefused) as refused:
        await desk(too_large).prepare(job(FakeFile()))
    assert refused.value.platform_code == "EntityTooLarge"


@pytest.mark.parametrize(
    "reply", [{"status": "failed"}, {"status": "registered"}, refusal(404, "no", 40)]
)
async def test_a_video_that_fails_is_uploaded_once_more(reply: Any) -> None:
    own = desk(FakeSend().on(f"/media/{MEDIA}", reply))
    one = job(FakeFile(), state={"video": {"id": MEDIA, "at": NOW - 121}})
    assert await own.prepare(one) == Later(1.0, "uploading")
    await one.progress.keep(video={"id": MEDIA, "at": NOW - 121})
    with pytest.raises(PublicationRefused) as refused:
        await own.prepare(one)
    assert (refused.value.code, refused.value.final) == (errors.MEDIA_PROCESSING_FAILED, True)


async def test_processing_without_an_end() -> None:
    own = desk(FakeSend().on(f"/media/{MEDIA}", {"status": "processing"}))
    with pytest.raises(PublicationRefused) as refused:
        await own.prepare(job(FakeFile(), state={"video": {"id": MEDIA, "at": NOW - 1801}}))
    assert (refused.value.code, refused.value.final) == (errors.MEDIA_PROCESSING_TIMEOUT, False)


# Refusals and lost answers


@pytest.mark.parametrize(
    ("reply", "code", "name"),
    [
        (refusal(400, "'x' does not match '^\\d+$'"), errors.PUBLISH_VALIDATION_FAILED, "1"),
        (refusal(400, "Images must have the same width/height ratios."),
         errors.PUBLISH_VALIDATION_FAILED, "1"),
        (refusal(400, "Sorry! We blocked this link because it may lead to spam."),
         errors.PUBLISH_VALIDATION_FAILED, "blocked"),
        (refusal(404, "Board not found.", 40),
         errors.PUBLISH_VALIDATION_FAILED, "board_not_found"),
        (refusal(403, "You are not permitted to access that resource.", 29),
         errors.PERMISSION_MISSING, "29"),
    ],
)  # fmt: skip
async def test_refusals(reply: Any, code: Any, name: str) -> None:
    with pytest.raises(PublicationRefused) as refused:
        await desk(FakeSend().on("/pins", reply)).commit(job())
    found = refused.value
    assert (found.code, found.platform_code, found.final) == (code, name, True)
    assert found.text


async def test_an_app_with_trial_access_is_not_tried_again() -> None:
    sent = FakeSend().on("/pins", TRIAL)
    own = desk(sent)
    for step in (own.commit, own.prepare):
        with pytest.raises(PublicationRefused) as refused:
            await step(job())
        assert refused.value.platform_code == "trial_access"
        assert "Standard access" in (refused.value.text or "")
    assert len(sent.calls) == 1


async def test_what_is_not_a_refusal_of_the_content() -> None:
    limited = answer({"code": 8, "message": "slow down"}, 429, {"x-ratelimit-reset": "30"})
    for reply, kind in (
        (limited, FailureKind.RATE_LIMITED),
        (refusal(401, "Authentication failed.", 2), FailureKind.TOKEN_EXPIRED),
    ):
        with pytest.raises(PlatformFailure) as failure:
            await desk(FakeSend().on("/pins", reply)).commit(job())
        assert failure.value.kind is kind


@pytest.mark.parametrize("reply", [LOST, answer({}, 503), answer({}, 201)])
async def test_a_lost_answer_is_in_doubt(reply: Any) -> None:
    own = desk(FakeSend().on("/pins", reply))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(job())
    assert own.publisher.is_doubtful(failure.value)


def pin(**more: Any) -> dict[str, Any]:
    return {
        "id": PIN,
        "created_at": MADE_AT,
        "title": "Bowls",
        "description": "Thrown #pottery ",
        "link": OPTION["link"],
        "alt_text": OPTION["altText"],
        "is_owner": True,
        "parent_pin_id": None,
        "media": {"media_type": "image"},
        **more,
    }


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        ([pin()], True),
        ([pin(), pin(id="1", title="Other")], True),
        ([pin(), pin(id="1")], False),
        ([pin(created_at="2026-09-21T14:11:19")], False),
        ([pin(is_owner=False)], False),
        ([pin(link=None)], False),
        ([pin(parent_pin_id="5")], False),
        ([pin(media={"media_type": "video"})], False),
    ],
)
async def test_a_lost_pin_is_looked_for(pins: Any, found: bool) -> None:
    sent = FakeSend().on(f"/boards/{BOARD}/pins", {"items": pins})
    own, one = desk(sent), job()
    assert await own.settle(one) == (DONE if found else Undecided(7.0))
    if found:
        taken = replace(one, taken_work_ids=frozenset({PIN}))
        assert await own.settle(taken) == Undecided(7.0)


async def test_a_pin_that_is_not_found_is_for_a_person() -> None:
    own, one = desk(FakeSend().on(f"/boards/{BOARD}/pins", {"items": []})), job()
    looks = [await own.settle(one) for _ in range(4)]
    assert looks == [Undecided(7.0), Undecided(50.0), Undecided(240.0), Undecided(600.0)]


# Changes


async def test_an_update_changes_texts_and_board() -> None:
    sent = FakeSend().on(PIN, {"id": PIN})
    assert await desk(sent).update(job(title=""), PIN) == DONE
    assert methods(sent.calls) == [f"PATCH {PIN}"]
    assert body(sent.calls[0]) == {
        "board_id": BOARD,
        "title": None,
        "description": "Thrown #pottery",
        "link": OPTION["link"],
        "alt_text": OPTION["altText"],
    }


async def test_an_app_without_updates_is_not_tried_again() -> None:
    sent = FakeSend().on(PIN, refusal(403, "Not available to your app", 29))
    own = desk(sent)
    for _ in range(2):
        with pytest.raises(PublicationRefused) as refused:
            await own.update(job(), PIN)
        assert refused.value.code is errors.PUBLISH_UPDATE_NOT_SUPPORTED
        assert refused.value.text == "Not available to your app"
    assert len(sent.calls) == 1


async def test_a_pin_is_removed_once() -> None:
    sent = FakeSend().on(PIN, answer(b"", 204), refusal(404, "Pin not found.", 50))
    await desk(sent).remove(PIN)
    await desk(sent).remove(PIN)
    assert methods(sent.calls) == [f"DELETE {PIN}"] * 2


async def test_an_answer_of_another_shape_says_nothing_of_a_pin() -> None:
    sent = FakeSend().on("/pins", ANOTHER_SHAPE).on(f"PATCH {PIN}", ANOTHER_SHAPE)
    own = desk(sent.on(f"DELETE {PIN}", answer(b"<html>")))
    assert await is_malformed(own.settle(job()))
    assert await is_malformed(own.update(job(), PIN))
    assert await is_malformed(own.remove(PIN))
