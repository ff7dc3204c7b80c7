"""Publishing local posts: Google answers success, and reviews the post afterwards."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.google.business.connector import GoogleBusiness
from openchannels.connectors.google.business.publisher import NO_BUTTON
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Later,
    LinkStatus,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
    Undecided,
)
from openchannels.transport.client import Call, TransportError
from tests.connectors.publishing import Desk, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

OWNER, PLACE, ID = "accounts/1177", "9876", "4455667788990099887"
POSTS = f"{OWNER}/locations/{PLACE}/localPosts"
LINK = "https://local.google.com/place?id=1&use=posts&lpsid=556"
DAY = 86_400.0
LOST = TransportError("timeout", "the deadline passed")
EVENT = {"start": "2026-12-04T18:00", "end": "2026-12-04T21:30"}


def desk(send: FakeSend) -> Desk:
    account = account_of(Platform("google_business"), PLACE, facts={"account": OWNER})
    return Desk(GoogleBusiness(), account, Tokens("ya29"), send)


def location(**metadata: Any) -> FakeSend:
    found = {"name": f"locations/{PLACE}", "languageCode": "da", "metadata": metadata}
    return FakeSend().on(f"/v1/locations/{PLACE}", found)


def post(state: str = "PROCESSING", **more: Any) -> dict[str, Any]:
    return {
        "name": f"{POSTS}/{ID}",
        "summary": "New bowls",
        "topicType": "STANDARD",
        "createTime": iso(NOW),
        "state": state,
        "searchUrl": LINK,
        **more,
    }


def job(**more: Any) -> Any:
    return job_of(**{"body": "New bowls", **more})


def posted(**more: Any) -> Any:
    """A job whose post was made now."""
    return job(state={"post": ID, "sent": {"summary": "New bowls"}}, committed_at=NOW, **more)


def refusal(status: int, message: str = "no", *fields: Any, label: str | None = None) -> Any:
    error: dict[str, Any] = {"code": status, "message": message, "status": label}
    if fields:
        error["details"] = [{"errorDetails": [{"code": one, "message": message} for one in fields]}]
    return answer({"error": error}, status)


def body(call: Call) -> Any:
    return json.loads(call.body or b"")


async def test_a_post_with_a_photo_is_followed_until_it_is_shown() -> None:
    sent = location(canOperateLocalPost=True).on("/localPosts", post())
    own = desk(sent.on(ID, post(), post("LIVE")))
    button = {"actionType": "LEARN_MORE", "url": "https://kiln.example"}
    one = job_of(image(filename="a.jpg"), body="New bowls", option={"callToAction": button})
    assert await own.prepare(one) == Ready()
    assert sent.params() == {"readMask": "name,title,languageCode,metadata"}
    assert await own.commit(one) == Accepted(15.0)
    assert body(sent.calls[-1]) == {
        "languageCode": "da",
        "summary": "New bowls",
        "topicType": "STANDARD",
        "callToAction": button,
        "media": [{"mediaFormat": "PHOTO", "sourceUrl": "https://oc.example/pull/a.jpg"}],
    }
    assert await own.poll(one) == Later(45.0, "review")
    assert await own.poll(one) == Published(ID, LINK)
    assert methods(sent.calls) == [f"GET {PLACE}", "POST localPosts", *[f"GET {ID}"] * 2]


async def test_events_and_offers() -> None:
    sent = location().on("/localPosts", post("LIVE"))
    own = desk(sent)
    option = {"topicType": "EVENT", "event": EVENT, "languageCode": "en"}
    await own.commit(job(title="Open wheel night", option=option))
    made = body(sent.calls[-1])
    assert (made["topicType"], made["languageCode"]) == ("EVENT", "en")
    assert made["event"] == {
        "title": "Open wheel night",
        "schedule": {
            "startDate": {"year": 2026, "month": 12, "day": 4},
            "startTime": {"hours": 18, "minutes": 0},
            "endDate": {"year": 2026, "month": 12, "day": 4},
            "endTime": {"hours": 21, "minutes": 30},
        },
    }
    option = {
        "topicType": "OFFER",
        "event": {**EVENT, "title": "Bowl week"},
        "offer": {"couponCode": "BOWL50"},
        "callToAction": {"actionType": "CALL"},
    }
    outcome = await own.commit(job(title="Unused", option=option))
    made = body(sent.calls[-1])
    assert (made["event"]["title"], made["offer"]) == ("Bowl week", {"couponCode": "BOWL50"})
    # An offer has no button: that is said.
    assert "callToAction" not in made
    assert outcome.warnings == (NO_BUTTON,)


async def test_a_post_that_google_rejects() -> None:
    for step in ("poll", "held"):
        own = desk(FakeSend().on(ID, post("REJECTED")))
        with pytest.raises(PublicationRefused) as refused:
            await getattr(own, step)(posted())
        assert (refused.value.platform_code, refused.value.final) == ("REJECTED", True)


async def test_a_review_without_an_end_leaves_the_link_open() -> None:
    sent = FakeSend().on(ID, {**post(), "searchUrl": None})
    own, one = desk(sent), posted()
    polls = [await own.poll(one) for _ in range(9)]
    assert sum(poll.seconds for poll in polls[:8]) + 15.0 >= DAY
    assert polls[8] == Published(ID, None, LinkStatus.PENDING)
    assert await own.verify(one, ID) == Later(3600.0, "review")


async def test_the_address_of_a_photo_stays_for_a_day() -> None:
    own = desk(FakeSend().on(ID, post("LIVE")))
    one = job_of(image(), body="New bowls", state=posted().state, committed_at=NOW)
    assert await own.verify(one, ID) == Later(DAY, "review")
    assert await own.verify(replace(one, now=NOW + DAY), ID) == Published(ID, LINK)
    assert await own.verify(posted(), ID) == Published(ID, LINK)


async def test_google_holds_a_post_until_its_time() -> None:
    at = NOW + 7200
    scheduled = post("SCHEDULED", scheduledTime=iso(at))
    sent = location().on("/localPosts", post())
    own = desk(sent.on(ID, scheduled, scheduled, post("LIVE")))
    one = job(schedule_at=at)
    assert await own.publish(one) == Accepted(15.0)
    assert body(sent.calls[-1])["scheduledTime"] == iso(at)
    assert await own.poll(one) == Scheduled(at, ID, LINK)
    assert await own.held(one) == Later(3600.0)
    assert await own.held(replace(one, now=at)) == Published(ID, LINK)
    # What is nearly due goes out at once.
    await own.commit(job(option={"scheduledTime": iso(NOW + 599)}))
    assert "scheduledTime" not in body(sent.calls[-1])


@pytest.mark.parametrize("flag", ["canOperateLocalPost", "hasVoiceOfMerchant"])
async def test_a_location_that_may_not_post(flag: str) -> None:
    sent = location(**{flag: False})
    own = desk(sent)
    for _ in range(2):
        with pytest.raises(PublicationRefused) as refused:
            await own.prepare(job())
        assert refused.value.code is errors.PUBLISH_NOT_SUPPORTED
    assert len(sent.calls) == 1


@pytest.mark.parametrize(
    ("reply", "code", "name", "final"),
    [
        (refusal(400, "Must be at most 1500 characters", 9), errors.PUBLISH_VALIDATION_FAILED,
         "9", True),
        (refusal(400, "bad"), errors.PUBLISH_VALIDATION_FAILED, None, True),
        (refusal(400, "chain", "LOCATION_DISABLED_FOR_LOCAL_POST_API"),
         errors.PUBLISH_NOT_SUPPORTED, "LOCATION_DISABLED_FOR_LOCAL_POST_API", True),
        (refusal(403, "x", 1301, label="PERMISSION_DENIED"), errors.PERMISSION_MISSING,
         "PERMISSION_DENIED", True),
        (refusal(400, "x", "OPERATION_EXECUTION_ERROR"), errors.PLATFORM_CALL_FAILED,
         "OPERATION_EXECUTION_ERROR", False),
        (refusal(404, "Requested entity was not found."), errors.PLATFORM_ACCOUNT_MISSING,
         "location_not_found", True),
    ],
)  # fmt: skip
async def test_refusals(reply: Any, code: Any, name: str | None, final: bool) -> None:
    with pytest.raises(PublicationRefused) as refused:
        await desk(location().on("/localPosts", reply)).commit(job())
    found = refused.value
    assert (found.code, found.platform_code, found.final) == (code, name, final)
    assert found.text


async def test_a_location_of_a_chain_is_remembered() -> None:
    disabled = refusal(400, "x", "LOCATION_DISABLED_FOR_LOCAL_POST_API")
    sent = location().on("/localPosts", disabled)
    own = desk(sent)
    for step in (own.commit, own.prepare):
        with pytest.raises(PublicationRefused):
            await step(job())
    assert methods(sent.calls) == [f"GET {PLACE}", "POST localPosts"]


async def test_a_photo_that_google_cannot_fetch() -> None:
    own = desk(location().on("/localPosts", refusal(400, "Fetching image failed.", 1000)))
    one = job_of(image(), body="New bowls")
    pauses = []
    for _ in range(3):
        with pytest.raises(PlatformFailure) as failure:
            await own.commit(one)
        assert not own.publisher.is_doubtful(failure.value)
        pauses.append(failure.value.reading.retry_after)
    assert pauses == [30.0, 120.0, 600.0]
    with pytest.raises(PublicationRefused) as refused:
        await own.commit(one)
    assert refused.value.code is errors.PUBLISH_RESOURCE_UNAVAILABLE


@pytest.mark.parametrize(
    ("limit", "kind"), [("0", FailureKind.MISCONFIGURED), ("300", FailureKind.RATE_LIMITED)]
)
async def test_limits(limit: str, kind: FailureKind) -> None:
    details = [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": limit}}]
    error = {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": details}
    with pytest.raises(PlatformFailure) as failure:
        await desk(location().on("/localPosts", answer({"error": error}, 429))).commit(job())
    assert failure.value.kind is kind
    [cap] = desk(FakeSend()).publisher.caps
    assert (cap.most, cap.seconds, cap.scope) == (10, 60.0, "account")


@pytest.mark.parametrize("reply", [LOST, refusal(500, label="INTERNAL"), answer({})])
async def test_a_lost_answer_is_in_doubt(reply: Any) -> None:
    own = desk(location().on("/localPosts", reply))
    with pytest.raises(PlatformFailure) as failure:
        await own.commit(job())
    assert own.publisher.is_doubtful(failure.value)


BUTTON = {"actionType": "BOOK", "url": "https://kiln.example"}


@pytest.mark.parametrize(
    ("posts", "sent", "found"),
    [
        ([post(), post(summary="Other")], {}, True),
        ([post(), post()], {}, False),
        ([post(createTime=iso(NOW - 121))], {}, False),
        ([post(topicType="OFFER")], {}, False),
        ([post()], {"callToAction": BUTTON}, False),
        ([post(callToAction=BUTTON)], {"callToAction": BUTTON}, True),
        ([post()], {"event": {"title": "x"}}, False),
    ],
)
async def test_a_lost_post_is_looked_for(posts: Any, sent: Any, found: bool) -> None:
    state = {"sent": {"summary": " New bowls", "topicType": "STANDARD", **sent}}
    own = desk(FakeSend().on("/localPosts", {"localPosts": posts}))
    one = job(state=state)
    assert await own.settle(one) == (Accepted(15.0) if found else Undecided(12.0))
    assert one.state.get("post") == (ID if found else None)
    if found:
        taken = replace(job(state=state), taken_work_ids=frozenset({ID}))
        assert await own.settle(taken) == Undecided(12.0)


async def test_a_post_that_is_not_found_is_for_a_person() -> None:
    own, one = desk(FakeSend().on("/localPosts", {})), job(state={"sent": {"summary": "x"}})
    looks = [await own.settle(one) for _ in range(4)]
    assert looks == [Undecided(12.0), Undecided(45.0), Undecided(240.0), Undecided(900.0)]


async def test_a_post_that_somebody_deleted() -> None:
    own = desk(FakeSend().on(ID, refusal(404)))
    with pytest.raises(PublicationRefused) as refused:
        await own.poll(posted())
    assert refused.value.platform_code == "deleted"


async def test_an_update_masks_what_it_changes() -> None:
    sent = location().on("/localPosts", post("LIVE")).on(ID, post())
    own = desk(sent)
    one = job_of(image(), body="New bowls", option={"callToAction": BUTTON})
    await own.commit(one)
    changed = replace(one, content=replace(one.content, body="Newer bowls"), option={})
    assert await own.update(changed, ID) == Published(ID, LINK)
    call = sent.calls[-1]
    assert (call.method, sent.params()) == ("PATCH", {"updateMask": "summary,callToAction"})
    assert body(call) == {"summary": "Newer bowls"}
    without_photo = replace(changed, media=(), content=replace(changed.content, media=()))
    calls = len(sent.calls)
    with pytest.raises(PublicationRefused) as refused:
        await own.update(without_photo, ID)
    assert refused.value.code is errors.PUBLISH_UPDATE_NOT_ALLOWED
    assert len(sent.calls) == calls


async def test_a_post_is_removed_once() -> None:
    sent = FakeSend().on(ID, {}, refusal(404))
    await desk(sent).remove(ID)
    await desk(sent).remove(ID)
    assert methods(sent.calls) == [f"DELETE {ID}"] * 2


@pytest.mark.parametrize("metadata", ["x", [], 5, True, None])
async def test_flags_of_another_shape_refuse_nothing(metadata: Any) -> None:
    found = {"name": f"locations/{PLACE}", "metadata": metadata}
    assert await desk(FakeSend().on(f"/v1/locations/{PLACE}", found)).prepare(job()) == Ready()


async def test_an_answer_of_another_shape_says_nothing() -> None:
    own = desk(FakeSend().on(f"/v1/locations/{PLACE}", ANOTHER_SHAPE))
    assert await is_malformed(own.prepare(job()))
    own = desk(FakeSend().on("/localPosts", ANOTHER_SHAPE).on(ID, answer(b"<html>")))
    assert await is_malformed(own.settle(posted()))
    assert await is_malformed(own.remove(ID))
    own = desk(location().on(ID, ANOTHER_SHAPE))
    sent = {"summary": "New bowls", "languageCode": "da", "topicType": "STANDARD"}
    assert await is_malformed(own.update(job(body="Other bowls", state={"sent": sent}), ID))


async def test_what_is_no_address_of_a_post_is_not_shown() -> None:
    own = desk(location().on("/localPosts", post("LIVE", searchUrl="javascript:alert(1)")))
    assert await own.commit(job()) == Published(ID, None, LinkStatus.PENDING)
