"""Bilibili against the answers that its documents show."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.bilibili.api import signature, signing_client
from openchannels.connectors.bilibili.connector import Bilibili
from openchannels.core.accounts import Counters
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import Answer, Call, TransportError
from openchannels.transport.platform_app import App
from tests.connectors.fake_cn import NOW, Clock, Fake, Reply, account, line, reply

BILIBILI = Bilibili()
ALL = ("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA")
TOKENS = Tokens("access", "refresh", expires_at=NOW + 2_592_000, scopes=ALL)
ACCOUNT = account(BILIBILI, "4a7e0c93b2d84f7e9c10", "山野日记")
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"

TOKEN = json.loads(
    """{"code":0,"message":"0","ttl":1,"request_id":"2c1d8a0f5b7e4c11",
 "data":{"access_token":"d2f4e9a1c05b4c7a8e21f0b6a9d37c55","refresh_token":"7b0c3d5e9f184a2db6c1e8f70a92d4b3",
         "expires_in":1762592000,"scopes":["USER_INFO","USER_DATA","ARC_BASE","ARC_DATA"]}}"""
)
PERSON = json.loads(
    """{"code":0,"message":"0","ttl":1,"request_id":"9f2d","data":{"name":"山野日记","face":"https://i2.hdslb.com/bfs/face/5d1c.jpg","openid":"4a7e0c93b2d84f7e9c10"}}"""
)
TOTALS = json.loads(
    """{"code":0,"message":"0","data":{"following":132,"follower":58210,"arc_passed_total":87}}"""
)
LISTING = """{"code":0,"message":"0","ttl":1,"request_id":"c7a1","data":{"list":[
 {"resource_id":"BV1Xk4y1m7Qe","title":"骑行川西 D3","cover":"http://i0.hdslb.com/bfs/archive/72d5.jpg","tid":250,"no_reprint":1,
  "desc":"今天翻过两座垭口","tag":"骑行,旅行","copyright":1,"ctime":1759912200,"ptime":1759915800,
  "video_info":{"cid":26300318231,"filename":"n240912a1bq","duration":612,"share_url":"https://www.bilibili.com/video/BV1Xk4y1m7Qe?share_source=open_plat","iframe_url":"player.bilibili.com/player.html?aid=0&bvid=BV1Xk4y1m7Qe&cid=26300318231&page=1"},
  "addit_info":{"state":0,"state_desc":"开放浏览","reject_reason":""}},
 {"resource_id":"BV1Yp4y1d2Ab","title":"待审稿件","cover":"https://i0.hdslb.com/bfs/archive/9a.jpg","tid":250,"no_reprint":1,"desc":"","tag":"日常","copyright":1,
  "ctime":1759999000,"ptime":0,"video_info":{},"addit_info":{"state":-30,"state_desc":"审核中","reject_reason":""}}],
 "page":{"pn":1,"ps":20,"total":89}}}"""
STATS = json.loads(
    """{"code":0,"data":{"title":"骑行川西 D3","ptime":1759915800,"view":10233,
 "danmaku":88,"reply":61,"favorite":402,"coin":155,"share":37,"like":911}}"""
)
READ = Metrics(views=10233, plays=10233, likes=911, comments=61, collects=402, saves=402, shares=37)


def refused(code: int) -> Answer:
    return reply({"code": code, "message": "no", "ttl": 1, "request_id": "r1"})


def listing(number: int, total: int | None = None, **fields: Any) -> Answer:
    works = [{"resource_id": f"BV{n}", "addit_info": {"state": 0}, **fields} for n in range(number)]
    page = {"pn": 1, "ps": 50, "total": number if total is None else total}
    return reply({"code": 0, "data": {"list": works, "page": page}})


def platform(**routes: Reply) -> Fake:
    return Fake(
        {
            "/user/account/info": routes.get("person", reply(PERSON)),
            "/data/user/stat": routes.get("totals", reply(TOTALS)),
            "/archive/viewlist": routes.get("works", reply(LISTING)),
            "/data/arc/stat": routes.get("stats", reply(STATS)),
            "/v1/token": routes.get("token", reply(TOKEN)),
            "/v1/refresh_token": routes.get("token", reply(TOKEN)),
        }
    )


async def list_works(fake: Fake, page: int = 1, size: int = 20, **kept: Any) -> WorksPage:
    return await BILIBILI.works.fetch_page(
        kept.get("client") or line(BILIBILI, fake),
        ACCOUNT,
        kept.get("tokens", TOKENS),
        NumberRequest(page, size),
    )


# Signing


@pytest.mark.parametrize(
    ("client", "secret", "body", "timestamp", "nonce", "md5", "expected"),
    [
        (
            "bcli_demo_0001",
            "bsec_demo_0123456789abcdef",
            b"",
            1760000000,
            "3f0c9a52-6b1e-4d7a-9c0e-2a7b8c1d4e5f",
            EMPTY_MD5,
            "bdcbe7ef0b2e66421925ecc4005d0484e26ab0f6d2ca540e77999257f992c103",
        ),
        (
            "bcli_demo_0001",
            "bsec_demo_0123456789abcdef",
            b'{"title":"hello","no_reprint":1}',
            1760000000,
            "3f0c9a52-6b1e-4d7a-9c0e-2a7b8c1d4e5f",
            "7e9142427e5153235b7d5a4c483d3c09",
            "6fff056543361996a013c051f384bb9d2b67208386786ad69124fd667986cfa1",
        ),
        (
            "client",
            "secret",
            b"",
            1700000000,
            "nonce",
            EMPTY_MD5,
            "067cb46ddf6763508214215066d004ad617c757193fac465dc9b498234b51f97",
        ),
    ],
)
def test_signature_vectors(
    client: str, secret: str, body: bytes, timestamp: int, nonce: str, md5: str, expected: str
) -> None:
    headers = signature(App(client, secret, "", ()), body, timestamp, nonce)
    assert headers["x-bili-content-md5"] == md5
    assert headers["Authorization"] == expected


async def test_a_call_carries_what_the_signature_covers() -> None:
    fake = platform()
    await BILIBILI.accounts.candidates(line(BILIBILI, fake), TOKENS)
    first, second = (dict(call.headers) for call in fake.calls)
    assert first.pop("x-bili-signature-nonce") != second.pop("x-bili-signature-nonce")
    assert len(first.pop("Authorization")) == 64
    assert first == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "access-token": "access",
        "x-bili-accesskeyid": "bcli_demo_0001",
        "x-bili-content-md5": EMPTY_MD5,
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": "1760000000",
    }


async def test_a_repeated_call_is_signed_again() -> None:
    answers = iter([reply("oops", 502), reply(PERSON)])
    fake = platform(person=lambda _: next(answers))
    await signing_client(line(BILIBILI, fake), TOKENS).get(
        "https://member.bilibili.com/arcopen/fn/user/account/info", operation="account.read"
    )
    nonces = {call.headers["x-bili-signature-nonce"] for call in fake.calls}
    assert len(nonces) == len(fake.calls) == 2


# Connecting


def test_authorization_address() -> None:
    url = BILIBILI.auth.authorize_url(line(BILIBILI, platform()).app, "s1", None)
    assert url.startswith("https://account.bilibili.com/pc/account-pc/auth/oauth?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["bcli_demo_0001"],
        "gourl": ["https://open.example/callback"],
        "state": ["s1"],
    }


async def test_exchange() -> None:
    fake = platform()
    tokens = await BILIBILI.auth.exchange(line(BILIBILI, fake), {"code": "c1"}, None)
    assert tokens == Tokens(
        access_token="d2f4e9a1c05b4c7a8e21f0b6a9d37c55",
        refresh_token="7b0c3d5e9f184a2db6c1e8f70a92d4b3",
        expires_at=1762592000,
        scopes=ALL,
    )
    (call,) = fake.calls
    assert (call.method, call.url) == ("POST", "https://api.bilibili.com/x/account-oauth2/v1/token")
    assert call.form == {
        "client_id": "bcli_demo_0001",
        "client_secret": "bsec_demo_0123456789abcdef",
        "grant_type": "authorization_code",
        "code": "c1",
    }
    assert "Authorization" not in call.headers


async def test_expires_in_as_a_duration_and_as_text() -> None:
    body = {"code": 0, "data": {**TOKEN["data"], "expires_in": "2592000"}}
    tokens = await BILIBILI.auth.exchange(
        line(BILIBILI, platform(token=reply(body))), {"code": "c"}, None
    )
    assert tokens.expires_at == NOW + 2_592_000


async def test_refresh_replaces_the_pair_and_keeps_the_scopes() -> None:
    body = {"code": 0, "data": {"access_token": "a2", "refresh_token": "r2", "expires_in": 100}}
    fake = platform(token=reply(body))
    tokens = await BILIBILI.auth.refresh(line(BILIBILI, fake), TOKENS)
    assert (tokens.access_token, tokens.refresh_token, tokens.scopes) == ("a2", "r2", ALL)
    (call,) = fake.calls
    assert call.url == "https://api.bilibili.com/x/account-oauth2/v1/refresh_token"
    assert call.form is not None
    assert (call.form["grant_type"], call.form["refresh_token"]) == ("refresh_token", "refresh")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (122002, FailureKind.DEAD_GRANT),
        (122007, FailureKind.DEAD_GRANT),
        (122000, FailureKind.MISCONFIGURED),
        (122001, FailureKind.MISCONFIGURED),
        (122008, FailureKind.MISCONFIGURED),
        (122009, FailureKind.UNAVAILABLE),
    ],
)
async def test_token_endpoints_refuse_under_http_200(code: int, kind: FailureKind) -> None:
    fake = platform(token=refused(code))
    with pytest.raises(PlatformFailure) as exchange:
        await BILIBILI.auth.exchange(line(BILIBILI, fake), {"code": "c"}, None)
    with pytest.raises(PlatformFailure) as refresh:
        await BILIBILI.auth.refresh(line(BILIBILI, fake), TOKENS)
    assert exchange.value.kind is refresh.value.kind is kind
    assert len(fake.calls) == 2, "a code and a refresh token are never sent twice"


@pytest.mark.parametrize("body", ["<html>", {"code": 0}, {"code": 0, "data": {}}, []])
async def test_an_unreadable_token_answer(body: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await BILIBILI.auth.exchange(
            line(BILIBILI, platform(token=reply(body))), {"code": "c"}, None
        )
    assert failure.value.kind is FailureKind.MALFORMED


def test_an_ended_access_token_cannot_be_refreshed() -> None:
    end = NOW + 2_592_000
    assert BILIBILI.auth.refreshable(TOKENS, end - 1)
    assert not BILIBILI.auth.refreshable(TOKENS, end)
    assert not BILIBILI.auth.refreshable(Tokens("a", expires_at=end), NOW)
    assert BILIBILI.auth.config.leeway == 3 * 86400
    assert BILIBILI.auth.config.required_scopes == ("USER_INFO", "ARC_BASE")


async def test_candidate() -> None:
    (found,) = await BILIBILI.accounts.candidates(line(BILIBILI, platform()), TOKENS)
    profile = found.profile
    assert profile.account_id == "bilibili_4a7e0c93b2d84f7e9c10"
    assert profile.account == "4a7e0c93b2d84f7e9c10"
    assert profile.nickname == "山野日记"
    assert profile.avatar == "https://i2.hdslb.com/bfs/face/5d1c.jpg"
    assert profile.counters == Counters(fans=58210, following=132, works=87)
    assert found.tokens is TOKENS


async def test_counts_as_text() -> None:
    totals = reply({"code": 0, "data": {"following": "132", "follower": "58210"}})
    (found,) = await BILIBILI.accounts.candidates(line(BILIBILI, platform(totals=totals)), TOKENS)
    assert found.profile.counters == Counters(fans=58210, following=132)


@pytest.mark.parametrize(
    "totals", [refused(127007), refused(127011), reply("", 502), reply("<html>"), reply([])]
)
async def test_an_account_without_counts(totals: Answer) -> None:
    (found,) = await BILIBILI.accounts.candidates(line(BILIBILI, platform(totals=totals)), TOKENS)
    assert found.profile.counters == Counters()


async def test_counts_are_not_asked_for_without_their_scope() -> None:
    fake = platform()
    tokens = Tokens("access", scopes=("USER_INFO", "ARC_BASE"))
    await BILIBILI.accounts.candidates(line(BILIBILI, fake), tokens)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("person", [{"code": 0}, {"code": 0, "data": {"name": "x"}}, []])
async def test_a_profile_without_an_id(person: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await BILIBILI.accounts.candidates(line(BILIBILI, platform(person=reply(person))), TOKENS)
    assert failure.value.kind is FailureKind.MALFORMED


async def test_missing_name_and_relative_face() -> None:
    person = reply({"code": 0, "data": {"openid": "o1", "face": "//i2.hdslb.com/f.jpg"}})
    (found,) = await BILIBILI.accounts.candidates(line(BILIBILI, platform(person=person)), TOKENS)
    assert found.profile.nickname == "o1"
    assert found.profile.avatar == "https://i2.hdslb.com/f.jpg"


# Works


async def test_works() -> None:
    fake = platform()
    page = await list_works(fake)
    assert (page.total, page.has_next) == (89, True)
    public, waiting = page.items
    assert public.id == "BV1Xk4y1m7Qe"
    assert public.mode is ContentMode.VIDEO
    assert public.title == "骑行川西 D3"
    assert public.description == "今天翻过两座垭口"
    assert public.url == "https://www.bilibili.com/video/BV1Xk4y1m7Qe"
    assert public.cover_url == "https://i0.hdslb.com/bfs/archive/72d5.jpg"
    assert public.published_at == 1759915800
    assert (public.author_name, public.author_uid) == ("山野日记", "4a7e0c93b2d84f7e9c10")
    assert public.status is WorkStatus.PUBLISHED
    assert public.metrics == READ
    assert waiting.status is WorkStatus.REVIEWING
    assert waiting.published_at is None
    assert waiting.description is None
    assert waiting.metrics == Metrics()
    assert fake.calls[0].params == {"pn": 1, "ps": 20, "status": "all"}
    assert [call.params for call in fake.made("/arc/stat")] == [{"resource_id": "BV1Xk4y1m7Qe"}]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (0, WorkStatus.PUBLISHED),
        ("0", WorkStatus.PUBLISHED),
        (-2, WorkStatus.REJECTED),
        ("-4", WorkStatus.REJECTED),
        (-16, WorkStatus.REJECTED),
        (-40, WorkStatus.SCHEDULED),
        (-100, WorkStatus.DELETED),
        ("-30", WorkStatus.REVIEWING),
        (-77, WorkStatus.REVIEWING),
        (3, None),
        (None, None),
        ("open", None),
    ],
)
async def test_states(state: Any, status: WorkStatus | None) -> None:
    fake = platform(works=listing(1, addit_info={"state": state}))
    (work,) = (await list_works(fake)).items
    assert work.status is status
    assert len(fake.made("/arc/stat")) == (1 if status is WorkStatus.PUBLISHED else 0)


async def test_optional_fields_may_be_missing() -> None:
    works = reply(
        {"code": 0, "data": {"list": [{"resource_id": "BV1"}, {}, 7], "page": {"total": "2"}}}
    )
    page = await list_works(platform(works=works))
    (work,) = page.items
    assert work.title is work.cover_url is work.published_at is work.status is None
    assert page.total == 2


async def test_hidden_counts_are_absent() -> None:
    stats = reply({"code": 0, "data": {"view": "--", "like": "911", "favorite": -1}})
    page = await list_works(platform(stats=stats))
    assert page.items[0].metrics == Metrics(likes=911)


@pytest.mark.parametrize(
    ("page", "size", "total", "more"),
    [
        (1, 20, 89, True),
        (4, 20, 80, False),
        (4, 20, 81, True),
        (9, 20, 89, False),
        (1, 20, 0, False),
    ],
)
async def test_next_page(page: int, size: int, total: int, more: bool) -> None:
    found = await list_works(platform(works=listing(0, total)), page, size)
    assert (found.items, found.total, found.has_next) == ([], total, more)


async def test_an_empty_list_may_be_null() -> None:
    works = reply({"code": 0, "data": {"list": None, "page": {"pn": 9, "ps": 20, "total": 89}}})
    assert (await list_works(platform(works=works), 9)).items == []


@pytest.mark.parametrize("works", [{"code": 0}, {"code": 0, "data": {"list": []}}, [], "<html>"])
async def test_an_unreadable_list(works: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await list_works(platform(works=reply(works)))
    assert failure.value.kind is FailureKind.MALFORMED


# Statistics


async def test_at_most_five_statistics_calls_at_once() -> None:
    fake = platform(works=listing(50))
    page = await list_works(fake, size=50)
    assert all(work.metrics == READ for work in page.items)
    assert len(fake.calls) == 51
    assert fake.most_at_once == 5


async def test_statistics_are_kept_for_five_minutes() -> None:
    fake = platform(works=listing(18))
    clock = Clock()
    client = line(BILIBILI, fake, clock=clock)
    counts = []
    for moment in (NOW, NOW + 299, NOW + 301):
        clock.now = moment
        page = await list_works(fake, client=client)
        assert all(work.metrics == READ for work in page.items)
        counts.append(len(fake.made("/arc/stat")))
    assert counts == [18, 18, 36]


async def test_kept_statistics_belong_to_one_account() -> None:
    fake = platform()
    client = line(BILIBILI, fake)
    await list_works(fake, client=client)
    other = account(BILIBILI, "other", "别人")
    await BILIBILI.works.fetch_page(client, other, TOKENS, NumberRequest(1, 20))
    assert len(fake.made("/arc/stat")) == 2


async def test_a_repeated_work_is_given_and_asked_once() -> None:
    fake = platform(works=listing(3, resource_id="BV1"))
    page = await list_works(fake)
    assert [work.metrics for work in page.items] == [READ]
    assert len(fake.made("/arc/stat")) == 1


@pytest.mark.parametrize(
    "answer", [refused(123004), refused(-500), refused(4012), reply("<html>"), reply("", 503)]
)
async def test_one_failure_costs_one_work_its_counts(answer: Answer) -> None:
    def stats(call: Call) -> Answer:
        return answer if call.params["resource_id"] == "BV2" else reply(STATS)

    page = await list_works(platform(works=listing(9), stats=stats))
    assert [work.metrics == READ for work in page.items] == [n != 2 for n in range(9)]


@pytest.mark.parametrize(
    "answer",
    [
        refused(127009),
        refused(127306),
        refused(127007),
        refused(127011),
        refused(4002),
        reply("", 429),
        TransportError("timeout", "the deadline passed"),
    ],
)
async def test_a_limit_or_a_missing_permission_ends_the_asking(answer: Reply) -> None:
    fake = platform(works=listing(50), stats=answer)
    page = await list_works(fake, size=50)
    assert [work.metrics for work in page.items] == [Metrics()] * 50
    assert len(fake.made("/arc/stat")) <= 5


async def test_slow_statistics_do_not_hold_the_page() -> None:
    clock = Clock()

    def stats(_: Call) -> Answer:
        clock.now += 1
        return reply(STATS)

    fake = platform(works=listing(50), stats=stats)
    page = await list_works(fake, size=50, client=line(BILIBILI, fake, clock=clock))
    read = [work for work in page.items if work.metrics == READ]
    assert 10 <= len(read) == len(fake.made("/arc/stat")) <= 15


async def test_counts_read_before_a_limit_are_shown() -> None:
    def stats(call: Call) -> Answer:
        return reply(STATS) if call.params["resource_id"] in ("BV0", "BV1") else refused(127306)

    page = await list_works(platform(works=listing(20), stats=stats))
    assert [n for n, work in enumerate(page.items) if work.metrics == READ] == [0, 1]


async def test_statistics_are_not_asked_for_without_their_scope() -> None:
    fake = platform()
    tokens = Tokens("access", scopes=("USER_INFO", "ARC_BASE"))
    page = await list_works(fake, tokens=tokens)
    assert page.items[0].metrics == Metrics()
    assert len(fake.calls) == 1


async def test_statistics_are_tried_where_the_grant_is_unknown() -> None:
    page = await list_works(platform(), tokens=Tokens("access"))
    assert page.items[0].metrics == READ


async def test_a_token_that_ends_amid_statistics_is_told() -> None:
    fake = platform(works=listing(50), stats=refused(127001))
    with pytest.raises(PlatformFailure) as failure:
        await list_works(fake, size=50)
    assert failure.value.kind is FailureKind.TOKEN_EXPIRED
    assert len(fake.made("/arc/stat")) <= 5


# Failures


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (FailureKind.TOKEN_EXPIRED, [127000, 127001, 127003, 127008]),
        (FailureKind.MISCONFIGURED, [122000, 122001, 122008, 127002, 127004, 127010]),
        (FailureKind.MISCONFIGURED, [4002, 4003, 4004, 4005, 4006, 4007, 4008, 4009]),
        (FailureKind.PERMISSION, [127005, 127006, 127007, 127011, 127304, 127305, 123001]),
        (FailureKind.RATE_LIMITED, [127009, 127306, 123026]),
        (FailureKind.UNAVAILABLE, [-500, 4010, 4011, 122009, 122010, 123002, 123023, 123028]),
        (FailureKind.NOT_FOUND, [123004, 123005]),
        (FailureKind.INVALID, [4000, 4001, 4012, 123008, 999999]),
    ],
)
def test_codes(kind: FailureKind, codes: list[int]) -> None:
    for code in codes:
        for written in (code, str(code)):
            reading = BILIBILI.classify(reply({"code": written, "message": "no"}))
            assert reading is not None
            assert (reading.kind, reading.code) == (kind, str(code))


def test_a_wait_that_the_platform_names() -> None:
    reading = BILIBILI.classify(refused(123028))
    assert reading is not None
    assert reading.retry_after == 10


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, FailureKind.RATE_LIMITED),
        (502, FailureKind.UNAVAILABLE),
        (401, FailureKind.UNAVAILABLE),
    ],
)
def test_statuses(status: int, kind: FailureKind) -> None:
    for body in ("<html>", {"code": 0}):
        reading = BILIBILI.classify(reply(body, status))
        assert reading is not None
        assert reading.kind is kind


async def test_the_evidence_holds_the_request_id() -> None:
    with pytest.raises(PlatformFailure) as failure:
        await list_works(platform(works=refused(127011)))
    assert failure.value.request_id == "r1"
    assert failure.value.reading.code == "127011"
    assert failure.value.http_status == 200
