"""Publishing on Threads: containers, texts that publish themselves, and what becomes of them."""

from typing import Any

import pytest

from openchannels.connectors.base.publisher import PublishedWork
from openchannels.connectors.meta.threads.connector import Threads
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import PublicationRefused, Published
from openchannels.transport.client import TransportError, clean
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

TOKENS = Tokens("THQW", scopes=("threads_basic", "threads_content_publish"))
CREATE, PUBLISH, LIST = "POST /me/threads", "/me/threads_publish", "GET /me/threads"
LOST = TransportError("timeout", "the deadline passed")
LINK = "https://www.threads.com/@k/post/DGx1"


def refusal(code: int, subcode: int | None = None, message: str = "no", status: int = 400) -> Any:
    error = {"message": message, "type": "OAuthException", "code": code, "is_transient": False}
    more = {} if subcode is None else {"error_subcode": subcode}
    return answer({"error": {**error, **more}}, status)


def status(code: str, error: str | None = None) -> dict[str, Any]:
    return {"id": "c1", "status": code, "error_message": error}


FINISHED = status("FINISHED")


def quota(used: int = 4, prefix: str = "") -> dict[str, Any]:
    return {"data": [{f"{prefix}quota_usage": used, f"{prefix}config": {"quota_total": 250}}]}


def listed(*works: tuple[str, str], kind: str = "TEXT_POST", at: float = NOW) -> dict[str, Any]:
    row = {"timestamp": iso(at), "media_type": kind, "permalink": LINK}
    return {"data": [{**row, "id": work, "text": text} for work, text in works]}


def played(limit: Any = None) -> FakeSend:
    return FakeSend().on("/threads_publishing_limit", limit or quota())


def containers(*names: str) -> FakeSend:
    """A platform that makes containers, which are ready at once."""
    send = played().on(CREATE, *({"id": name} for name in names))
    for name in names:
        send.on(f"/{name}", FINISHED)
    return send


def attempts(send: FakeSend, *media: Any, **more: Any) -> Attempts:
    connector = Threads()
    assert connector.publisher is not None
    account = account_of(Platform("threads"), "26194837465019283")
    client, content = client_for(connector, send), {"body": "Rye #bread is back.", **more}
    return Attempts(connector.publisher, client, account, TOKENS, media, **content)


def forms(send: FakeSend, path: str = CREATE) -> list[dict[str, str]]:
    end = path.rpartition(" ")[2]
    return [clean(c.form or {}) for c in send.calls if c.method == "POST" and c.url.endswith(end)]


async def test_a_text_waits_for_its_container_too() -> None:
    send = played().on(CREATE, {"id": "c1"}).on("/c1", status("IN_PROGRESS"), FINISHED)
    send.on(PUBLISH, {"id": "m1"}).on("/m1", {"id": "m1"}, {"id": "m1", "permalink": LINK})
    one = attempts(
        send,
        option={
            "reply_control": "followers_only",
            "location_id": "106",
            "allowlisted_country_codes": ["pt", "es"],
            "link_attachment": "https://pier.example/",
            "quote_post_id": "7",
        },
    )
    assert await one.run() == Published("m1")
    assert forms(send) == [
        {
            "media_type": "TEXT",
            "text": "Rye #bread is back.",
            "allowlisted_country_codes": "PT,ES",
            "reply_control": "followers_only",
            "location_id": "106",
            "link_attachment": "https://pier.example/",
            "quote_post_id": "7",
        }
    ]
    assert forms(send, PUBLISH) == [{"creation_id": "c1"}]
    assert (await one.call("verify", "m1")).seconds == 60.0
    assert (await one.call("verify", "m1")).link == LINK


async def test_a_carousel_keeps_its_order_and_its_video() -> None:
    send = containers("k0", "k1", "p").on(PUBLISH, {"id": "m1"})
    option = {"alt_text": "Loaf", "allowlisted_country_codes": []}
    await attempts(send, image(), video(), option=option).run()
    assert forms(send) == [
        {
            "is_carousel_item": "true",
            "media_type": "IMAGE",
            "image_url": "https://media.example/a.jpg",
            "alt_text": "Loaf",
        },
        {
            "is_carousel_item": "true",
            "media_type": "VIDEO",
            "video_url": "https://media.example/v.mp4",
            "alt_text": "Loaf",
        },
        {"media_type": "CAROUSEL", "text": "Rye #bread is back.", "children": "k0,k1"},
    ]
    assert forms(send, PUBLISH) == [{"creation_id": "p"}]


async def test_a_container_that_is_not_found_twice_is_made_again() -> None:
    send = containers("c1", "c2").on(PUBLISH, {"id": "m1"}, creation_id="c2")
    send.on(PUBLISH, refusal(24, 4279009))
    assert await attempts(send).run() == Published("m1")
    assert [form["creation_id"] for form in forms(send, PUBLISH)] == ["c1", "c1", "c2"]


async def test_after_three_containers_it_is_given_up() -> None:
    send = containers("c1", "c2", "c3", "c4").on(PUBLISH, refusal(24, 4279009))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.final) == (errors.PLATFORM_CALL_FAILED, True)
    assert len(forms(send)) == 3
    assert len(forms(send, PUBLISH)) == 6


async def test_another_refusal_of_the_container_makes_a_new_one_at_once() -> None:
    send = containers("c1", "c2").on(PUBLISH, refusal(24), {"id": "m1"})
    await attempts(send).run()
    assert [form["creation_id"] for form in forms(send, PUBLISH)] == ["c1", "c2"]


@pytest.mark.parametrize("reply", [LOST, refusal(2, status=500), refusal(4, 2207051), answer({})])
async def test_a_lost_answer_is_settled_by_the_container(reply: Any) -> None:
    send = played().on(CREATE, {"id": "c1"}).on("/c1", FINISHED, status("PUBLISHED"))
    send.on(PUBLISH, reply).on(LIST, listed(("m1", "Rye bread is back."), kind="IMAGE"))
    assert await attempts(send, image()).run() == Published("m1", LINK)
    assert len(forms(send, PUBLISH)) == 1


async def test_a_container_that_was_not_published_is_sent_again() -> None:
    send = containers("c1").on(PUBLISH, LOST, {"id": "m1"})
    assert await attempts(send, image()).run() == Published("m1")
    assert (len(forms(send)), len(forms(send, PUBLISH))) == (1, 2)


async def test_a_spam_block_is_not_repeated() -> None:
    send = containers("c1").on(PUBLISH, refusal(4, 2207051))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.kind) == (errors.PLATFORM_RATE_LIMITED, "rate_limit")
    assert len(forms(send, PUBLISH)) == 1


@pytest.mark.parametrize(
    "works", [(), (("m1", "Rye bread is back."), ("m2", "Rye bread is back."))]
)
async def test_a_post_that_cannot_be_told_is_out_without_an_address(works: Any) -> None:
    send = played().on(CREATE, {"id": "c1"}).on("/c1", FINISHED, status("PUBLISHED"))
    send.on(PUBLISH, LOST).on(LIST, listed(*works))
    found = await attempts(send).run()
    assert found == Published(None, link_meta={"containerId": "c1"})


@pytest.mark.parametrize(
    ("error", "code", "made"),
    [
        ("INVALID_DURATION", errors.MEDIA_UNSUPPORTED, 1),
        ("INVALID_ASPEC_RATIO", errors.MEDIA_UNSUPPORTED, 1),
        ("FAILED_DOWNLOADING_VIDEO", errors.PUBLISH_RESOURCE_UNAVAILABLE, 3),
        ("FAILED_PROCESSING_VIDEO", errors.MEDIA_PROCESSING_FAILED, 3),
        ("UNKNOWN", errors.MEDIA_PROCESSING_FAILED, 3),
    ],
)
async def test_files_that_are_refused(error: str, code: Any, made: int) -> None:
    send = played().on(CREATE, {"id": "c1"}).on("/c1", status("ERROR", error))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, video()).run()
    assert (caught.value.code, caught.value.text, caught.value.final) == (code, error, True)
    assert len(forms(send)) == made


async def test_a_video_that_is_never_ready() -> None:
    send = played().on(CREATE, {"id": "c1"}).on("/c1", status("IN_PROGRESS"))
    one = attempts(send, video())
    with pytest.raises(PublicationRefused) as caught:
        await one.run()
    assert caught.value.code is errors.MEDIA_PROCESSING_TIMEOUT
    assert 900 < one.now - NOW < 1000


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (refusal(100, message="text must be at most 500"), errors.PUBLISH_VALIDATION_FAILED),
        (
            refusal(100, message="THREADS_API__LINK_LIMIT_EXCEEDED"),
            errors.PUBLISH_VALIDATION_FAILED,
        ),
        (refusal(100, status=500), errors.PUBLISH_VALIDATION_FAILED),
        (refusal(4279013), errors.PERMISSION_MISSING),
        (refusal(100, 4279013), errors.PERMISSION_MISSING),
    ],
)
async def test_refusals_for_good(reply: Any, code: Any) -> None:
    for send in (played().on(CREATE, reply), containers("c1").on(PUBLISH, reply)):
        with pytest.raises(PublicationRefused) as caught:
            await attempts(send).run()
        assert (caught.value.code, caught.value.final) == (code, True)
        assert [call.method for call in send.calls].count("POST") <= 2


@pytest.mark.parametrize("code", [10, 200])
async def test_a_scope_that_is_missing(code: int) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await attempts(played().on(CREATE, refusal(code))).run()
    assert caught.value.kind is FailureKind.PERMISSION


@pytest.mark.parametrize(("option", "prefix"), [({}, ""), ({"reply_to_id": "9"}, "reply_")])
async def test_nothing_is_made_when_the_day_is_spent(option: Any, prefix: str) -> None:
    send = played(quota(250, prefix))
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send, option=option).run()
    assert (caught.value.kind, caught.value.reading.retry_after) == (FailureKind.QUOTA, 3600)
    assert send.params()["fields"] == f"{prefix}quota_usage,{prefix}config"
    assert len(send.calls) == 1


@pytest.mark.parametrize("code", [9, 613])
async def test_a_limit_at_the_last_call_is_waited_for(code: int) -> None:
    send = containers("c1", "c2").on(PUBLISH, refusal(code), {"id": "m1"})
    one = attempts(send)
    assert await one.run() == Published("m1")
    assert 3600.0 in one.waits


async def test_a_throttle_at_the_last_call_keeps_the_container() -> None:
    one = attempts(containers("c1").on(PUBLISH, refusal(4)))
    with pytest.raises(PlatformFailure) as caught:
        await one.run()
    assert not one.publisher.is_doubtful(caught.value)
    assert (caught.value.kind, caught.value.reading.retry_after) == (
        FailureKind.RATE_LIMITED,
        3600.0,
    )
    assert one.progress.state["container"] == "c1"


# A text that is published by the call that makes it


async def test_a_text_that_publishes_itself_takes_one_call() -> None:
    send = played().on(CREATE, {"id": "m1"})
    assert await attempts(send, option={"auto_publish_text": True}).run() == Published("m1")
    assert forms(send) == [
        {"media_type": "TEXT", "text": "Rye #bread is back.", "auto_publish_text": "true"}
    ]
    assert len(send.calls) == 2


@pytest.mark.parametrize("edge", ["/me/threads", "/me/replies"])
async def test_such_a_text_is_found_in_the_list(edge: str) -> None:
    send = played().on(CREATE, LOST).on(f"GET {edge}", listed(("m1", "Rye bread is back.")))
    option = {"auto_publish_text": True}
    if edge == "/me/replies":
        option["reply_to_id"] = "9"  # type: ignore[assignment]
    assert await attempts(send, option=option).run() == Published("m1", LINK)


@pytest.mark.parametrize(
    "works", [(), (("m1", "Rye bread is back."), ("m2", "Rye bread is back."))]
)
async def test_such_a_text_is_never_published_twice(works: Any) -> None:
    send = played().on(CREATE, LOST).on(LIST, listed(*works))
    with pytest.raises(TimeoutError):
        await attempts(send, option={"auto_publish_text": True}).run()
    assert len(forms(send)) == 1


# Removal


@pytest.mark.parametrize("gone", [refusal(24), refusal(100, message="It does not exist")])
async def test_a_post_is_removed_and_may_be_gone_already(gone: Any) -> None:
    send = FakeSend().on("DELETE /m1", {"success": True, "deleted_id": "m1"}, gone, refusal(10))
    one, work = attempts(send), PublishedWork("m1", None, {}, {})
    for _ in range(2):
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    with pytest.raises(PlatformFailure) as caught:
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    assert caught.value.kind is FailureKind.PERMISSION


async def test_an_answer_of_another_shape_removes_nothing() -> None:
    one = attempts(FakeSend().on("/m1", ANOTHER_SHAPE))
    work = PublishedWork("m1", None, {}, {})
    assert await is_malformed(one.publisher.remove(one.client, one.account, one.tokens, work))


@pytest.mark.parametrize("named", ["javascript:alert(1)", "https://[", 7])
async def test_what_is_no_address_of_a_work_is_not_shown(named: Any) -> None:
    one = attempts(FakeSend().on("/m1", {"id": "m1", "permalink": named}))
    assert (await one.call("verify", "m1")).seconds == 60.0
