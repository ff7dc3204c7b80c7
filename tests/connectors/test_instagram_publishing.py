"""Publishing on Instagram: containers, the one call that publishes, and what becomes of it."""

from typing import Any

import pytest

from openchannels.connectors.base.publisher import PublishedWork
from openchannels.connectors.meta.instagram.connector import Instagram
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Content,
    Later,
    LinkStatus,
    Medium,
    MediumKind,
    PublicationRefused,
    Published,
)
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

IG = "17841401234567890"
MEDIA, PUBLISH = f"/{IG}/media", f"/{IG}/media_publish"
TOKENS = Tokens("IGAA", scopes=("instagram_business_content_publish",))
PAGE_TOKENS = Tokens("EAAB", extra={"page_id": "1048"})
QUOTA = {"data": [{"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": 86400}}]}
FINISHED = {"id": "c1", "status_code": "FINISHED"}
PERMALINK = {"id": "m1", "permalink": "https://www.instagram.com/p/DGx1/"}
TAG = {"username": "a", "x": 0, "y": 1}
LOST = TransportError("timeout", "the deadline passed")


def refusal(code: int, subcode: int | None = None, message: str = "no", status: int = 400) -> Any:
    error = {"message": message, "type": "OAuthException", "code": code}
    more = {} if subcode is None else {"error_subcode": subcode}
    return answer({"error": {**error, **more}}, status)


def status(code: str, text: str = "") -> dict[str, Any]:
    return {"id": "c1", "status_code": code, "status": text}


def listed(*works: tuple[str, str], at: float = NOW, **more: Any) -> dict[str, Any]:
    row = {
        "timestamp": iso(at),
        "media_type": "IMAGE",
        "permalink": "https://www.instagram.com/p/x/",
    }
    return {"data": [{**row, "id": work, "caption": text, **more} for work, text in works]}


def played(quota: Any = QUOTA) -> FakeSend:
    return FakeSend().on("/content_publishing_limit", quota)


def attempts(send: FakeSend, *media: Any, tokens: Tokens = TOKENS, **more: Any) -> Attempts:
    connector = Instagram()
    assert connector.publisher is not None
    account = account_of(Platform("instagram"), IG)
    client = client_for(connector, send)
    files = media or (image(),)
    return Attempts(connector.publisher, client, account, tokens, files, **{"body": "Rye", **more})


def forms(send: FakeSend, path: str) -> list[dict[str, str]]:
    """The forms that were sent to a path, in order."""
    return [clean(c.form or {}) for c in send.calls if c.method == "POST" and c.url.endswith(path)]


async def test_an_image_takes_a_container_and_one_call_that_publishes() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED).on(PUBLISH, {"id": "m1"})
    send.on("/m1", PERMALINK)
    one = attempts(send, option={"alt_text": "Loaf"})
    assert await one.run() == Published("m1")
    assert forms(send, MEDIA) == [
        {"caption": "Rye", "alt_text": "Loaf", "image_url": "https://media.example/a.jpg"}
    ]
    assert forms(send, PUBLISH) == [{"creation_id": "c1"}]
    assert send.paths == ["content_publishing_limit", "media", "c1", "media_publish"]
    assert all(call.headers["Authorization"] == "Bearer IGAA" for call in send.calls)
    found = await one.call("verify", "m1")
    assert found == Published("m1", "https://www.instagram.com/p/DGx1/", LinkStatus.READY)


async def test_a_work_is_out_although_its_address_is_not_known_yet() -> None:
    send = FakeSend().on("/m1", refusal(100, 33), {"id": "m1"}, PERMALINK)
    one = attempts(send)
    with pytest.raises(PlatformFailure):
        await one.call("verify", "m1")
    assert isinstance(await one.call("verify", "m1"), Later)
    assert (await one.call("verify", "m1")).link == "https://www.instagram.com/p/DGx1/"


async def test_every_option_of_a_reel() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED).on(PUBLISH, {"id": "m1"})
    option = {
        "caption": "Instead",
        "collaborators": ["@ana", "rui"],
        "location_id": "106",
        "user_tags": [{"username": "ana", "x": 0.5, "y": 0.5}],
        "product_tags": [{"product_id": "3", "x": 0.1, "y": 0.1}],
    }
    await attempts(send, video(), option=option, cover=image("c.jpg")).run()
    assert forms(send, MEDIA) == [
        {
            "media_type": "REELS",
            "caption": "Instead",
            "collaborators": '["ana","rui"]',
            "location_id": "106",
            "share_to_feed": "true",
            "cover_url": "https://media.example/c.jpg",
            "user_tags": '[{"username":"ana"}]',
            "product_tags": '[{"product_id":"3"}]',
            "video_url": "https://media.example/v.mp4",
        }
    ]


@pytest.mark.parametrize(
    ("file", "option", "form"),
    [
        (
            image(),
            {
                "image_url": "https://x.example/b.jpg",
                "user_tags": [{"username": "a", "x": 0, "y": 1}],
            },
            {
                "caption": "Rye",
                "user_tags": '[{"username":"a","x":0,"y":1}]',
                "image_url": "https://x.example/b.jpg",
            },
        ),
        (
            image(),
            {"media_type": "STORIES", "caption": "none on stories"},
            {"media_type": "STORIES", "image_url": "https://media.example/a.jpg"},
        ),
        (
            video(),
            {"media_type": "STORIES", "user_tags": [{"username": "a", "x": 0, "y": 1}]},
            {
                "media_type": "STORIES",
                "user_tags": '[{"username":"a"}]',
                "video_url": "https://media.example/v.mp4",
            },
        ),
        (
            video(),
            {"cover_url": "https://x.example/c.jpg"},
            {
                "media_type": "REELS",
                "caption": "Rye",
                "share_to_feed": "true",
                "cover_url": "https://x.example/c.jpg",
                "video_url": "https://media.example/v.mp4",
            },
        ),
    ],
)
async def test_parameters_of_a_container(file: Any, option: Any, form: dict[str, str]) -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED)
    await attempts(send, file, option=option).prepare()
    assert forms(send, MEDIA) == [form]


async def test_a_carousel_keeps_its_order_and_its_video() -> None:
    send = played().on(MEDIA, {"id": "p"}, media_type="CAROUSEL")
    send.on(MEDIA, *({"id": f"k{number}"} for number in range(4))).on(PUBLISH, {"id": "m1"})
    for name in ("k0", "k1", "k2", "k3", "p"):
        send.on(f"/{name}", status("IN_PROGRESS"), FINISHED)
    media = (video(), image("a.jpg"), image("b.jpg"), image("c.jpg"))
    option = {"alt_text": "Loaf", "user_tags": [{"username": "ana", "x": 0, "y": 0}]}
    assert await attempts(send, *media, option=option).run() == Published("m1")
    first, tagged, plain, _, parent = forms(send, MEDIA)
    assert first == {
        "is_carousel_item": "true",
        "media_type": "VIDEO",
        "video_url": "https://media.example/v.mp4",
    }
    assert tagged["user_tags"] == '[{"username":"ana","x":0,"y":0}]'
    assert plain == {
        "is_carousel_item": "true",
        "alt_text": "Loaf",
        "image_url": "https://media.example/b.jpg",
    }
    assert parent == {"media_type": "CAROUSEL", "caption": "Rye", "children": "k0,k1,k2,k3"}
    assert forms(send, PUBLISH) == [{"creation_id": "p"}]


async def test_an_item_that_fails_ends_the_carousel_before_it_is_made() -> None:
    send = played().on(MEDIA, {"id": "k0"}, {"id": "k1"}).on("/k0", FINISHED)
    send.on("/k1", status("ERROR", "Error: Media upload has failed with error code 2207026"))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, image("a.jpg"), video()).run()
    assert (caught.value.code, caught.value.platform_code) == (errors.MEDIA_UNSUPPORTED, "2207026")
    assert len(forms(send, MEDIA)) == 2


async def test_items_that_are_made_are_not_made_again() -> None:
    send = played().on(MEDIA, {"id": "k0"}, LOST, {"id": "k1"}, {"id": "p"})
    for name in ("k0", "k1", "p"):
        send.on(f"/{name}", FINISHED)
    send.on(PUBLISH, {"id": "m1"})
    await attempts(send, image("a.jpg"), image("b.jpg")).run()
    addresses = [form.get("image_url") for form in forms(send, MEDIA)]
    assert addresses == [
        "https://media.example/a.jpg",
        *["https://media.example/b.jpg"] * 2,
        None,
    ]


async def test_a_reel_is_waited_for_ever_more_slowly_and_published_once() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on(PUBLISH, {"id": "m1"})
    send.on("/c1", refusal(100, 33), *[status("IN_PROGRESS")] * 12, FINISHED)
    one = attempts(send, video())
    await one.run()
    assert len(forms(send, PUBLISH)) == 1
    assert one.waits == sorted(one.waits)
    assert max(one.waits) < 60.0


async def test_a_container_that_is_never_ready() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", status("IN_PROGRESS"))
    one = attempts(send, video())
    with pytest.raises(PublicationRefused) as caught:
        await one.run()
    assert caught.value.code is errors.MEDIA_PROCESSING_TIMEOUT
    assert 1800 < one.now - NOW < 1900


@pytest.mark.parametrize(
    ("code", "subcode", "error"),
    [
        (100, 2207023, errors.PUBLISH_VALIDATION_FAILED),
        (36004, 2207010, errors.PUBLISH_VALIDATION_FAILED),
        (36000, 2207004, errors.MEDIA_UNSUPPORTED),
        (352, 2207026, errors.MEDIA_UNSUPPORTED),
        (25, 2207050, errors.PERMISSION_MISSING),
        (4, 2207051, errors.PLATFORM_RATE_LIMITED),
        (100, None, errors.PUBLISH_VALIDATION_FAILED),
    ],
)
async def test_a_container_that_is_refused_for_good(code: int, subcode: int, error: Any) -> None:
    send = played().on(MEDIA, refusal(code, subcode, "its own words"))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.text) == (error, "its own words")
    assert len(forms(send, MEDIA)) == 1


async def test_a_file_that_could_not_be_fetched_is_offered_three_times() -> None:
    send = played().on(MEDIA, refusal(9004, 2207052), {"id": "c1"}).on("/c1", FINISHED)
    assert await attempts(send.on(PUBLISH, {"id": "m1"})).run() == Published("m1")
    send = played().on(MEDIA, refusal(9004, 2207052))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert caught.value.code is errors.PUBLISH_RESOURCE_UNAVAILABLE
    assert caught.value.final
    assert len(forms(send, MEDIA)) == 3


@pytest.mark.parametrize("ended", ["EXPIRED", "ERROR"])
async def test_a_container_that_ended_is_made_again(ended: str) -> None:
    send = played().on(MEDIA, {"id": "c0"}, {"id": "c1"})
    send.on("/c0", status(ended, "error code 2207020")).on("/c1", FINISHED)
    assert await attempts(send.on(PUBLISH, {"id": "m1"})).run() == Published("m1")
    assert forms(send, PUBLISH) == [{"creation_id": "c1"}]


# What the account may still publish


async def test_nothing_is_made_when_the_day_is_spent() -> None:
    spent = {"data": [{"quota_usage": 100, "config": {"quota_total": 100}}]}
    send = played(spent)
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send).run()
    assert (caught.value.kind, caught.value.reading.retry_after) == (FailureKind.QUOTA, 3600)
    assert send.paths == ["content_publishing_limit"]


async def test_a_quota_that_cannot_be_read_stops_nothing() -> None:
    send = played(refusal(10)).on(MEDIA, {"id": "c1"}).on("/c1", FINISHED)
    assert await attempts(send.on(PUBLISH, {"id": "m1"})).run() == Published("m1")


async def test_the_daily_cap_at_the_last_call_is_waited_for() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED)
    send.on(PUBLISH, *[refusal(9, 2207042)] * 4, {"id": "m1"})
    one = attempts(send)
    assert await one.run() == Published("m1")
    assert one.waits.count(3600.0) == 4


def test_a_block_of_one_account_is_no_limit_of_calls() -> None:
    for code, subcode in ((4, 2207051), (368, 1390008)):
        reading = Instagram().classify(refusal(code, subcode))
        assert reading is not None
        assert reading.kind is FailureKind.PERMISSION


# The call that publishes


async def test_a_container_that_is_not_ready_is_published_later() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED)
    send.on(PUBLISH, refusal(9007, 2207027), {"id": "m1"})
    assert await attempts(send).run() == Published("m1")
    assert len(forms(send, MEDIA)) == 1
    assert forms(send, PUBLISH) == [{"creation_id": "c1"}] * 2


async def test_a_container_unknown_twice_is_made_again() -> None:
    send = played().on(MEDIA, {"id": "c1"}, {"id": "c2"}).on("/c1", FINISHED).on("/c2", FINISHED)
    send.on(PUBLISH, refusal(24, 2207008), {"id": "m1"}, creation_id="c2")
    send.on(PUBLISH, refusal(24, 2207008), creation_id="c1")
    assert await attempts(send).run() == Published("m1")
    assert [form["creation_id"] for form in forms(send, PUBLISH)] == ["c1", "c1", "c2", "c2"]


async def test_a_container_that_is_gone_is_made_again_at_once() -> None:
    send = played().on(MEDIA, {"id": "c1"}, {"id": "c2"}).on("/c1", FINISHED).on("/c2", FINISHED)
    send.on(PUBLISH, refusal(24, 2207006), {"id": "m1"})
    assert await attempts(send).run() == Published("m1")
    assert [form["creation_id"] for form in forms(send, PUBLISH)] == ["c1", "c2"]


@pytest.mark.parametrize(
    "reply",
    [LOST, refusal(2, status=500), refusal(-1, 2207001), refusal(4, 2207051), answer({})],
)
async def test_a_lost_answer_is_settled_by_the_container(reply: Any) -> None:
    send = played().on(PUBLISH, reply).on("/c1", FINISHED, status("PUBLISHED"))
    send.on(f"POST {MEDIA}", {"id": "c1"})
    send.on(f"GET {MEDIA}", listed(("m1", "Rye "), ("m2", "Other")))
    found = await attempts(send).run()
    assert found == Published("m1", "https://www.instagram.com/p/x/")
    assert len(forms(send, PUBLISH)) == 1


async def test_a_lost_call_that_did_nothing_is_made_again_with_the_same_container() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED)
    send.on(PUBLISH, refusal(2, status=500), {"id": "m1"})
    assert await attempts(send).run() == Published("m1")
    assert forms(send, PUBLISH) == [{"creation_id": "c1"}] * 2


async def test_a_call_that_is_lost_ever_again_is_given_up() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED).on(PUBLISH, LOST)
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert caught.value.code is errors.PLATFORM_CALL_FAILED
    assert len(forms(send, PUBLISH)) == 3


async def test_an_action_blocked_as_spam_is_not_repeated() -> None:
    send = played().on(MEDIA, {"id": "c1"}).on("/c1", FINISHED).on(PUBLISH, refusal(4, 2207051))
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send).run()
    assert (caught.value.code, caught.value.final) == (errors.PLATFORM_RATE_LIMITED, True)
    assert caught.value.kind == "rate_limit"
    assert len(forms(send, PUBLISH)) == 1


async def lost_with(rows: Any, **more: Any) -> tuple[Attempts, FakeSend]:
    send = played().on(PUBLISH, LOST).on("/c1", FINISHED, status("PUBLISHED"))
    send.on(f"POST {MEDIA}", {"id": "c1"}).on(f"GET {MEDIA}", *rows)
    return attempts(send, **more), send


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([listed(("m1", "Rye"), ("m2", "Rye"))], ()),
        ([listed()], ()),
        ([listed(("m1", "Rye"), at=NOW - 3600)], ()),
        ([listed(("m1", "Rye"))], ("m1",)),
        ([listed(("m1", "Rye"), media_type="CAROUSEL_ALBUM")], ()),
    ],
)
async def test_a_work_that_cannot_be_told_is_out_without_an_address(rows: Any, taken: Any) -> None:
    one, send = await lost_with(rows, taken=frozenset(taken))
    assert await one.run() == Published(None, link_meta={"containerId": "c1"})
    assert one.now - (one.committed_at or 0) >= 600
    assert len(forms(send, PUBLISH)) == 1


async def test_a_work_that_the_list_shows_later_is_found() -> None:
    one, _ = await lost_with([listed(), listed(), listed(("m1", "Rye"))])
    assert (await one.run()).work_id == "m1"  # type: ignore[union-attr]


async def test_a_story_is_found_among_the_stories() -> None:
    send = played().on(PUBLISH, LOST).on("/c1", FINISHED, status("PUBLISHED"))
    send.on(MEDIA, {"id": "c1"}).on(f"/{IG}/stories", listed(("m1", "")))
    found = await attempts(send, option={"media_type": "STORIES"}).run()
    assert isinstance(found, Published)
    assert found.work_id == "m1"


@pytest.mark.parametrize("ended", ["EXPIRED", "ERROR"])
async def test_a_container_that_ended_meanwhile_was_not_published(ended: str) -> None:
    send = played().on(MEDIA, {"id": "c1"}, {"id": "c2"}).on("/c1", FINISHED, status(ended))
    send.on("/c2", FINISHED).on(PUBLISH, LOST, {"id": "m1"})
    assert await attempts(send).run() == Published("m1")
    assert [form["creation_id"] for form in forms(send, PUBLISH)] == ["c1", "c2"]


async def test_without_a_word_of_the_container_only_the_list_proves_anything() -> None:
    send = played().on(PUBLISH, LOST).on("/c1", FINISHED, LOST)
    send.on(f"POST {MEDIA}", {"id": "c1"})
    send.on(f"GET {MEDIA}", listed())
    one = attempts(send)
    with pytest.raises(TimeoutError):
        await one.run()
    assert len(forms(send, PUBLISH)) == 1


async def test_a_container_found_live_before_the_call_is_not_published_again() -> None:
    send = played().on(f"POST {MEDIA}", {"id": "c1"}).on("/c1", status("PUBLISHED"))
    send.on(f"GET {MEDIA}", listed(("m1", "Rye")))
    one = attempts(send)
    one.progress.state = {"container": "c1", "made_at": NOW, "first_sent": NOW, "sends": 1}
    assert (await one.run()).work_id == "m1"  # type: ignore[union-attr]
    assert forms(send, PUBLISH) == []


# Facebook Login: bytes instead of addresses, and removal

UPLOAD = {"id": "c1", "uri": "https://rupload.facebook.com/ig-api-upload/v26.0/c1"}


async def test_the_bytes_of_a_video_are_sent_by_facebook_login() -> None:
    script = played().on(MEDIA, UPLOAD).on("/ig-api-upload/v26.0/c1", {"success": True})
    script.on("/c1", FINISHED).on(PUBLISH, {"id": "m1"})
    file = video(size=3 * 1024 * 1024 + 7)
    await attempts(script, file, tokens=PAGE_TOKENS).run()
    [form] = forms(script, MEDIA)
    assert form["upload_type"] == "resumable"
    assert "video_url" not in form
    call = next(c for c in script.calls if "rupload" in c.url)
    assert call.headers == {
        "Authorization": "OAuth EAAB",
        "offset": "0",
        "file_size": str(file.size),
        "Content-Type": "application/octet-stream",
        "Content-Length": str(file.size),
    }
    assert call.upload
    assert call.stream is not None
    parts = [part async for part in call.stream()]
    assert max(map(len, parts)) <= 1024 * 1024
    assert b"".join(parts) == await file.read(0, file.size)
    assert all("graph.facebook.com" in c.url for c in script.calls if c is not call)


async def test_an_upload_that_is_refused_gets_a_new_container() -> None:
    refused = answer(
        {"debug_info": {"retriable": False, "type": "ProcessingFailedError", "message": "no"}}, 400
    )
    send = played().on(MEDIA, UPLOAD).on("/ig-api-upload/v26.0/c1", refused)
    with pytest.raises(PublicationRefused) as caught:
        await attempts(send, video(), tokens=PAGE_TOKENS).run()
    assert caught.value.code is errors.MEDIA_PROCESSING_FAILED
    assert len(forms(send, MEDIA)) == 3


@pytest.mark.parametrize(
    ("kind", "retriable", "expected"),
    [
        ("NotAuthorizedError", False, FailureKind.TOKEN_EXPIRED),
        ("PartialRequestError", True, FailureKind.UNAVAILABLE),
        ("SomethingNew", True, FailureKind.UNAVAILABLE),
    ],
)
async def test_failures_of_an_upload(kind: str, retriable: bool, expected: FailureKind) -> None:
    body = {"debug_info": {"retriable": retriable, "type": kind, "message": "no"}}
    send = played().on(MEDIA, UPLOAD).on("/ig-api-upload/v26.0/c1", answer(body, 400))
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send, video(), tokens=PAGE_TOKENS).call("prepare")
    assert caught.value.kind is expected


async def test_a_token_is_sent_to_no_other_host_than_that_of_uploads() -> None:
    send = played().on(MEDIA, {"id": "c1", "uri": "https://rupload.facebook.com.evil.example/c1"})
    with pytest.raises(PlatformFailure) as caught:
        await attempts(send, video(), tokens=PAGE_TOKENS).call("prepare")
    assert caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("gone", [refusal(24, status=400), refusal(100, 33)])
async def test_a_work_is_removed_and_may_be_gone_already(gone: Any) -> None:
    send = FakeSend().on("/m1", {"success": True, "deleted_id": "m1"}, gone)
    one = attempts(send, tokens=PAGE_TOKENS)
    work = PublishedWork("m1", None, {}, {})
    for _ in range(2):
        await one.publisher.remove(one.client, one.account, one.tokens, work)
    assert [call.method for call in send.calls] == ["DELETE"] * 2


async def test_a_work_that_may_not_be_removed() -> None:
    one = attempts(FakeSend().on("/m1", refusal(100, 2207073)), tokens=PAGE_TOKENS)
    work = PublishedWork("m1", None, {}, {})
    with pytest.raises(PlatformFailure):
        await one.publisher.remove(one.client, one.account, one.tokens, work)


def test_what_each_login_can_do() -> None:
    instagram = client_for(Instagram(), FakeSend())
    facebook = client_for(Instagram(), FakeSend(), login="facebook")
    publisher = Instagram.publisher
    assert publisher is not None
    assert publisher.missing_scopes(instagram.app, ()) == ["instagram_business_content_publish"]
    assert publisher.missing_scopes(facebook.app, ()) == ["instagram_content_publish"]
    assert not publisher.removes_for(instagram.app)
    assert publisher.removes_for(facebook.app)
    films = Content(media=(Medium("https://x.example/v.mp4", MediumKind.VIDEO),))
    assert publisher.pulls_media(instagram.app, films, {})
    assert not publisher.pulls_media(facebook.app, films, {})


async def test_an_answer_of_another_shape_removes_nothing() -> None:
    one = attempts(FakeSend().on("/m1", ANOTHER_SHAPE), tokens=PAGE_TOKENS)
    work = PublishedWork("m1", None, {}, {})
    assert await is_malformed(one.publisher.remove(one.client, one.account, one.tokens, work))


@pytest.mark.parametrize("named", ["javascript:alert(1)", "https://[", 7])
async def test_what_is_no_address_of_a_work_is_not_shown(named: Any) -> None:
    one = attempts(FakeSend().on("/m1", {"id": "m1", "permalink": named}), tokens=PAGE_TOKENS)
    assert (await one.call("verify", "m1")).seconds == 60.0
