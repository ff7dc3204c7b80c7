"""KWAI against the answers that its documents show."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.kwai.connector import Kwai
from openchannels.core.accounts import Counters
from openchannels.core.credentials import Tokens
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import TransportError
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

KWAI = Kwai()
ACCOUNT = account_of(Platform("KWAI"), "f192b3d8a1c04c66b8ad", nickname="小陈修车")
TOKENS = Tokens(
    "ChFvYXV0aC5hY2Nlc3NUb2tlbhJA...",
    "ChJvYXV0aC5yZWZyZXNoVG9rZW4S...",
    expires_at=NOW + 172_800,
    refresh_expires_at=NOW + 15_552_000,
    scopes=("user_info", "user_video_info"),
    extra={"open_id": "f192b3d8a1c04c66b8ad"},
)

TOKEN = json.loads(
    """{"result":1,"access_token":"ChFvYXV0aC5hY2Nlc3NUb2tlbhJA...","expires_in":172800,
 "refresh_token":"ChJvYXV0aC5yZWZyZXNoVG9rZW4S...","refresh_token_expires_in":15552000,
 "open_id":"f192b3d8a1c04c66b8ad","scopes":["user_info","user_video_info"]}"""
)
REFUSED = json.loads('{"result":100200105,"error":"invalid_grant","error_msg":"code is invalid"}')
REFRESHED = json.loads(
    """{"result":1,"access_token":"a2","expires_in":172800,"refresh_token":"r2",
 "refresh_token_expires_in":13219200,"scopes":["user_info","user_video_info"]}"""
)
PERSON = json.loads(
    """{"result":1,"user_info":{"name":"小陈修车","sex":"M","fan":20411,"follow":57,"head":"http://p2.a.kwimgs.com/uhead/AB/s.jpg",
 "bigHead":"http://p2.a.kwimgs.com/uhead/AB/b.jpg",
 "city":"四川 成都"}}"""
)
COUNTS = json.loads(
    '{"result":1,"all_count":86,"public_count":80,"private_count":4,"friend_count":2}'
)
LISTING = json.loads(
    """{"result":1,"video_list":[
 {"photo_id":"3xcezrvdb75jv52","caption":"机油到底多久换一次 #养车","cover":"https://p1.a.yximgs.com/upic/2025/c.jpg","play_url":"https://v1.kwaicdn.com/upic/2025/v.mp4?tag=1",
  "create_time":1759915800123,"like_count":311,"comment_count":24,"view_count":18021,"pending":false},
 {"photo_id":"3x9wq2m8tz6hk4s","caption":"新车异响排查","cover":"https://p1.a.yximgs.com/upic/2025/d.jpg","play_url":"https://v1.kwaicdn.com/upic/2025/w.mp4?tag=1",
  "create_time":1759829400456,"like_count":98,"comment_count":7,"view_count":5120,"pending":false}]}"""
)


def refused(code: Any) -> dict[str, Any]:
    return {"result": code, "error": "no", "error_msg": "no"}


def videos(number: int, **fields: Any) -> list[dict[str, Any]]:
    """Videos newest first, named by their place."""
    return [
        {"photo_id": f"p{n}", "create_time": 1_759_900_000_000 - n * 1000, **fields}
        for n in range(number)
    ]


def listing(items: list[Any]) -> FakeSend:
    return FakeSend().on("/photo/list", {"result": 1, "video_list": items})


async def works(send: FakeSend, position: str | None = None, limit: int = 20) -> WorksPage:
    return await KWAI.works.fetch_page(
        client_for(KWAI, send), ACCOUNT, TOKENS, page(position, limit)
    )


# Connecting


def test_authorization_address() -> None:
    url = KWAI.auth.authorize_url(client_for(KWAI, FakeSend()).app, "s1", None)
    assert url.startswith("https://open.kuaishou.com/oauth2/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "app_id": ["app-id"],
        "scope": ["user_info,user_video_info"],
        "response_type": ["code"],
        "ua": ["pc"],
        "redirect_uri": ["https://oc.example/callback"],
        "state": ["s1"],
    }


async def test_exchange() -> None:
    send = FakeSend().on("/oauth2/access_token", TOKEN)
    assert await KWAI.auth.exchange(client_for(KWAI, send), {"code": "c1"}, None) == TOKENS
    (call,) = send.calls
    assert (call.method, call.url) == ("GET", "https://open.kuaishou.com/oauth2/access_token")
    assert send.params() == {
        "app_id": "app-id",
        "app_secret": "app-secret",
        "code": "c1",
        "grant_type": "authorization_code",
    }


async def test_numbers_as_text_and_no_end() -> None:
    body = {"result": "1", "access_token": "a", "refresh_token": "r", "expires_in": "172800"}
    send = FakeSend().on("/oauth2/access_token", body)
    tokens = await KWAI.auth.exchange(client_for(KWAI, send), {"code": "c"}, None)
    assert (tokens.expires_at, tokens.refresh_expires_at) == (NOW + 172_800, None)
    send = FakeSend().on("/oauth2/access_token", {"result": 1, "access_token": "a"})
    tokens = await KWAI.auth.exchange(client_for(KWAI, send), {"code": "c"}, None)
    assert (tokens.expires_at, tokens.scopes) == (NOW + 172_800, None)


async def test_a_refused_code() -> None:
    send = FakeSend().on("/oauth2/access_token", REFUSED)
    with pytest.raises(PlatformFailure) as failure:
        await KWAI.auth.exchange(client_for(KWAI, send), {"code": "c1"}, None)
    assert (failure.value.kind, failure.value.reading.code) == (FailureKind.DEAD_GRANT, "100200105")
    assert len(send.calls) == 1


@pytest.mark.parametrize("body", [b"<html>", {"result": 1}, {}, [], {"access_token": "a"}])
async def test_an_unreadable_token_answer(body: Any) -> None:
    send = FakeSend().on("/oauth2/access_token", body)
    with pytest.raises(PlatformFailure) as failure:
        await KWAI.auth.exchange(client_for(KWAI, send), {"code": "c1"}, None)
    assert failure.value.kind is FailureKind.MALFORMED


async def test_refresh_keeps_the_person_and_the_end() -> None:
    send = FakeSend().on("/oauth2/refresh_token", REFRESHED)
    fresh = await KWAI.auth.refresh(client_for(KWAI, send), TOKENS)
    assert (fresh.access_token, fresh.refresh_token) == ("a2", "r2")
    assert fresh.refresh_expires_at == NOW + 13_219_200
    assert fresh.extra["open_id"] == "f192b3d8a1c04c66b8ad"
    assert send.params() == {
        "app_id": "app-id",
        "app_secret": "app-secret",
        "refresh_token": TOKENS.refresh_token,
        "grant_type": "refresh_token",
    }


async def test_a_new_refresh_token_inherits_the_end_of_the_old_one() -> None:
    told = {key: REFRESHED[key] for key in ("result", "access_token", "refresh_token")}
    send = FakeSend().on("/oauth2/refresh_token", told)
    fresh = await KWAI.auth.refresh(client_for(KWAI, send), TOKENS)
    assert (fresh.refresh_token, fresh.refresh_expires_at) == ("r2", TOKENS.refresh_expires_at)
    assert KWAI.auth.grant_end(fresh) == TOKENS.refresh_expires_at
    assert not KWAI.auth.refreshable(fresh, NOW + 15_552_000)


@pytest.mark.parametrize("status", [200, 400, 401])
async def test_an_ended_refresh_token_is_a_dead_grant(status: int) -> None:
    send = FakeSend().on("/oauth2/refresh_token", answer(refused(100200113), status))
    with pytest.raises(PlatformFailure) as failure:
        await KWAI.auth.refresh(client_for(KWAI, send), TOKENS)
    assert failure.value.kind is FailureKind.DEAD_GRANT
    assert len(send.calls) == 1


async def test_candidate() -> None:
    send = FakeSend().on("/user_info", PERSON).on("/photo/count", COUNTS)
    (found,) = await KWAI.accounts.candidates(client_for(KWAI, send), TOKENS)
    profile = found.profile
    assert profile.account_id == "KWAI_f192b3d8a1c04c66b8ad"
    assert profile.account == "f192b3d8a1c04c66b8ad"
    assert profile.nickname == "小陈修车"
    assert profile.avatar == "https://p2.a.kwimgs.com/uhead/AB/b.jpg"
    assert profile.counters == Counters(fans=20411, following=57, works=80)
    assert len(send.calls) == 2
    assert send.params(0) == {"app_id": "app-id", "access_token": TOKENS.access_token}


@pytest.mark.parametrize("counts", [refused(100200106), b"<html>", {"result": 1}])
async def test_an_account_without_counts(counts: Any) -> None:
    person = {"result": 1, "user_info": {"head": "https://h/s.jpg", "bigHead": ""}}
    send = FakeSend().on("/user_info", person).on("/photo/count", counts)
    (found,) = await KWAI.accounts.candidates(client_for(KWAI, send), TOKENS)
    assert found.profile.counters == Counters()
    assert found.profile.nickname == "f192b3d8a1c04c66b8ad"
    assert found.profile.avatar == "https://h/s.jpg"


async def test_a_profile_without_a_person() -> None:
    for body, tokens in (({"result": 1}, TOKENS), (PERSON, replace(TOKENS, extra={}))):
        send = FakeSend().on("/user_info", body)
        with pytest.raises(PlatformFailure) as failure:
            await KWAI.accounts.candidates(client_for(KWAI, send), tokens)
        assert failure.value.kind is FailureKind.MALFORMED


# Works


async def test_works() -> None:
    send = FakeSend().on("/photo/list", LISTING)
    found = await works(send)
    first = found.items[0]
    assert first.id == "3xcezrvdb75jv52"
    assert first.mode is ContentMode.VIDEO
    assert first.title == first.description == "机油到底多久换一次 #养车"
    assert first.url == "https://www.kuaishou.com/short-video/3xcezrvdb75jv52"
    assert first.cover_url == "https://p1.a.yximgs.com/upic/2025/c.jpg"
    assert first.published_at == 1759915800.123
    assert (first.author_name, first.author_uid) == ("小陈修车", "f192b3d8a1c04c66b8ad")
    assert first.status is WorkStatus.PUBLISHED
    assert first.metrics == Metrics(views=18021, plays=18021, likes=311, comments=24)
    assert found.next is None
    (call,) = send.calls
    assert call.url == "https://open.kuaishou.com/openapi/photo/list"
    assert send.params() == {
        "app_id": "app-id",
        "access_token": TOKENS.access_token,
        "count": "21",
    }


async def test_one_more_than_the_page_says_that_it_goes_on() -> None:
    send = listing(videos(6))
    found = await works(send, limit=5)
    assert [work.id for work in found.items] == ["p0", "p1", "p2", "p3", "p4"]
    assert found.next == "p4"
    assert (await works(listing(videos(5)), limit=5)).next is None


@pytest.mark.parametrize("inclusive", [True, False])
async def test_a_walk_shows_each_work_once(inclusive: bool) -> None:
    everything = videos(11)
    seen: list[str] = []
    position: str | None = None
    while True:
        start = 0
        if position:
            start = int(position[1:]) + (0 if inclusive else 1)
        asked = 3 + (2 if position else 1)
        found = await works(listing(everything[start : start + asked]), position, 3)
        seen += [work.id for work in found.items]
        position = found.next
        if position is None:
            break
    assert seen == [f"p{n}" for n in range(11)]


async def test_the_largest_page_goes_on_while_it_comes_full() -> None:
    send = listing(videos(200))
    found = await works(send, limit=200)
    assert send.params()["count"] == "200"
    assert (len(found.items), found.next) == (200, "p199")
    assert (await works(listing(videos(199)), limit=200)).next is None


async def test_the_cursor_is_the_oldest_shown_work() -> None:
    shuffled = [videos(6)[n] for n in (3, 0, 5, 1, 4, 2)]
    shuffled[1].pop("create_time")
    found = await works(listing(shuffled), limit=5)
    assert found.next == "p4"


async def test_an_empty_list() -> None:
    found = await works(listing([]), "p4")
    assert (found.items, found.next) == ([], None)


async def test_optional_fields_may_be_missing() -> None:
    items = [{"photo_id": 7, "create_time": 1_759_915_800, "pending": True}, {}, "x"]
    (work,) = (await works(listing(items))).items
    assert (work.id, work.published_at, work.status) == ("7", 1_759_915_800, WorkStatus.PENDING)
    assert work.title is work.cover_url is None
    assert work.metrics == Metrics()


@pytest.mark.parametrize("body", [{"result": 1}, {"result": 1, "video_list": None}, [], b"<html>"])
async def test_an_unreadable_list(body: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await works(FakeSend().on("/photo/list", body))
    assert failure.value.kind is FailureKind.MALFORMED


# Failures


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (FailureKind.TOKEN_EXPIRED, [100200108, 100200102]),
        (FailureKind.DEAD_GRANT, [100200113, 100200109, 100200110, 100200111, 100200107]),
        (FailureKind.MISCONFIGURED, [100200101, 100200103, 100200104, 100200112, 100200100]),
        (FailureKind.PERMISSION, [100200106]),
        (FailureKind.UNAVAILABLE, [100200500, 400003, 100200114, 100200115, 300001, 300002]),
        (FailureKind.RATE_LIMITED, [400002, 100100402, 200100410, 100200301, 100200410]),
        (FailureKind.NOT_FOUND, [120001, 100120001, 120002, 120003]),
        (FailureKind.INVALID, [100400, 999]),
    ],
)
def test_codes(kind: FailureKind, codes: list[int]) -> None:
    for code in codes:
        for written in (code, str(code)):
            reading = KWAI.classify(answer(refused(written)))
            assert reading is not None
            assert (reading.kind, reading.code) == (kind, str(code))


def test_the_body_counts_before_the_status() -> None:
    expired = KWAI.classify(answer(refused(100200108), 403))
    assert expired is not None
    assert expired.kind is FailureKind.TOKEN_EXPIRED
    unknown = KWAI.classify(answer(refused(31337), 429, {"retry-after": "7"}))
    assert unknown is not None
    assert (unknown.kind, unknown.retry_after) == (FailureKind.RATE_LIMITED, 7)
    for status, kind in ((429, FailureKind.RATE_LIMITED), (502, FailureKind.UNAVAILABLE)):
        reading = KWAI.classify(answer(b"<html>", status))
        assert reading is not None
        assert reading.kind is kind


async def test_a_passing_fault_is_tried_again() -> None:
    send = FakeSend().on("/photo/list", refused(100200500), LISTING)
    assert len((await works(send)).items) == 2
    assert len(send.calls) == 2
    send = FakeSend().on("/photo/list", TransportError("timeout", "the deadline passed"))
    with pytest.raises(PlatformFailure) as failure:
        await works(send)
    assert (failure.value.category, len(send.calls)) == ("timeout", 1)
