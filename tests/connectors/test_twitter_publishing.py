"""Publishing on X: uploads in segments, one call that posts, and looking for a lost one."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.twitter.connector import Twitter
from openchannels.connectors.twitter.publisher import NOT_DESCRIBED
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Later,
    NotPublished,
    PublicationRefused,
    Published,
    Ready,
    Undecided,
)
from openchannels.transport.client import TransportError
from tests.connectors.publishing import MIB, Desk, FakeFile, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

MEDIA, KEY, POST = "1990012345678901234", "7_1990012345678901234", "1990019999999999999"
LINK = f"https://x.com/kiln/status/{POST}"
LOST = TransportError("timeout", "the deadline passed")
TEXT = "New glaze & ash https://kiln.example/glaze"
CREATED = answer({"data": {"id": POST, "text": "t"}}, 201)


def desk(send: FakeSend) -> Desk:
    return Desk(Twitter(), account_of(Platform("twitter"), "u1", handle="kiln"), Tokens("t"), send)


def media(state: str | None = None, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"id": MEDIA, "media_key": KEY, "expires_after_secs": 86_400}
    if state is not None:
        data["processing_info"] = {"state": state, **more}
    return {"data": data}


def problem(status: int, detail: str, kind: str = "about:blank") -> Any:
    body = {"title": "Forbidden", "status": status, "detail": detail, "type": kind}
    return answer(body, status)


def uploading(*appended: Any) -> FakeSend:
    sent = FakeSend().on("/initialize", media()).on("/append", *(appended or ({"data": {}},)))
    return sent.on("/finalize", media("pending", check_after_secs=1))


def post(**more: Any) -> dict[str, Any]:
    return {"id": POST, "created_at": iso(NOW), **more}


def uploaded(**more: Any) -> dict[str, Any]:
    return {"media0": {"id": MEDIA, "key": KEY, "ends_at": NOW + 9999, "ready": True, **more}}


async def test_a_video_is_uploaded_in_segments_and_posted() -> None:
    sent = uploading(answer(b"", 204)).on("/media/upload", media("in_progress"), media("succeeded"))
    own = desk(sent.on("/tweets", CREATED))
    one = job_of(FakeFile(size=9 * MIB), body=f" {TEXT}\n", option={"reply_settings": "following"})
    assert await own.prepare(one) == Later(1)
    assert await own.prepare(one) == Later(5)
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == Published(POST, LINK)
    assert methods(sent.calls) == [
        "POST initialize",
        *["POST append"] * 3,
        "POST finalize",
        *["GET upload"] * 2,
        "POST tweets",
    ]
    assert json.loads(sent.calls[0].body or b"") == {
        "media_type": "video/mp4",
        "total_bytes": 9 * MIB,
        "media_category": "tweet_video",
    }
    assert one.video.reads == [(0, 4 * MIB), (4 * MIB, 4 * MIB), (8 * MIB, MIB)]
    assert b'name="segment_index"\r\n\r\n2\r\n' in (sent.calls[3].body or b"")[:200]
    assert json.loads(sent.calls[-1].body or b"") == {
        "text": TEXT,
        "media": {"media_ids": [MEDIA]},
        "reply_settings": "following",
    }
    assert await own.verify(one, POST) == Published(POST, LINK)


async def test_an_upload_goes_on_at_its_segment() -> None:
    sent = uploading({"data": {}}, LOST, {"data": {}}).on("/media/upload", media("succeeded"))
    own, one = desk(sent), job_of(FakeFile(size=9 * MIB))
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    assert await own.prepare(one) == Later(1)
    assert methods(sent.calls).count("POST initialize") == 1
    assert [start for start, _ in one.video.reads] == [0, 4 * MIB, 4 * MIB, 8 * MIB]


@pytest.mark.parametrize("known", [True, False])
async def test_an_end_that_was_not_answered_is_asked_for(known: bool) -> None:
    status = media("succeeded") if known else problem(400, "Invalid media id.")
    sent = uploading().on("/media/upload", status)
    state = uploaded(next=3, finalizing=True, ready=None)
    assert await desk(sent).prepare(job_of(FakeFile(size=9 * MIB), state=state)) == (
        Ready() if known else Later(1)
    )
    assert methods(sent.calls) == ["GET upload", *([] if known else ["POST finalize"])]


async def test_an_upload_that_is_forgotten_or_has_ended_is_begun_again() -> None:
    sent = FakeSend().on("/append", problem(404, "gone", "https://x/resource-not-found"))
    own = desk(sent.on("/initialize", media()))
    one = job_of(FakeFile(size=5), state=uploaded(next=0, ready=None))
    assert await own.prepare(one) == Later(1, "uploading")
    assert dict(one.state) == {}
    sent = FakeSend().on("/initialize", media()).on("/append", {}).on("/finalize", media())
    one = job_of(FakeFile(size=5), state=uploaded(ends_at=NOW + 10))
    assert await desk(sent).prepare(one) == Ready()


@pytest.mark.parametrize("state", ["failed", "in_progress"])
async def test_a_file_that_x_cannot_process(state: str) -> None:
    """An error beside a state that never ends is an end as well."""
    error = {"code": 3, "name": "UnsupportedMedia", "message": "Duration exceeds"}
    sent = uploading().on("/media/upload", media(state, progress_percent=99, error=error))
    own, one = desk(sent), job_of(FakeFile())
    await own.prepare(one)
    with pytest.raises(PublicationRefused) as refused:
        await own.prepare(one)
    found = refused.value
    assert (found.code, found.final) == (errors.MEDIA_PROCESSING_FAILED, True)
    assert (found.platform_code, found.text) == ("UnsupportedMedia", "Duration exceeds")


async def test_processing_without_an_end() -> None:
    sent = FakeSend().on("/media/upload", media("in_progress"))
    one = job_of(FakeFile(), state=uploaded(since=NOW - 901, ready=None))
    with pytest.raises(PublicationRefused) as refused:
        await desk(sent).prepare(one)
    assert (refused.value.code, refused.value.final) == (errors.MEDIA_PROCESSING_TIMEOUT, False)


@pytest.mark.parametrize(
    ("described", "warnings"), [({"data": {}}, ()), (answer({}, 500), (NOT_DESCRIBED,))]
)
async def test_alternative_texts_never_fail_a_post(described: Any, warnings: Any) -> None:
    sent = FakeSend().on("/initialize", media()).on("/append", {}).on("/finalize", media())
    own = desk(sent.on("/metadata", described).on("/tweets", CREATED))
    one = job_of(image(), image("image/gif"), option={"alt_text": "A bowl"})
    assert (await own.publish(one)).warnings == warnings
    described_with = json.loads(sent.calls[-2].body or b"")
    assert described_with == {"id": MEDIA, "metadata": {"alt_text": {"text": "A bowl"}}}
    assert b"tweet_image" in (sent.calls[3].body or b"")
    assert await own.prepare(one) == Ready()
    assert methods(sent.calls).count("POST metadata") == 2


async def test_options_and_labels() -> None:
    poll = {"options": ["Ash", "Iron"], "duration_minutes": 60}
    option = {
        "poll": poll,
        "reply_to_tweet_id": "5",
        "quote_tweet_id": "6",
        "made_with_ai": True,
        "paid_partnership": False,
    }
    sent = FakeSend().on("/tweets", CREATED)
    await desk(sent).publish(job_of(body="Which?", option=option))
    assert json.loads(sent.calls[0].body or b"") == {
        "text": "Which?",
        "poll": poll,
        "reply": {"in_reply_to_tweet_id": "5"},
        "quote_tweet_id": "6",
        "made_with_ai": True,
    }


NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)


@pytest.mark.parametrize(
    ("reply", "code", "name", "final"),
    [
        (problem(403, "You are not allowed to create a Tweet with duplicate content."),
         errors.PUBLISH_VALIDATION_FAILED, "duplicate", True),
        (problem(403, NOT_SUMMONED), errors.PERMISSION_MISSING, "reply_not_allowed", True),
        (problem(403, "A maximum of one cashtag is allowed."),
         errors.PUBLISH_VALIDATION_FAILED, "cashtags", True),
        (problem(403, "This user is not allowed to post a video longer than 2 minutes"),
         errors.MEDIA_UNSUPPORTED, "video_too_long", True),
        (problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you."),
         errors.WORK_NOT_FOUND, "reply_target_gone", True),
        (problem(403, "Your account is not permitted to access this feature."),
         errors.PERMISSION_MISSING, None, True),
        (problem(403, "Cap reached", "https://api.x.com/2/problems/usage-capped"),
         errors.PLATFORM_RATE_LIMITED, "usage-capped", True),
        (problem(400, "Your media IDs are invalid."),
         errors.PLATFORM_CALL_FAILED, "media_expired", False),
        (problem(400, "This is an invalid URL", "https://x/invalid-request"),
         errors.PUBLISH_VALIDATION_FAILED, "invalid-request", True),
    ],
)  # fmt: skip
async def test_refusals(reply: Any, code: Any, name: str | None, final: bool) -> None:
    with pytest.raises(PublicationRefused) as refused:
        await desk(FakeSend().on("/tweets", reply)).commit(job_of(body=TEXT))
    found = refused.value
    assert (found.code, found.platform_code, found.final) == (code, name, final)
    assert found.text


async def test_credits_that_are_used_up_end_it_at_the_first_call() -> None:
    spent = problem(402, "credits depleted", "https://api.x.com/2/problems/credits-depleted")
    sent = FakeSend().on("/initialize", spent)
    with pytest.raises(PublicationRefused) as refused:
        await desk(sent).prepare(job_of(FakeFile()))
    assert (refused.value.code, refused.value.final) == (errors.PLATFORM_RATE_LIMITED, True)
    assert len(sent.calls) == 1


async def test_what_is_not_a_refusal_of_the_content() -> None:
    limited = answer(
        {"title": "Too Many Requests", "status": 429},
        429,
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(NOW + 300))},
    )
    for reply, kind in (
        (limited, FailureKind.RATE_LIMITED),
        (answer(b"<html>", 403), FailureKind.UNAVAILABLE),
        (answer({"code": 64, "message": "suspended"}, 403), FailureKind.SUSPENDED),
    ):
        with pytest.raises(PlatformFailure) as failure:
            await desk(FakeSend().on("/tweets", reply)).commit(job_of(body=TEXT))
        assert failure.value.kind is kind


@pytest.mark.parametrize(
    "reply", [LOST, answer({}, 503), answer({}, 201), answer({"errors": [{"title": "odd"}]})]
)
async def test_a_lost_answer_is_in_doubt(reply: Any) -> None:
    own = desk(FakeSend().on("/tweets", reply))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(job_of(body=TEXT))
    assert own.publisher.is_doubtful(failure.value)


SHOWN = "New glaze &amp; ash https://t.co/AbC1"


@pytest.mark.parametrize(
    ("posts", "option", "found"),
    [
        ([post(text=SHOWN)], {}, True),
        ([post(text="New glaze &amp; ash")], {}, False),
        ([post(text="https://t.co/AbC1")], {}, False),
        ([post(text=SHOWN, created_at=iso(NOW - 120))], {}, False),
        ([post(text=SHOWN), post(text=SHOWN, id="2")], {}, False),
        ([post(text=SHOWN)], {"reply_to_tweet_id": "5"}, False),
        ([post(text=SHOWN, referenced_tweets=[{"type": "replied_to", "id": "5"}])],
         {"reply_to_tweet_id": "5"}, True),
        ([post(text=SHOWN)], {"poll": {}}, False),
        ([post(text=SHOWN, attachments={"poll_ids": ["1"]})], {"poll": {}}, True),
    ],
)  # fmt: skip
async def test_a_lost_post_is_known_by_what_it_says(posts: Any, option: Any, found: bool) -> None:
    sent = FakeSend().on("/users/u1/tweets", {"data": posts, "meta": {}})
    own, one = desk(sent), job_of(body=TEXT, option=option)
    settled = await own.settle(one)
    assert settled == (Published(POST, LINK) if found else Undecided(27.0))
    assert sent.params() == {
        "max_results": "5",
        "exclude": "retweets",
        "start_time": "2026-09-21T14:12:20Z",
        "tweet.fields": "created_at,attachments,referenced_tweets",
    }
    if found:
        taken = replace(one, taken_work_ids=frozenset({POST}))
        assert await own.settle(taken) == Undecided(27.0)


async def test_a_lost_post_is_known_by_its_media() -> None:
    mine = post(text="https://t.co/x", attachments={"media_keys": ["3_1", KEY]})
    other = post(id="7", text="https://t.co/y", attachments={"media_keys": ["3_9"]})
    for posts, expected in (
        ([other, mine], Published(POST, LINK)),
        ([other], Undecided(27.0)),
    ):
        sent = FakeSend().on("/users/u1/tweets", {"data": posts, "meta": {}})
        assert await desk(sent).settle(job_of(image(), state=uploaded())) == expected


async def test_a_post_that_is_not_found_is_posted_once_more() -> None:
    sent = FakeSend().on("/users/u1/tweets", {"meta": {}})
    own, one = desk(sent), job_of(body=TEXT)
    looks = [await own.settle(one) for _ in range(6)]
    assert looks[:3] == [Undecided(27.0), Undecided(90.0), NotPublished()]
    # A second loss is for a person.
    assert looks[3:] == [Undecided(27.0), Undecided(90.0), Undecided(300.0)]


async def test_a_duplicate_of_our_own_lost_post_is_published() -> None:
    duplicate = problem(403, "You are not allowed to create a Tweet with duplicate content.")
    timeline = {"data": [post(text=SHOWN)], "meta": {}}
    sent = FakeSend().on("/users/u1/tweets", {"meta": {}}, timeline).on("/tweets", duplicate)
    own, one = desk(sent), job_of(body=TEXT, state={"committed_again": True})
    assert await own.commit(one) == Accepted(30.0)
    late = replace(one, committed_at=NOW, now=NOW + 600)
    assert await own.poll(late) == Later(300.0)
    assert await own.poll(late) == Published(POST, LINK)
    unseen = FakeSend().on("/users/u1/tweets", {"meta": {}})
    assert await desk(unseen).poll(replace(late, now=NOW + 3601)) == Published(None)


async def test_the_fields_under_their_new_name() -> None:
    renamed = answer(
        {"errors": [{"parameters": {"tweet.fields": ["x"]}}], "title": "Invalid Request"}, 400
    )
    posts = {"data": [post(text=SHOWN)], "meta": {}}
    sent = FakeSend().on("/users/u1/tweets", renamed, posts)
    assert (await desk(sent).settle(job_of(body=TEXT))).work_id == POST
    assert sent.params()["post.fields"] == "created_at,attachments,referenced_posts"


async def test_a_post_is_removed_once() -> None:
    gone = problem(404, "gone", "https://x/resource-not-found")
    missing = answer({"errors": [{"type": "https://x/resource-not-found"}], "title": "t"})
    sent = FakeSend().on(POST, {"data": {"deleted": True}}, gone, {"data": {"deleted": False}})
    own = desk(sent)
    await own.remove(POST)
    await own.remove(POST)
    sent.on(POST, missing)
    with pytest.raises(PlatformFailure):
        await own.remove(POST)
    sent = FakeSend().on(POST, {"data": {"deleted": False}}, missing)
    await desk(sent).remove(POST)
    assert methods(sent.calls) == [f"DELETE {POST}", f"GET {POST}"]


async def test_an_answer_of_another_shape_says_nothing_of_a_post() -> None:
    own = desk(FakeSend().on("/users/u1/tweets", ANOTHER_SHAPE))
    assert await is_malformed(own.settle(job_of(body=TEXT)))
    unnamed = {"data": [post(text=SHOWN, id=None)], "meta": {}}
    own = desk(FakeSend().on("/users/u1/tweets", unnamed))
    assert await is_malformed(own.settle(job_of(body=TEXT)))
