"""Publishing on LinkedIn: little text, uploads, and posts of members, which nobody can read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.linkedin.connector import LinkedIn
from openchannels.connectors.linkedin.media_upload import ROLE_HINT
from openchannels.connectors.linkedin.post_body import little_text
from openchannels.connectors.linkedin.posts import unescape
from openchannels.connectors.linkedin.publisher import NOT_COVERED
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Later,
    NotPublished,
    PublicationRefused,
    Published,
    Ready,
    Undecided,
)
from openchannels.transport.client import TransportError
from tests.connectors.publishing import Desk, FakeFile, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

PAGE, MEMBER = "urn:li:organization:2414183", "782bbtaQex"
URN, IMAGE, VIDEO = "urn:li:share:7378012345678901234", "urn:li:image:D4E", "urn:li:video:D4D"
OTHER = "urn:li:share:7141138937766391808"
UPLOADS = "https://www.linkedin.com/dms-uploads/sp"
LOST = TransportError("timeout", "the deadline passed")
CREATED = answer(b"", 201, {"x-restli-id": URN})


def published(urn: str = URN, **more: Any) -> Published:
    return Published(urn, f"https://www.linkedin.com/feed/update/{urn}/", **more)


def desk(send: FakeSend, uid: str = PAGE, scopes: Any = None) -> Desk:
    return Desk(LinkedIn(), account_of(Platform("linkedin"), uid), Tokens("t", scopes=scopes), send)


def refusal(status: int, message: str, code: str | None = None) -> Any:
    inputs = [{"code": code, "description": "d"}] if code else []
    body = {"status": status, "message": message, "errorDetails": {"inputErrors": inputs}}
    return answer(body, status)


DUPLICATE = refusal(422, f"Content is a duplicate of {OTHER}", "DUPLICATE_POST")


def image_upload() -> Any:
    value = {"uploadUrlExpiresAt": (NOW + 3600) * 1000, "uploadUrl": f"{UPLOADS}/img"}
    return {"value": {**value, "image": IMAGE}}


def video_upload(**more: Any) -> Any:
    ends = (4194303, 8388607, 9437183)
    starts = (0, 4194304, 8388608)
    parts = [
        {"uploadUrl": f"{UPLOADS}/part{n}", "firstByte": first, "lastByte": last}
        for n, (first, last) in enumerate(zip(starts, ends, strict=True))
    ]
    value = {"uploadUrlsExpireAt": (NOW + 3600) * 1000, "video": VIDEO, "uploadToken": ""}
    return {"value": {**value, "uploadInstructions": parts, **more}}


def uploading(*last_part: Any, **more: Any) -> FakeSend:
    sent = FakeSend().on("/videos", video_upload(**more), action="initializeUpload")
    sent.on("/videos", answer(b""), action="finalizeUpload")
    for n in (0, 1):
        sent.on(f"/part{n}", answer(b"", 200, {"etag": f'"/signed/{n}"'}))
    return sent.on("/part2", *(last_part or (answer(b"", 200, {"etag": "/signed/2"}),)))


def ready(urn: str = IMAGE) -> dict[str, Any]:
    return {"media0": {"urn": urn, "ready": True}}


# Text


@pytest.mark.parametrize(
    ("given", "little"),
    [
        (
            "Tip 1) use wax_resist #pottery @ home",
            r"Tip 1\) use wax\_resist {hashtag|\#|pottery} \@ home",
        ),
        (
            "@[Ida Holm](urn:li:person:782bbtaQex) hi (x)",
            r"@[Ida Holm](urn:li:person:782bbtaQex) hi \(x\)",
        ),
        ("#wax_resist C#", r"{hashtag|\#|wax\_resist} C\#"),
        ("a\\b | {c}", r"a\\b \| \{c\}"),
    ],
)
def test_little_text(given: str, little: str) -> None:
    assert little_text(given) == little


def test_all_reserved_characters_are_read_back() -> None:
    text = r"| { } @ [ ] ( ) < > # \ * _ ~ https://kiln.example/a_b~c #glaze_1"
    assert unescape(little_text(text)) == text


# Publishing


async def test_a_text() -> None:
    sent = FakeSend().on("/rest/posts", CREATED)
    own = desk(sent, MEMBER)
    one = job_of(body="Body", option={"commentary": "New (ash)", "visibility": "CONNECTIONS"})
    assert await own.publish(one) == published()
    assert json.loads(sent.calls[0].body or b"") == {
        "author": f"urn:li:person:{MEMBER}",
        "commentary": r"New \(ash\)",
        "visibility": "CONNECTIONS",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert sent.calls[0].headers["LinkedIn-Version"] == "202609"
    assert await own.verify(one, URN) == published()


async def test_images_wait_until_they_are_available() -> None:
    sent = FakeSend().on("/images", image_upload()).on("/img", answer(b"", 201))
    sent.on("urn%3Ali%3Aimage%3AD4E", {"status": "PROCESSING"}, {"status": "AVAILABLE"})
    own = desk(sent.on("/rest/posts", CREATED))
    two = job_of(image(), image(), title="Unseen", option={"distribution": "NONE"})
    assert await own.prepare(two) == Later(1.0)
    assert await own.prepare(two) == Ready()
    assert json.loads(sent.calls[0].body or b"") == {"initializeUploadRequest": {"owner": PAGE}}
    assert sent.calls[1].headers["Authorization"] == "Bearer t"
    await own.commit(two)
    body = json.loads(sent.calls[-1].body or b"")
    assert body["content"] == {"multiImage": {"images": [{"id": IMAGE}, {"id": IMAGE}]}}
    assert body["distribution"]["feedDistribution"] == "NONE"
    # A single image is not a multi-image post.
    await own.commit(job_of(image(), title="Unseen", state=ready()))
    assert json.loads(sent.calls[-1].body or b"")["content"] == {"media": {"id": IMAGE}}


async def test_a_video_is_sent_in_the_parts_that_are_asked_for() -> None:
    sent = uploading(LOST, answer(b"", 200, {"etag": "/signed/2"}))
    sent.on("urn%3Ali%3Avideo%3AD4D", {"status": "PROCESSING"}, {"status": "AVAILABLE"})
    own = desk(sent.on("/rest/posts", CREATED))
    one = job_of(FakeFile(size=9437184), title="Wheel")
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    assert await own.prepare(one) == Later(5.0)
    assert await own.prepare(one) == Ready()
    starts = [start for start, _ in one.video.reads]
    # Only the part whose answer was lost is sent again.
    assert starts == [0, 4194304, 8388608, 8388608]
    assert one.video.reads[-1] == (8388608, 1048576)
    assert "Authorization" not in sent.calls[1].headers
    assert json.loads(sent.calls[0].body or b"")["initializeUploadRequest"] == {
        "owner": PAGE,
        "fileSizeBytes": 9437184,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    [finalized] = [c for c in sent.calls if c.params.get("action") == "finalizeUpload"]
    assert json.loads(finalized.body or b"")["finalizeUploadRequest"] == {
        "video": VIDEO,
        "uploadToken": "",
        "uploadedPartIds": ["/signed/0", "/signed/1", "/signed/2"],
    }
    await own.commit(one)
    content = json.loads(sent.calls[-1].body or b"")["content"]
    assert content == {"media": {"id": VIDEO, "title": "Wheel"}}


@pytest.mark.parametrize(("reply", "warnings"), [(201, ()), (400, (NOT_COVERED,))])
async def test_a_cover_never_fails_a_video(reply: int, warnings: Any) -> None:
    sent = uploading(thumbnailUploadUrl=f"{UPLOADS}/thumb").on("/thumb", answer(b"", reply))
    sent.on("urn%3Ali%3Avideo%3AD4D", {"status": "AVAILABLE"}).on("/rest/posts", CREATED)
    one = job_of(FakeFile(size=9437184), cover=image())
    assert await desk(sent).publish(one) == published(warnings=warnings)
    [shown] = [call for call in sent.calls if call.url.endswith("/thumb")]
    assert shown.headers["media-type-family"] == "STILLIMAGE"


async def test_a_status_that_may_not_be_read_is_waited_for() -> None:
    denied = answer({"status": 403, "code": "ACCESS_DENIED", "message": "forbidden"}, 403)
    sent = FakeSend().on("urn%3Ali%3Avideo%3AD4D", denied)
    state = {"media0": {"urn": VIDEO, "since": NOW}}
    one = job_of(FakeFile(size=9437184), state=state)
    assert await desk(sent).prepare(one) == Later(19.0)
    assert await desk(sent).prepare(replace(one, now=NOW + 19)) == Ready()


async def test_a_finalization_that_is_repeated() -> None:
    """LinkedIn may refuse it, because it has finalized the video; its status tells."""
    refused = refusal(400, "already finalized")
    sent = FakeSend().on("/videos", refused).on("urn%3Ali%3Avideo%3AD4D", {"status": "AVAILABLE"})
    entry = {"urn": VIDEO, "parts": [], "etags": [], "token": "", "ends_at": NOW + 999}
    again = job_of(FakeFile(), state={"media0": {**entry, "finalizing": True}})
    assert await desk(sent).prepare(again) == Ready()
    with pytest.raises(PublicationRefused):
        await desk(sent).prepare(job_of(FakeFile(), state={"media0": entry}))


async def test_files_that_linkedin_refuses() -> None:
    failed = {"status": "PROCESSING_FAILED", "processingFailureReason": "codec"}
    state = {"media0": {"urn": VIDEO, "since": NOW}}
    for reply, now, code, final in (
        (failed, NOW, errors.MEDIA_PROCESSING_FAILED, True),
        ({"status": "PROCESSING"}, NOW + 1801, errors.MEDIA_PROCESSING_TIMEOUT, False),
    ):
        sent = FakeSend().on("urn%3Ali%3Avideo%3AD4D", reply)
        with pytest.raises(PublicationRefused) as refused:
            await desk(sent).prepare(replace(job_of(FakeFile(), state=state), now=now))
        assert (refused.value.code, refused.value.final) == (code, final)
    denied = FakeSend().on("/images", refusal(403, "Not enough permissions"))
    with pytest.raises(PublicationRefused) as refused:
        await desk(denied).prepare(job_of(image()))
    assert refused.value.code is errors.PERMISSION_MISSING
    assert refused.value.text == f"Not enough permissions {ROLE_HINT}"
    expired = FakeSend().on("/images", image_upload())
    expired.on("/img", refusal(400, "expired", "EXPIRED_UPLOAD_URL"))
    with pytest.raises(PublicationRefused) as refused:
        await desk(expired).prepare(job_of(image()))
    assert not refused.value.final


async def test_an_upload_address_of_another_host_gets_no_token() -> None:
    elsewhere = {"value": {"uploadUrl": "https://linkedin.example/x", "image": IMAGE}}
    sent = FakeSend().on("/images", elsewhere)
    with pytest.raises(PlatformFailure) as failure:
        await desk(sent).prepare(job_of(image()))
    assert (failure.value.kind, len(sent.calls)) == (FailureKind.MALFORMED, 1)


@pytest.mark.parametrize(
    ("reply", "code", "name"),
    [
        (refusal(400, "too long", "FIELD_LENGTH_TOO_LONG"),
         errors.PUBLISH_VALIDATION_FAILED, "FIELD_LENGTH_TOO_LONG"),
        (refusal(400, "Organization permissions must be used when using organization as author"),
         errors.PERMISSION_MISSING, None),
        (answer({"status": 403, "code": "ACCESS_DENIED", "message": "[/author]"}, 403),
         errors.PERMISSION_MISSING, "ACCESS_DENIED"),
        (refusal(400, "x", "MEDIA_ASSET_PROCESSING_FAILED"),
         errors.MEDIA_PROCESSING_FAILED, "MEDIA_ASSET_PROCESSING_FAILED"),
        (DUPLICATE, errors.PUBLISH_VALIDATION_FAILED, "DUPLICATE_POST"),
    ],
)  # fmt: skip
async def test_refusals(reply: Any, code: Any, name: str | None) -> None:
    with pytest.raises(PublicationRefused) as refused:
        await desk(FakeSend().on("/rest/posts", reply)).commit(job_of(body="Ash"))
    found = refused.value
    assert (found.code, found.platform_code, found.final) == (code, name, True)
    assert found.text


async def test_a_file_that_is_not_ready_yet() -> None:
    waiting = refusal(400, "not there", "MEDIA_ASSET_WAITING_UPLOAD")
    own = desk(FakeSend().on("/rest/posts", waiting))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(job_of(body="Ash"))
    assert not own.publisher.is_doubtful(failure.value)
    assert failure.value.reading.retry_after == 120.0


@pytest.mark.parametrize(
    "reply", [LOST, answer({}, 500), answer(b"", 201), refusal(409, "concurrent")]
)
async def test_a_lost_answer_is_in_doubt(reply: Any) -> None:
    own = desk(FakeSend().on("/rest/posts", reply))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(job_of(body="Ash"))
    assert own.publisher.is_doubtful(failure.value)


async def test_a_version_that_has_ended_is_the_operators() -> None:
    ended = answer({"status": 426, "code": "NONEXISTENT_VERSION", "message": "m"}, 426)
    with pytest.raises(PlatformFailure) as failure:
        await desk(FakeSend().on("/rest/posts", ended)).commit(job_of(body="Ash"))
    assert failure.value.kind is FailureKind.MISCONFIGURED


# A lost answer


def shown(created_at: float = NOW, **more: Any) -> dict[str, Any]:
    return {"id": URN, "createdAt": int(created_at * 1000), **more}


@pytest.mark.parametrize(
    ("post", "job", "found"),
    [
        (shown(content={"media": {"id": IMAGE}}), job_of(image(), state=ready()), True),
        (shown(content={"multiImage": {"images": [{"id": IMAGE}]}}),
         job_of(image(), state=ready()), True),
        (shown(commentary="Ash"), job_of(image(), body="Ash", state=ready()), False),
        (shown(commentary=r"Ash \(1\)"), job_of(body="Ash (1)"), True),
        (shown(NOW - 61, commentary="Ash"), job_of(body="Ash"), False),
        (shown(commentary="Other"), job_of(body="Ash"), False),
    ],
)  # fmt: skip
async def test_a_lost_post_of_a_page_is_looked_for(post: Any, job: Any, found: bool) -> None:
    sent = FakeSend().on("/rest/posts", {"elements": [post], "paging": {}})
    settled = await desk(sent).settle(job)
    assert settled == (published() if found else Undecided(27.0))
    assert sent.params() == {"author": PAGE, "q": "author", "count": "10", "sortBy": "CREATED"}
    if found:
        taken = replace(job, taken_work_ids=frozenset({URN}))
        assert await desk(sent).settle(taken) == Undecided(27.0)


async def test_a_post_of_a_page_that_is_not_found_is_posted_once_more() -> None:
    own = desk(FakeSend().on("/rest/posts", {"elements": [], "paging": {}}))
    one = job_of(body="Ash")
    assert [await own.settle(one) for _ in range(3)] == [
        Undecided(27.0),
        Undecided(90.0),
        NotPublished(),
    ]
    later = replace(one, committed_at=NOW + 300, now=NOW + 310)
    settled = await own.publisher.settle(own.client, own.account, own.tokens, later)
    assert settled == Undecided(300.0)


async def test_a_lost_post_of_a_member_is_repeated_while_linkedin_knows_it() -> None:
    sent = FakeSend().on("/rest/posts", DUPLICATE)
    own, one = desk(sent, MEMBER), job_of(body="Ash")
    assert await own.settle(one) == NotPublished()
    assert sent.calls == []
    assert await own.commit(replace(one, now=NOW + 140)) == published(OTHER)
    # A second loss is for a person.
    again = replace(one, committed_at=NOW + 140, now=NOW + 150)
    settled = await own.publisher.settle(own.client, own.account, own.tokens, again)
    assert settled == Undecided(300.0)


async def test_a_members_post_is_not_repeated_too_late() -> None:
    own = desk(FakeSend(), MEMBER)
    assert await own.settle(job_of(body="Ash"), 1200.0) == Undecided(300.0)
    one = job_of(body="Ash")
    assert await own.settle(one) == NotPublished()
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(replace(one, now=NOW + 481))
    assert own.publisher.is_doubtful(failure.value)


@pytest.mark.parametrize("known", [True, False])
async def test_a_late_duplicate_counts_only_if_it_is_shown(known: bool) -> None:
    quoted = OTHER.replace(":", "%3A")
    read = {"id": OTHER} if known else answer({"status": 404, "message": "none"}, 404)
    own = desk(FakeSend().on(quoted, read).on("/rest/posts", DUPLICATE))
    one = job_of(body="Ash", state={"first_commit": NOW - 601})
    if known:
        assert await own.commit(one) == published(OTHER)
    else:
        with pytest.raises(PublicationRefused):
            await own.commit(one)


# Scopes and removal


async def test_scopes() -> None:
    publisher, app = LinkedIn().publisher, desk(FakeSend()).client.app
    assert publisher.missing_scopes(app, ["r_basicprofile"]) == ("w_organization_social",)
    assert publisher.missing_scopes(app, ["w_member_social"]) == ()
    with pytest.raises(PublicationRefused) as refused:
        await desk(FakeSend(), PAGE, ("w_member_social",)).prepare(job_of(body="Ash"))
    assert refused.value.code is errors.PERMISSION_MISSING


async def test_a_post_is_removed_once() -> None:
    gone = answer({"status": 404, "message": "none"}, 404)
    sent = FakeSend().on("urn%3Ali%3Ashare%3A7378012345678901234", answer(b"", 204), gone)
    await desk(sent).remove(URN)
    await desk(sent).remove(URN)
    assert methods(sent.calls)[0].startswith("DELETE")
    assert sent.calls[0].headers["X-RestLi-Method"] == "DELETE"


# Answers of another shape


async def test_an_answer_of_another_shape_says_nothing_of_a_post() -> None:
    own = desk(FakeSend().on("/rest/posts", ANOTHER_SHAPE))
    assert await is_malformed(own.settle(job_of(body="Ash")))
    unnamed = {"elements": [shown(commentary="Ash", id=None)], "paging": {}}
    own = desk(FakeSend().on("/rest/posts", unnamed))
    assert await is_malformed(own.settle(job_of(body="Ash")))
    page = answer(b"<html>")
    own = desk(FakeSend().on("urn%3Ali%3Ashare%3A7378012345678901234", page))
    assert await is_malformed(own.remove(URN))


@pytest.mark.parametrize(
    "part",
    [
        {"firstByte": None},
        {"lastByte": "x"},
        {"firstByte": 9, "lastByte": 3},
        {"lastByte": 10},
        {"uploadUrl": "https://["},
    ],
)
async def test_parts_that_are_none_of_the_file_are_not_sent(part: Any) -> None:
    whole = {"uploadUrl": f"{UPLOADS}/part0", "firstByte": 0, "lastByte": 9}
    sent = uploading(uploadInstructions=[{**whole, **part}])
    assert await is_malformed(desk(sent).prepare(job_of(FakeFile(size=10), body="Ash")))
    assert len(sent.calls) == 1
