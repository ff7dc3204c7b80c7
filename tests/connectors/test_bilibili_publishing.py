"""Publishing on Bilibili: bytes, cover, one submission, and the review after it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.bilibili.connector import Bilibili
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    NotPublished,
    PublicationRefused,
    Published,
    Ready,
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

ID, TITLE = "BV1Xk4y1m7Qe", "骑行川西 D3"
LINK = f"https://www.bilibili.com/video/{ID}"
OK = {"code": 0, "message": "0"}
STARTED = {"code": 0, "data": {"upload_token": "t1"}}
COVER = "http://i0.hdslb.com/bfs/archive/72d5c0.jpg"
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
LOST = TransportError("timeout", "the deadline passed")
WAITING: dict[str, Any] = {"token": "t1", "token_at": NOW, "in_parts": False, "sent": True}


def refused(code: int, message: str = "no") -> Answer:
    return answer({"code": code, "message": message})


def platform() -> FakeSend:
    return (
        FakeSend()
        .on("/video/init", STARTED)
        .on("/part/upload", OK)
        .on("/v2/upload", OK)
        .on("/video/complete", OK)
        .on("/cover/upload", {"code": 0, "data": {"url": COVER}})
        .on("/add-by-utoken", {"code": 0, "data": {"resource_id": ID}})
    )


def desk(send: FakeSend) -> Desk:
    return Desk(Bilibili(), account_of(Platform("bilibili"), "o1"), Tokens("access"), send)


def job(size: int = 5 * MIB, **more: Any) -> Any:
    given: dict[str, Any] = {
        "title": TITLE,
        "body": "今天翻过两座垭口 #骑行 #旅行",
        "option": {"tid": 250, "no_reprint": 1},
        "cover": image(),
        **more,
    }
    return job_of(FakeFile(size=size), **given)


def listed(*videos: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "data": {"list": list(videos), "page": {"total": len(videos)}}}


def video(state: int = 0, **more: Any) -> dict[str, Any]:
    about = {"state": state, "state_desc": "审核中", "reject_reason": ""}
    return {"resource_id": ID, "title": TITLE, "ctime": NOW, "addit_info": about, **more}


async def test_parts_complete_cover_and_one_submission() -> None:
    sent = platform()
    own, one = desk(sent), job(20 * MIB)
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == Accepted(60.0, ID)
    assert methods(sent.calls) == [
        *("POST init", "POST upload", "POST upload", "POST upload"),
        *("POST complete", "POST upload", "POST add-by-utoken"),
    ]
    start, *parts = sent.calls[:4]
    assert json.loads(start.body or b"") == {"name": f"{one.id}.mp4", "utype": "0"}
    assert [part.params for part in parts] == [
        {"upload_token": "t1", "part_number": number} for number in (1, 2, 3)
    ]
    assert [len(part.body or b"") for part in parts] == [8 * MIB, 8 * MIB, 4 * MIB]
    files = [*parts, sent.calls[5]]
    assert {call.headers["x-bili-content-md5"] for call in (*files, sent.calls[4])} == {EMPTY_MD5}
    assert {part.headers["Content-Type"] for part in parts} == {"application/octet-stream"}
    assert b'name="file"; filename="cover.jpg"' in (sent.calls[5].body or b"")
    assert sent.params() == {"upload_token": "t1"}
    assert json.loads(sent.calls[-1].body or b"") == {
        "title": TITLE,
        "cover": COVER,
        "tid": 250,
        "tag": "骑行,旅行",
        "desc": "今天翻过两座垭口",
        "copyright": 1,
        "no_reprint": 1,
    }
    assert (one.state["work_id"], one.progress.keys) == (ID, [ID])


async def test_a_small_file_takes_one_request_and_every_option_is_sent() -> None:
    sent = platform()
    own = desk(sent)
    option = {"tid": 250, "copyright": 2, "source": "https://a.example", "topic_id": 7}
    one = job(cover=None, option={**option, "mission_id": 9})
    await own.publish(one)
    assert methods(sent.calls) == ["POST init", "POST upload", "POST add-by-utoken"]
    assert json.loads(sent.calls[0].body or b"")["utype"] == "1"
    body = json.loads(sent.calls[-1].body or b"")
    assert "cover" not in body
    assert {name: body[name] for name in option} == option
    assert body["mission_id"] == 9


async def test_a_cut_part_is_sent_again_and_nothing_else() -> None:
    sent = FakeSend().on("/video/init", STARTED).on("/video/complete", OK)
    sent.on("/part/upload", OK, answer(b"", 502), answer(b"", 502), OK)
    own, one = desk(sent), job(20 * MIB, cover=None)
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    assert await own.prepare(one) == Ready()
    numbers = [call.params.get("part_number") for call in sent.calls if "part" in call.url]
    assert numbers == [1, 2, 2, 2, 3]
    assert methods(sent.calls).count("POST init") == 1


@pytest.mark.parametrize(
    ("size", "path", "failing"),
    [
        (5 * MIB, "/v2/upload", refused(127022)),
        (20 * MIB, "/video/complete", refused(4000)),
        (20 * MIB, "/video/complete", refused(123006)),
    ],
)
async def test_lost_bytes_are_sent_under_another_token(
    size: int, path: str, failing: Answer
) -> None:
    sent = FakeSend().on(path, failing, OK)
    own, one = desk(sent.on("/video/init", STARTED).on("upload", OK)), job(size, cover=None)
    sent.on("/video/complete", OK)
    assert await own.prepare(one) == Later(5.0, "uploading")
    assert await own.prepare(one) == Ready()
    assert methods(sent.calls).count("POST init") == 2


async def test_tokens_run_out() -> None:
    sent = platform()
    sent._script.insert(0, ("/v2/upload", {}, [refused(127022)]))
    own, one = desk(sent), job()
    assert await own.prepare(one) == Later(5.0, "uploading")
    assert await own.prepare(one) == Later(5.0, "uploading")
    with pytest.raises(PublicationRefused):
        await own.prepare(one)


async def test_a_part_that_is_too_large_is_halved() -> None:
    sent = FakeSend().on("/video/init", STARTED).on("/video/complete", OK)
    own, one = desk(sent.on("/part/upload", answer(b"", 413), OK)), job(20 * MIB, cover=None)
    assert await own.prepare(one) == Later(5.0, "uploading")
    assert await own.prepare(one) == Ready()
    assert [len(call.body or b"") for call in sent.calls if "part" in call.url][1:] == [4 * MIB] * 5


async def test_a_killed_process_goes_on_before_the_submission() -> None:
    sent = platform()
    own, one = desk(sent), job(state=WAITING)
    assert await own.publish(one) == Accepted(60.0, ID)
    assert methods(sent.calls) == ["POST upload", "POST add-by-utoken"]


async def test_an_old_token_is_not_used() -> None:
    sent = platform()
    await desk(sent).prepare(job(state={**WAITING, "token_at": NOW - 90_000}))
    assert methods(sent.calls)[:2] == ["POST init", "POST upload"]


@pytest.mark.parametrize(
    ("code", "error", "final"),
    [
        (123010, errors.PUBLISH_VALIDATION_FAILED, True),
        (123024, errors.PUBLISH_VALIDATION_FAILED, True),
        (123006, errors.MEDIA_PROCESSING_FAILED, True),
        (123036, errors.PLATFORM_RATE_LIMITED, True),
        (123042, errors.PUBLISH_PLATFORM_STATUS_FAILED, True),
        (123023, errors.PLATFORM_UNAVAILABLE, False),
        (123044, errors.PLATFORM_UNAVAILABLE, False),
    ],
)
async def test_refusals_of_the_submission(code: int, error: Any, final: bool) -> None:
    sent = FakeSend().on("/add-by-utoken", refused(code, "每天只能投五个"))
    with pytest.raises(PublicationRefused) as raised:
        await desk(sent).commit(job(state=WAITING))
    said = raised.value
    assert (said.code, said.final, said.platform_code, said.text) == (
        *(error, final, str(code)),
        "每天只能投五个",
    )


@pytest.mark.parametrize(
    ("code", "kind", "doubtful"),
    [
        (123026, FailureKind.RATE_LIMITED, False),
        (127009, FailureKind.RATE_LIMITED, False),
        (127011, FailureKind.PERMISSION, False),
        (127001, FailureKind.TOKEN_EXPIRED, False),
        (4002, FailureKind.MISCONFIGURED, False),
        (123002, FailureKind.UNAVAILABLE, True),
        (123015, FailureKind.INVALID, True),
        (127022, FailureKind.INVALID, True),
    ],
)
async def test_failures_of_the_submission(code: int, kind: FailureKind, doubtful: bool) -> None:
    own = desk(FakeSend().on("/add-by-utoken", refused(code)))
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(job(state=WAITING))
    assert raised.value.kind is kind
    assert own.publisher.is_doubtful(raised.value) is doubtful
    if code == 123026:
        assert raised.value.reading.retry_after == 30.0


async def test_a_lost_submission_is_found_by_title_and_time() -> None:
    early, other = video(ctime=NOW - 200), video(title="另一个")
    sent = FakeSend().on("/add-by-utoken", LOST).on("/viewlist", listed(early, other, video()))
    own, one = desk(sent), job(state={**WAITING, "cover": COVER})
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    assert own.publisher.is_doubtful(raised.value)
    assert await own.settle(one, 5.0) == Undecided(10.0)
    assert len(sent.calls) == 1
    assert await own.settle(one, 16.0) == Accepted(60.0, ID)
    assert one.state["work_id"] == ID
    assert sent.params() == {"pn": "1", "ps": "50", "status": "all"}


async def test_several_matches_are_told_apart_by_the_cover_or_not_at_all() -> None:
    twin = video(resource_id="BV1Xk4y1m7Qf", cover="http://i0.hdslb.com/other.jpg")
    state = {**WAITING, "cover": COVER}
    own = desk(FakeSend().on("/viewlist", listed(video(cover=COVER), twin)))
    assert await own.settle(one := job(state=state), 400.0) == Accepted(60.0, ID)
    assert one.state["work_id"] == ID
    own = desk(FakeSend().on("/viewlist", listed(video(), {**twin, "cover": None})))
    assert await own.settle(job(state=state), 400.0) == Undecided(60.0)
    taken = replace(job(state=state), taken_work_ids=frozenset({ID}))
    assert await own.settle(taken, 400.0) == Accepted(60.0, "BV1Xk4y1m7Qf")


async def test_a_lost_submission_that_is_not_there_is_repeated_once() -> None:
    sent = FakeSend().on("/viewlist", listed()).on("/add-by-utoken", LOST, refused(123015))
    own, one = desk(sent), job(state=WAITING)
    with pytest.raises(PlatformFailure):
        await own.commit(one)
    assert [await own.settle(one, at) for at in (16.0, 61.0)] == [Undecided(44.0), Undecided(239.0)]
    assert await own.settle(one, 301.0) == NotPublished()
    with pytest.raises(PlatformFailure):
        await own.commit(one)
    assert await own.settle(one, 900.0) == Undecided(60.0)
    assert {call.params["upload_token"] for call in sent.calls if "add" in call.url} == {"t1"}


async def test_refusals_that_prove_nothing_was_there_before() -> None:
    sent = FakeSend().on("/viewlist", listed())
    sent.on("/add-by-utoken", refused(123015, "标题重复"), refused(127022))
    own, one = desk(sent), job(state=WAITING)
    with pytest.raises(PlatformFailure):
        await own.commit(one)
    with pytest.raises(PublicationRefused, match="标题重复") as raised:
        await own.settle(one, 301.0)
    assert (raised.value.platform_code, raised.value.final) == ("123015", True)
    with pytest.raises(PlatformFailure):
        await own.commit(one)
    assert await own.settle(one, 301.0) == NotPublished(restart=True)


@pytest.mark.parametrize(
    ("age", "found", "outcome"),
    [
        (60.0, video(0), Published(ID, LINK)),
        (60.0, video(-30), Later(60.0, "review")),
        (3600.0, video(-77), Later(600.0, "review")),
        (9000.0, video(-1), Later(3600.0, "review")),
        (30.0, None, Later(60.0, "review")),
    ],
)
async def test_the_review_is_followed(age: float, found: Any, outcome: Any) -> None:
    shown = refused(123004) if found is None else {"code": 0, "data": found}
    own = desk(FakeSend().on("/archive/view", shown))
    one = replace(job(state={"work_id": ID}), committed_at=NOW, now=NOW + age)
    assert await own.poll(one) == outcome


@pytest.mark.parametrize(("state", "reason"), [(-2, "画面有水印"), (-16, ""), (-30, "违规")])
async def test_a_review_sends_a_video_back(state: int, reason: str) -> None:
    about = {"state": state, "state_desc": "已退回", "reject_reason": reason}
    own = desk(FakeSend().on("/archive/view", {"code": 0, "data": video(addit_info=about)}))
    one = job(state={"work_id": ID})
    for look in (own.poll(one), own.verify(one, ID)):
        with pytest.raises(PublicationRefused) as raised:
            await look
        assert (raised.value.text, raised.value.platform_code) == (reason or "已退回", str(state))


async def test_a_video_that_stays_unknown_has_failed() -> None:
    own = desk(FakeSend().on("/archive/view", refused(123005)))
    with pytest.raises(PublicationRefused):
        await own.poll(replace(job(state={"work_id": ID}), committed_at=NOW - 4000))
    assert await own.verify(job(), ID) == Published(ID, LINK)


async def test_deleting() -> None:
    sent = FakeSend().on("/archive/delete", OK, refused(123005), refused(123007))
    own = desk(sent)
    await own.remove(ID)
    await own.remove(ID)
    assert json.loads(sent.calls[0].body or b"") == {"resource_id": ID}
    with pytest.raises(PlatformFailure):
        await own.remove(ID)


PUSH = (
    b'{"event":"deauthorize","client_id":"bcli_demo_0001","content":{"openid":"o1"},'
    b'"timestamp":"2025-10-09 16:53:20"}'
)


def pushed(body: bytes, signature: str, name: str = "x-bilibili-signature") -> Any:
    own = desk(FakeSend())
    app = replace(own.client.app, client_secret="bsec_demo_0123456789abcdef")
    inbound = own.connector.inbound
    assert inbound is not None
    message = InboundMessage("POST", headers={name: signature}, body=body)
    return inbound.receive(replace(own.client, app=app), message)


async def test_webhooks() -> None:
    signature = "e4831a312d68945ccd3e72fcd351c81fa657dac6"
    assert (await pushed(PUSH, signature)).revoked == {"o1": 1_760_000_000.0}
    with pytest.raises(InboundRefused):
        await pushed(PUSH + b" ", signature)


def event(kind: str, **content: Any) -> Any:
    from openchannels.connectors.bilibili.inbound import read_event

    return read_event({"event": kind, "content": content}, NOW)


def test_what_webhooks_report() -> None:
    publisher = Bilibili().publisher
    assert publisher is not None
    account, content = account_of(Platform("bilibili"), "o1"), Content(TITLE)
    state = {"work_id": ID}
    assert event("verify_webhooks", data=7).body == '{"data": 7}'
    [opened] = event("video_open", resource_id=ID, state=0, state_desc="开放浏览").reports
    assert opened.key == ID
    assert publisher.reported(account, content, state, [opened.facts]) == Published(ID, LINK)
    [failed] = event("video_fail", resource_id=ID, state=-2, state_desc="已退回").reports
    with pytest.raises(PublicationRefused, match="已退回"):
        publisher.reported(account, content, state, [opened.facts, failed.facts])
    assert publisher.reported(account, content, state, []) is None
    # What is said of an earlier attempt's video says nothing of this one.
    assert publisher.reported(account, content, {"work_id": "BV0"}, [failed.facts]) is None


async def test_an_answer_without_a_code_says_nothing() -> None:
    sent = FakeSend().on("/viewlist", ANOTHER_SHAPE, OK).on("/delete", ANOTHER_SHAPE)
    own, one = desk(sent), job(state=WAITING)
    for _ in range(2):
        assert await is_malformed(own.settle(one, 301.0))
    assert await is_malformed(own.remove(ID))
