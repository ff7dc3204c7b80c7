"""Works that are asked for by their ids, over the answers of the platforms' documentation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for

DAY = 86_400
OK = {"code": "ok", "message": "", "log_id": "l"}
TIKTOK_ID, BILIBILI_ID, KWAI_ID = "7421234567890123456", "BV1Xk4y1m7Qe", "3xcezrvdb75jv52"
DOUYIN_ID, DOUYIN_ITEM = "7558123456789012345", "@8hxdhauTCMppanGnM4ltGM780mDqPP+KPpR0q=="
PIN, POST = "813744226420795884", "1975512345678901234"
ARTICLE, EXPORT = "b1XkP3m9mZ8n0V7QkqU4d5", "export/UzFfAgtgekIEAQAAAAAAOhIpzVxlAQ"


@dataclass(frozen=True)
class Case:
    """A platform's answers by the end of their paths, and the work that they make."""

    work_id: str
    answers: Mapping[str, Any]
    work: Work
    unknown: Mapping[str, Any]
    """Answers for an id of the right form that is not known; those of `answers` besides."""
    author: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    own_only: bool = True
    foreign: tuple[str, ...] = ()
    """Ids of other forms, besides those that are none anywhere."""
    options: Mapping[str, Any] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=lambda: Tokens("a", "r"))


OWN = {"author_name": "North Pier Bakery", "author_uid": "u1"}
VIDEO = {"mode": ContentMode.VIDEO, "status": WorkStatus.PUBLISHED}


def post_of(author: str, name: str, username: str) -> dict[str, Any]:
    return {
        "data": {
            "id": POST,
            "text": "Glaze &amp; test",
            "author_id": author,
            "created_at": "2026-09-20T10:00:00.000Z",
            "attachments": {"media_keys": ["7_1"]},
            "public_metrics": {
                "retweet_count": 4,
                "reply_count": 3,
                "like_count": 41,
                "quote_count": 1,
                "bookmark_count": 6,
                "impression_count": 2210,
            },
        },
        "includes": {
            "media": [{"media_key": "7_1", "type": "video", "public_metrics": {"view_count": 903}}],
            "users": [{"id": author, "name": name, "username": username}],
        },
        "errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}],
    }


PUBLICATION: dict[str, Any] = {
    "article_id": ARTICLE,
    "update_time": int(NOW) - 2 * DAY,
    "content": {
        "news_item": [
            {"title": "Ash", "url": "http://mp.weixin.qq.com/s?mid=26&idx=1", "author": "Zhou"},
            {"title": "Kit", "url": "http://mp.weixin.qq.com/s?mid=26&idx=2", "is_deleted": True},
        ]
    },
}
COUNTED_ARTICLE = {
    "list": [
        {
            "msgid": "26_1",
            "detail_list": [
                {"stat_date": "2026-09-20", "read_user": 18, "like_user": 2, "zaikan_user": 3}
            ],
        }
    ]
}
SPH_POST = {
    "exportId": EXPORT,
    "createTime": 1759915800,
    "readCount": 18790,
    "likeCount": 120,
    "visibleType": 1,
    "desc": {"description": "Sunrise", "mediaType": 4},
}
DOUYIN_VIDEO = {
    "item_id": DOUYIN_ITEM,
    "video_id": DOUYIN_ID,
    "title": "Stool",
    "create_time": 1759915800,
    "media_type": 4,
    "video_status": 5,
    "statistics": {"digg_count": "402", "play_count": 15230, "comment_count": 18, "share_count": 2},
}
DOUYIN_WORK = Work(
    id=DOUYIN_ID,
    title="Stool",
    description="Stool",
    url=f"https://www.douyin.com/video/{DOUYIN_ID}",
    published_at=1759915800,
    **OWN,
    **VIDEO,
    metrics=Metrics(views=15230, plays=15230, likes=402, comments=18, shares=2),
)


def douyin(**data: Any) -> dict[str, Any]:
    return {"data": {"error_code": 0, "description": "", **data}, "extra": {"error_code": 0}}


def sph(*posts: Any, total: int | None = None) -> dict[str, Any]:
    count = len(posts) if total is None else total
    return {"errCode": 0, "data": {"totalCount": count, "list": list(posts)}}


CASES = {
    "tiktok": Case(
        TIKTOK_ID,
        {
            "/video/query/": {
                "data": {
                    "videos": [
                        {
                            "id": TIKTOK_ID,
                            "create_time": 1790960409,
                            "title": "Glaze test 14",
                            "video_description": "Glaze test 14 #pottery",
                            "share_url": "https://www.tiktok.com/@k/video/7?utm_source=aw",
                            "like_count": 311,
                            "comment_count": 12,
                            "share_count": 4,
                            "view_count": 9021,
                        }
                    ]
                },
                "error": OK,
            }
        },
        Work(
            id=TIKTOK_ID,
            title="Glaze test 14",
            description="Glaze test 14 #pottery",
            url="https://www.tiktok.com/@k/video/7",
            published_at=1790960409,
            **OWN,
            **VIDEO,
            metrics=Metrics(views=9021, plays=9021, likes=311, comments=12, shares=4),
        ),
        {"/video/query/": {"data": {"videos": []}, "error": OK}},
        foreign=("12345", "v_pub_url~v2.123456789", BILIBILI_ID, "9" * 21),
    ),
    "twitter": Case(
        POST,
        {f"/tweets/{POST}": post_of("u1", "Kiln & Clay", "kilnandclay")},
        Work(
            id=POST,
            description="Glaze & test",
            url=f"https://x.com/kilnandclay/status/{POST}",
            published_at=1_789_898_400,
            author_name="Kiln & Clay",
            author_uid="u1",
            **VIDEO,
            metrics=Metrics(
                views=903,
                plays=903,
                impressions=2210,
                likes=41,
                comments=3,
                shares=5,
                collects=6,
                saves=6,
            ),
        ),
        {
            f"/tweets/{POST}": {
                "errors": [
                    {
                        "title": "Not Found Error",
                        "type": "https://api.twitter.com/2/problems/resource-not-found",
                    }
                ]
            }
        },
        author="u1",
        own_only=False,
        foreign=("analytics", "1,2", "9" * 21),
    ),
    "pinterest": Case(
        PIN,
        {
            f"/pins/{PIN}": {
                "id": PIN,
                "created_at": "2026-09-20T10:00:00",
                "title": "Bowls",
                "description": "Thrown.",
                "is_owner": True,
                "media": {"media_type": "image"},
                "pin_metrics": {
                    "90d": {"impression": 340},
                    "lifetime_metrics": {
                        "pin_click": 19,
                        "impression": 340,
                        "clickthrough": 8,
                        "reaction": 10,
                    },
                },
            }
        },
        Work(
            id=PIN,
            mode=ContentMode.IMAGE,
            title="Bowls",
            description="Thrown.",
            url=f"https://www.pinterest.com/pin/{PIN}/",
            published_at=1_789_898_400,
            status=WorkStatus.PUBLISHED,
            **OWN,
            metrics=Metrics(impressions=340, clicks=19, likes=10),
        ),
        {f"/pins/{PIN}": answer({"code": 50, "message": "Pin not found."}, 404)},
        author="u1",
        extra={"outboundClickCount": 8},
        own_only=False,
        foreign=("AVxyz", "813/analytics"),
    ),
    "KWAI": Case(
        KWAI_ID,
        {
            "/photo/info": {
                "result": 1,
                "video_info": {
                    "photo_id": KWAI_ID,
                    "caption": "Oil",
                    "create_time": 1759915800123,
                    "like_count": 311,
                    "comment_count": 24,
                    "view_count": 18021,
                    "pending": False,
                },
            }
        },
        Work(
            id=KWAI_ID,
            title="Oil",
            description="Oil",
            url=f"https://www.kuaishou.com/short-video/{KWAI_ID}",
            published_at=1759915800.123,
            **VIDEO,
            metrics=Metrics(views=18021, plays=18021, likes=311, comments=24),
        ),
        {"/photo/info": {"result": 100120001, "error": "video_not_exist", "error_msg": "gone"}},
        own_only=False,
        foreign=("3xce", "3x" + "a" * 31, "３xcezrvdb75jv52"),
    ),
    "bilibili": Case(
        BILIBILI_ID,
        {
            "/archive/view": {
                "code": 0,
                "data": {
                    "resource_id": BILIBILI_ID,
                    "title": "D3",
                    "desc": "Two passes",
                    "ptime": 1759915800,
                    "addit_info": {"state": 0},
                },
            },
            "/data/arc/stat": {
                "code": 0,
                "data": {"view": 10233, "danmaku": 88, "coin": "155", "like": 911, "favorite": 4},
            },
        },
        Work(
            id=BILIBILI_ID,
            title="D3",
            description="Two passes",
            url=f"https://www.bilibili.com/video/{BILIBILI_ID}",
            published_at=1759915800,
            **OWN,
            **VIDEO,
            metrics=Metrics(views=10233, plays=10233, likes=911, collects=4, saves=4),
        ),
        {"/archive/view": {"code": 123001, "message": "no"}},
        extra={"coinCount": 155, "danmakuCount": 88},
        foreign=("av170001", "BV1Xk4y1m7Q", "cv24680"),
    ),
    "douyin": Case(
        DOUYIN_ID,
        {"/video/video_data/": douyin(list=[DOUYIN_VIDEO])},
        DOUYIN_WORK,
        {"/video/video_data/": douyin()},
        foreign=("12345", "@short", BILIBILI_ID),
    ),
    "wxGzh": Case(
        f"{ARTICLE}_1",
        {
            "/freepublish/batchget": {"total_count": 1, "item": [PUBLICATION]},
            "/getarticletotaldetail": COUNTED_ARTICLE,
        },
        Work(
            id=f"{ARTICLE}_1",
            mode=ContentMode.IMAGE,
            title="Ash",
            url="https://mp.weixin.qq.com/s?mid=26&idx=1",
            published_at=NOW - 2 * DAY,
            author_name="Zhou",
            author_uid="u1",
            status=WorkStatus.PUBLISHED,
            metrics=Metrics(views=18, likes=2),
        ),
        {
            "/freepublish/batchget": {"total_count": 0},
            "/freepublish/getarticle": {"errcode": 53600, "errmsg": "Article ID invalid rid: 1-2"},
        },
        extra={"heartCount": 3},
        foreign=(EXPORT, "a" * 200),
    ),
    "wxSph": Case(
        EXPORT,
        {"/post/post_list": sph(SPH_POST)},
        Work(
            id=EXPORT,
            title="Sunrise",
            description="Sunrise",
            published_at=1759915800,
            **OWN,
            **VIDEO,
            metrics=Metrics(views=18790, plays=18790, likes=120),
        ),
        {"/post/post_list": sph()},
        foreign=("export:1", "a" * 300),
        options={"list_works": True},
    ),
}
PLATFORMS = tuple(CASES)
HOSTILE = (
    "",
    " ",
    "..",
    "../u1",
    "1?fields=x",
    "1#",
    "1 2",
    "1\n",
    "１２３４５６",
    "a\x00b",
    "%2e%2e",
)


def client_of(platform: str, answers: Mapping[str, Any]) -> tuple[PlatformClient, FakeSend]:
    send = FakeSend()
    for path, reply in answers.items():
        send.on(path, reply)
    options = CASES[platform].options
    return client_for(CONNECTORS[Platform(platform)], send, **options), send


async def read(platform: str, client: PlatformClient, work_id: str | None = None) -> DetailedWork:
    details = CONNECTORS[Platform(platform)].details
    case, account = CASES[platform], account_of(Platform(platform), "u1", handle="own")
    assert details is not None
    assert details.own_only is case.own_only
    return await details.fetch(
        client, account, case.tokens, case.work_id if work_id is None else work_id
    )


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_work_with_its_counts(platform: str) -> None:
    case = CASES[platform]
    client, send = client_of(platform, case.answers)
    found = await read(platform, client)
    assert found == DetailedWork(case.work, author=case.author, extra=case.extra)
    assert len(send.calls) == len(case.answers)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_the_figures_of_a_work_begin_with_what_its_detail_says(platform: str) -> None:
    case = CASES[platform]
    insights = CONNECTORS[Platform(platform)].work_insights
    client, _ = client_of(platform, case.answers)
    account = account_of(Platform(platform), "u1", handle="own")
    assert insights is not None
    # Nothing was counted before the work: no platform is asked for that time.
    past = Period(since=1.0, until=2.0)
    figures = await insights.fetch(client, account, case.tokens, case.work_id, past)
    assert (figures.metrics, figures.work) == (case.work.metrics, case.work)
    assert list(figures.spans) == []


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_an_unknown_work_is_not_found(platform: str) -> None:
    case = CASES[platform]
    client, send = client_of(platform, {**case.answers, **case.unknown})
    with pytest.raises(PlatformFailure) as caught:
        await read(platform, client)
    assert caught.value.kind is FailureKind.NOT_FOUND
    assert caught.value.sent
    assert send.calls


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_an_id_of_another_form_is_not_found_without_a_call(platform: str) -> None:
    client, send = client_of(platform, {})
    for work_id in (*HOSTILE, *CASES[platform].foreign):
        with pytest.raises(PlatformFailure) as caught:
            await read(platform, client, work_id)
        assert (caught.value.kind, caught.value.sent) == (FailureKind.NOT_FOUND, False), work_id
    assert not send.calls


def spoilt(value: Any, wrong: Any) -> Iterator[Any]:
    """Copies of an answer, each with one value of another type."""
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for key, inner in items:
        for changed in (wrong, *spoilt(inner, wrong)):
            copy = value.copy()
            copy[key] = changed
            yield copy


@pytest.mark.parametrize("wrong", [None, True, [], {}, "x", -1, 1.5, [None], {"a": 1}], ids=repr)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_values_of_wrong_types(platform: str, wrong: Any) -> None:
    """No answer breaks the reading, and no count is ever made up."""
    case = CASES[platform]
    counts = {value for value in vars_of(case.work.metrics) if value is not None}
    for path, body in case.answers.items():
        for changed in spoilt(body, wrong):
            client, _ = client_of(platform, {**case.unknown, **case.answers, path: changed})
            try:
                found = await read(platform, client)
            except PlatformFailure:
                continue
            assert {*vars_of(found.work.metrics)} <= counts | {None}, changed


def vars_of(metrics: Metrics) -> list[Any]:
    return [getattr(metrics, name) for name in Metrics.__dataclass_fields__]


async def test_a_foreign_post_names_its_author() -> None:
    client, send = client_of("twitter", {f"/tweets/{POST}": post_of("u2", "Guest", "guest")})
    found = await read("twitter", client)
    assert found.author == found.work.author_uid == "u2"
    assert found.work.author_name == "Guest"
    assert found.work.url == f"https://x.com/guest/status/{POST}"
    assert send.params()["expansions"] == "attachments.media_keys,author_id"


async def test_a_post_whose_author_is_among_the_users_alone() -> None:
    post = post_of("u2", "Guest", "guest")
    del post["data"]["author_id"]
    client, _ = client_of("twitter", {f"/tweets/{POST}": post})
    assert (await read("twitter", client)).author == "u2"
    del post["includes"]["users"]
    client, _ = client_of("twitter", {f"/tweets/{POST}": post})
    found = await read("twitter", client)
    assert (found.author, found.work.author_name) == (None, None)
    assert found.work.url == f"https://x.com/i/web/status/{POST}"


async def test_a_pin_of_another_on_a_shared_board_has_no_author() -> None:
    [(path, pin)] = CASES["pinterest"].answers.items()
    client, _ = client_of("pinterest", {path: {**pin, "is_owner": False}})
    found = await read("pinterest", client)
    assert (found.author, found.work.author_uid, found.work.author_name) == (None, None, None)


async def test_a_video_without_the_scope_of_its_counts() -> None:
    case = CASES["bilibili"]
    client, send = client_of("bilibili", case.answers)
    connector = CONNECTORS[Platform("bilibili")]
    assert connector.details is not None
    tokens = Tokens("a", "r", scopes=("ARC_BASE",))
    account = account_of(Platform("bilibili"), "u1")
    found = await connector.details.fetch(client, account, tokens, BILIBILI_ID)
    assert found == DetailedWork(replace(case.work, metrics=Metrics()))
    assert send.paths == ["view"]


async def test_a_video_by_its_encrypted_id() -> None:
    client, send = client_of("douyin", CASES["douyin"].answers)
    assert (await read("douyin", client, DOUYIN_ITEM)).work == DOUYIN_WORK
    assert json.loads(send.calls[0].body or b"") == {"item_ids": [DOUYIN_ITEM]}


async def test_a_mini_app_asks_with_the_token_of_the_scope() -> None:
    answers = {"/apps/v1/video/query/": {"data": {"data": {"list": [DOUYIN_VIDEO]}}, "err_no": 0}}
    send = FakeSend()
    for path, reply in answers.items():
        send.on(path, reply)
    connector = CONNECTORS[Platform("douyin")]
    client = client_for(connector, send, form="miniapp")
    assert connector.details is not None
    assert connector.details.available(client.app)
    others = {"ma.video.bind": {"access_token": "of videos"}}
    tokens = Tokens("of the user", extra={"open_id": "u1", "others": others})
    account = account_of(Platform("douyin"), "u1")
    found = await connector.details.fetch(client, account, tokens, DOUYIN_ID)
    assert found.work == DOUYIN_WORK
    assert send.calls[0].headers["access-token"] == "of videos"


@pytest.mark.parametrize(
    ("platform", "options", "scopes", "available"),
    [
        ("douyin", {}, None, False),
        ("douyin", {}, ("user_info", "video.data.bind"), True),
        ("wxSph", {}, None, False),
        ("wxSph", {"list_works": True}, None, True),
    ],
)
def test_an_app_that_may_not_read_works(
    platform: str, options: dict[str, Any], scopes: tuple[str, ...] | None, available: bool
) -> None:
    connector = CONNECTORS[Platform(platform)]
    app = client_for(connector, FakeSend(), **options).app
    app = app if scopes is None else replace(app, scopes=scopes)
    assert connector.details is not None
    assert connector.work_insights is not None
    assert connector.details.available(app) is available
    assert connector.work_insights.available(app) is available


async def test_an_older_article_comes_without_a_date() -> None:
    articles = PUBLICATION["content"]
    client, send = client_of(
        "wxGzh",
        {"/freepublish/batchget": {"total_count": 0}, "/freepublish/getarticle": articles},
    )
    found = await read("wxGzh", client, f"{ARTICLE}_2")
    assert (found.work.id, found.work.title) == (f"{ARTICLE}_2", "Kit")
    assert (found.work.status, found.work.published_at) == (WorkStatus.DELETED, None)
    assert found.work.metrics == Metrics()
    assert json.loads(send.calls[1].body or b"") == {"article_id": ARTICLE}
    for work_id in (ARTICLE, f"{ARTICLE}_3"):
        with pytest.raises(PlatformFailure) as caught:
            await read("wxGzh", client, work_id)
        assert caught.value.kind is FailureKind.NOT_FOUND


async def test_a_post_is_searched_for_in_some_pages_of_both_lists() -> None:
    other = {**SPH_POST, "exportId": "export/other"}
    full, image = sph(other, total=1000), {**SPH_POST, "desc": {"mediaType": 2}}
    client, send = client_of("wxSph", {})
    send.on("/post/post_list", *([full] * 5), sph(image))
    assert (await read("wxSph", client)).work.mode is ContentMode.IMAGE
    asked = [json.loads(call.body or b"") for call in send.calls]
    assert [(body["userpageType"], body["currentPage"]) for body in asked] == [
        *((11, number) for number in range(1, 6)),
        (10, 1),
    ]
