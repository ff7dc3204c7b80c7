"""Publishing on KWAI: bytes to another host, one call that publishes, and what becomes of it."""

from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.kwai.connector import Kwai
from openchannels.connectors.kwai.upload import ONLY_HTTP
from openchannels.core import errors
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
from openchannels.transport.client import Answer, Call, TransportError
from tests.connectors.publishing import MIB, Desk, FakeFile, image, job_of, methods
from tests.connectors.support import NOW, FakeSend, account_of, answer

ID = "3xcezrvdb75jv52"
LINK = f"https://www.kuaishou.com/short-video/{ID}"
HOST = "uploader.test.gifshow.com"
OK = {"result": 1}
STARTED = {"result": 1, "upload_token": "u1", "endpoint": HOST}
OUT = {"result": 1, "video_info": {"photo_id": ID, "pending": True}}
SENT: dict[str, Any] = {"token": "u1", "token_at": NOW, "endpoint": HOST, "tokens": 1, "sent": True}
LOST = TransportError("timeout", "the deadline passed")
CUT = TransportError("network", "ServerDisconnectedError")
NO_TLS = TransportError("network", "ClientConnectorSSLError", sent=False)
CAPTION = "机油到底多久换一次\n看这里 #养车"


def refused(code: int) -> Answer:
    return answer({"result": code, "error": "odd", "error_msg": "不行"})


def desk(send: Any, scopes: tuple[str, ...] | None = None, **options: Any) -> Desk:
    tokens = Tokens("access", scopes=scopes)
    return Desk(Kwai(), account_of(Platform("KWAI"), "o1"), tokens, send, options)


def job(size: int = 9 * MIB, **more: Any) -> Any:
    given: dict[str, Any] = {
        "title": "机油到底多久换一次",
        "body": "看这里 #养车",
        "cover": image(),
        **more,
    }
    return job_of(FakeFile(size=size), **given)


def platform() -> FakeSend:
    sent = FakeSend().on("/start_upload", STARTED).on("/photo/publish", OUT)
    for path in ("/api/upload", "/upload/fragment", "/upload/complete"):
        sent.on(path, OK)
    return sent


def listed(*videos: dict[str, Any]) -> dict[str, Any]:
    return {"result": 1, "video_list": list(videos)}


def video(**more: Any) -> dict[str, Any]:
    return {"photo_id": ID, "caption": CAPTION, "create_time": int(NOW * 1000), **more}


async def test_fragments_complete_and_one_publication() -> None:
    sent = platform()
    own, one = desk(sent), job(option={"merchant_product_id": "m1"})
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == Accepted(30.0, ID)
    assert methods(sent.calls) == [
        *("POST start_upload", "POST fragment", "POST fragment", "POST fragment"),
        *("POST complete", "POST publish"),
    ]
    assert sent.calls[0].params == {"app_id": "app-id", "access_token": "access"}
    fragments = sent.calls[1:4]
    assert [one.params["fragment_id"] for one in fragments] == [0, 1, 2]
    assert [len(one.body or b"") for one in fragments] == [4 * MIB, 4 * MIB, MIB]
    assert {one.headers["Content-Type"] for one in fragments} == {"video/mp4"}
    assert sent.calls[4].params == {"upload_token": "u1", "fragment_count": 3}
    assert {one.url.split("/api/")[0] for one in sent.calls[1:5]} == {f"https://{HOST}"}
    publish = sent.calls[-1]
    assert publish.params == {
        "app_id": "app-id",
        "access_token": "access",
        "upload_token": "u1",
    }
    body = (publish.body or b"").decode()
    assert 'name="cover"; filename="cover.jpg"\r\nContent-Type: image/jpeg\r\n' in body
    assert f'name="caption"\r\n\r\n{CAPTION}\r\n' in body
    assert 'name="stereo_type"\r\n\r\nNOT_SPHERICAL_VIDEO\r\n' in body
    assert 'name="merchant_product_id"\r\n\r\nm1\r\n' in body
    assert one.state["work_id"] == ID


async def test_a_small_file_takes_one_request() -> None:
    sent = platform()
    one = job(3 * MIB)
    await desk(sent).publish(one)
    assert methods(sent.calls) == ["POST start_upload", "POST upload", "POST publish"]


class ByScheme(FakeSend):
    """The upload host cannot be reached by https."""

    async def __call__(self, call: Call) -> Answer:
        if call.url.startswith(f"https://{HOST}"):
            self.calls.append(call)
            raise NO_TLS
        return await super().__call__(call)


async def test_http_is_taken_where_https_cannot_be_had() -> None:
    sent = ByScheme().on("/start_upload", STARTED).on("upload", OK)
    sent.on("/photo/publish", OUT).on("/photo/info", {"result": 1, "video_info": {}})
    own, one = desk(sent), job(3 * MIB)
    await own.publish(one)
    assert [call.url.split(":")[0] for call in sent.calls[1:-1]][-1] == "http"
    assert await own.poll(one) == Published(ID, LINK, warnings=(ONLY_HTTP,))


async def test_https_only_sends_nothing_by_http() -> None:
    sent = ByScheme().on("/start_upload", STARTED)
    own, one = desk(sent, upload_scheme="https"), job(3 * MIB)
    assert await own.prepare(one) == Later(10.0, "uploading")
    assert {call.url.split(":")[0] for call in sent.calls} == {"https"}


@pytest.mark.parametrize(
    "endpoint",
    ["127.0.0.1", "evil.example", "gifshow.com.evil.example", "a.gifshow.com/x", "u@a.gifshow.com"],
)
async def test_no_byte_goes_to_a_host_that_is_not_the_platforms(endpoint: str) -> None:
    sent = FakeSend().on("/start_upload", {**STARTED, "endpoint": endpoint})
    with pytest.raises(PublicationRefused):
        await desk(sent).prepare(job())
    assert methods(sent.calls) == ["POST start_upload"]


async def test_a_host_of_the_settings_is_taken() -> None:
    sent = platform()
    sent._script.insert(0, ("/start_upload", {}, [answer({**STARTED, "endpoint": "127.0.0.1:9"})]))
    assert await desk(sent, upload_hosts=("127.0.0.1",)).prepare(job(3 * MIB)) == Ready()


async def test_only_missing_fragments_are_sent_after_a_cut() -> None:
    sent = FakeSend().on("/start_upload", STARTED).on("/upload/complete", OK)
    sent.on("/upload/fragment", OK, CUT, CUT, OK)
    sent.on("/upload/resume", {"result": 1, "existed": True, "fragment_list": [0]})
    own, one = desk(sent), job()
    assert await own.prepare(one) == Later(10.0, "uploading")
    before = len(sent.calls)
    assert await own.prepare(one) == Ready()
    assert methods(sent.calls[before:]) == [
        *("GET resume", "POST fragment", "POST fragment", "POST complete")
    ]
    assert [call.params["fragment_id"] for call in sent.calls[before + 1 : -1]] == [1, 2]


async def test_another_token_after_three_failures() -> None:
    sent = FakeSend().on("/start_upload", STARTED).on("/api/upload", refused(10000301))
    own, one = desk(sent), job(3 * MIB)
    for _ in range(8):
        assert isinstance(await own.prepare(one), Later)
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    assert methods(sent.calls).count("POST start_upload") == 3


async def test_a_cover_is_needed() -> None:
    with pytest.raises(PublicationRefused, match="cover"):
        await desk(FakeSend()).prepare(job(cover=None))


async def test_a_killed_process_goes_on_with_the_publication() -> None:
    sent = platform()
    await desk(sent).publish(job(state=SENT))
    assert methods(sent.calls) == ["POST publish"]


@pytest.mark.parametrize(
    ("code", "kind", "doubtful"),
    [
        (100200108, FailureKind.TOKEN_EXPIRED, False),
        (100200106, FailureKind.PERMISSION, False),
        (100100402, FailureKind.RATE_LIMITED, False),
        (100200301, FailureKind.RATE_LIMITED, False),
        (100200101, FailureKind.MISCONFIGURED, False),
        (100200500, FailureKind.UNAVAILABLE, True),
    ],
)
async def test_failures_of_the_publication(code: int, kind: FailureKind, doubtful: bool) -> None:
    own = desk(FakeSend().on("/photo/publish", refused(code)))
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(job(state=SENT))
    assert raised.value.kind is kind
    assert own.publisher.is_doubtful(raised.value) is doubtful


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (100100400, errors.PUBLISH_VALIDATION_FAILED),
        (100400, errors.PUBLISH_VALIDATION_FAILED),
        (120002, errors.MEDIA_PROCESSING_FAILED),
        (100120003, errors.MEDIA_PROCESSING_FAILED),
    ],
)
async def test_refusals_of_the_publication(code: int, error: Any) -> None:
    with pytest.raises(PublicationRefused, match="不行") as raised:
        await desk(FakeSend().on("/photo/publish", refused(code))).commit(job(state=SENT))
    assert (raised.value.code, raised.value.final) == (error, True)


async def test_an_answer_without_an_id_is_in_doubt() -> None:
    own = desk(FakeSend().on("/photo/publish", OK))
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(job(state=SENT))
    assert own.publisher.is_doubtful(raised.value)


async def test_a_lost_publication_is_found_by_text_and_time() -> None:
    early = video(photo_id="3xold", create_time=NOW - 200)
    sent = FakeSend().on("/photo/publish", LOST)
    sent.on("/photo/list", listed(early, video(photo_id="3xa", caption="x"), video()))
    own, one = desk(sent), job(state=SENT)
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    assert own.publisher.is_doubtful(raised.value)
    assert await own.settle(one, 5.0) == Undecided(15.0)
    assert await own.settle(one, 21.0) == Accepted(30.0, ID)
    assert (one.state["work_id"], sent.params()["count"]) == (ID, "20")


async def test_of_two_the_newest_is_taken_and_claimed_ones_are_not() -> None:
    newer = video(photo_id="3xnew", create_time=NOW + 5)
    own = desk(FakeSend().on("/photo/list", listed(video(), newer)))
    one = job(state=SENT)
    assert await own.settle(one, 30.0) == Accepted(30.0, "3xnew")
    assert (one.state["work_id"], one.state["twins"]) == ("3xnew", True)
    taken = replace(job(state=SENT), taken_work_ids=frozenset({"3xnew"}))
    assert await own.settle(taken, 30.0) == Accepted(30.0, ID)
    assert "twins" not in taken.state


async def test_a_lost_publication_that_is_not_there_is_repeated_once() -> None:
    sent = FakeSend().on("/photo/list", listed()).on("/photo/publish", LOST, refused(100100400))
    own, one = desk(sent), job(state=SENT)
    with pytest.raises(PlatformFailure):
        await own.commit(one)
    assert await own.settle(one, 181.0) == Undecided(419.0)
    assert await own.settle(one, 601.0) == NotPublished()
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    # A spent token is what a first call that got through would leave behind.
    assert own.publisher.is_doubtful(raised.value)
    assert await own.settle(one, 900.0) == Undecided(60.0)
    assert {call.params["upload_token"] for call in sent.calls if "publish" in call.url} == {"u1"}


async def test_without_the_scope_nobody_can_look() -> None:
    own = desk(FakeSend(), scopes=("user_video_publish",))
    assert await own.settle(job(state=SENT), 700.0) == Undecided(2400.0)


MISSING = refused(100120001)


@pytest.mark.parametrize(
    ("age", "found", "outcome"),
    [
        (60.0, {"pending": False, "play_url": ""}, Published(ID, LINK)),
        (60.0, {"pending": True}, Later(30.0, "review")),
        (900.0, {"pending": True}, Later(120.0, "review")),
        (7200.0, {"pending": True}, Later(900.0, "review")),
        (60.0, None, Later(30.0, "review")),
    ],
)
async def test_the_review_is_followed(age: float, found: Any, outcome: Any) -> None:
    shown = MISSING if found is None else {"result": 1, "video_info": {"photo_id": ID, **found}}
    own = desk(FakeSend().on("/photo/info", shown))
    one = replace(job(state={"work_id": ID}), committed_at=NOW, now=NOW + age)
    assert await own.poll(one) == outcome


@pytest.mark.parametrize(
    ("age", "state", "found", "words"),
    [
        (4000.0, {}, MISSING, "not accepted in review"),
        (4000.0, {"seen": True}, MISSING, "removed"),
        (90_000.0, {}, {"result": 1, "video_info": {"pending": True}}, "the review did not end"),
    ],
)
async def test_what_does_not_come_out(age: float, state: Any, found: Any, words: str) -> None:
    own = desk(FakeSend().on("/photo/info", found))
    one = replace(job(state={"work_id": ID, **state}), committed_at=NOW, now=NOW + age)
    with pytest.raises(PublicationRefused, match=words):
        await own.poll(one)


async def test_deleting_twice() -> None:
    sent = FakeSend().on("/photo/delete", OK, refused(120001), refused(100200106))
    own = desk(sent)
    await own.remove(ID)
    await own.remove(ID)
    assert sent.params() == {"app_id": "app-id", "access_token": "access", "photo_id": ID}
    with pytest.raises(PlatformFailure):
        await own.remove(ID)


def test_a_text_is_always_sent() -> None:
    from openchannels.connectors.kwai.publisher import caption_of

    assert caption_of(job(title="", body="")) == "file"
    assert caption_of(job(title=" a ", body="")) == "a"
