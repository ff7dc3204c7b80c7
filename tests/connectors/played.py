"""Every platform's own answers, as its documents show them, and what is asked of each endpoint.

A `Play` answers calls by a part of their address. One endpoint at a time gives another answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openchannels.connectors.base.plugin import Submission
from openchannels.connectors.meta.insights import SEPARATE
from openchannels.connectors.registry import CONNECTORS, Connector, OAuth, Plugin
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Thread
from openchannels.core.insights import Period
from openchannels.core.paging import CursorPaging, CursorRequest, NumberRequest, PageRequest, Paging
from openchannels.core.platforms import Platform
from openchannels.transport.app_tokens import InMemoryState, StoredValue
from openchannels.transport.client import Answer, Call
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.support import NOW, account_of, answer, client_for

HOUR = 3600.0
GRAPH_REFUSAL = {"error": {"message": "Expired", "type": "OAuthException", "code": 190}}
GRAPH_UNLISTED = {"error": {"message": "Odd", "type": "OAuthException", "code": 99999}}
GOOGLE_TOKEN = {"access_token": "new", "expires_in": 3599, "token_type": "Bearer"}
DIRECT_TOKEN = {"access_token": "new", "token_type": "bearer", "expires_in": 5183944}
INSIGHTS = {"data": [{"name": "views", "values": [{"value": 7}]}]}
VIDEO_ID = "aB3dE5gH7jK"
LINKEDIN_POST = {"id": "urn:li:share:1", "author": "urn:li:organization:1"}
YOUTUBE_PAGE = {"pageInfo": {"totalResults": 1, "resultsPerPage": 25}}


WXSPH_USER = {"errCode": 0, "data": {"finderUser": {"uniqId": "u1", "nickname": "Kiln"}}}
WXSPH_LIST = {"errCode": 0, "data": {"totalCount": 1, "list": [{"objectId": 1}]}}
WXGZH_PAGE = {
    "total_count": 1,
    "item": [
        {
            "article_id": "1",
            "update_time": int(NOW - 2 * 86_400),
            "content": {"news_item": [{"title": "Ash", "url": "https://mp/s?mid=1"}]},
        }
    ],
}


def google_error(code: int, status: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "no", "status": status}}


def youtube_list(**item: Any) -> dict[str, Any]:
    return {**YOUTUBE_PAGE, "items": [item]}


def douyin(**data: Any) -> dict[str, Any]:
    return {"data": {"error_code": 0, "description": "", **data}, "message": "success"}


def bilibili(data: Any, code: int = 0) -> dict[str, Any]:
    return {"code": code, "message": str(code), "ttl": 1, "request_id": "r", "data": data}


BILIBILI_VIDEO = bilibili({"resource_id": "BV1Xk4y1m7Qe", "addit_info": {"state": 0}})
TWITTER_POST = {
    "data": {"id": "1", "text": "t", "author_id": "u1", "created_at": "2026-09-20T10:00:00.000Z"}
}
TIKTOK_VIDEO = {"data": {"videos": [{"id": "123456"}]}, "error": {"code": "ok", "message": ""}}


@dataclass(frozen=True, kw_only=True)
class Played:
    """A platform's answers: part of an address, and the answer there.

    `token` is the endpoint of exchange and refresh; a probe asks `probe`, or else `profile`.
    `works` is empty where no list exists, `statistics` where no call only adds counts, and
    `statistics_of` says which call adds them. `detail` and `work_figures`, of the work `work_id`,
    and `account_figures` are the endpoints without which there is no answer, `values` is that of
    publish options, `comments` that of the comments on the work `commented`. `refusal` refuses the
    token, `unlisted` is an error whose code is not documented.
    """

    token: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any]
    probe: Mapping[str, Any] = field(default_factory=dict)
    revoke: Mapping[str, Any] = field(default_factory=dict)
    works: Mapping[str, Any] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)
    statistics_of: str = "works"
    detail: Mapping[str, Any] = field(default_factory=dict)
    account_figures: Mapping[str, Any] = field(default_factory=dict)
    work_figures: Mapping[str, Any] = field(default_factory=dict)
    work_id: str = "1"
    values: Mapping[str, Any] = field(default_factory=dict)
    comments: Mapping[str, Any] = field(default_factory=dict)
    commented: str = "1"
    other: Mapping[str, Any] = field(default_factory=dict)
    refusal: Any
    unlisted: Any
    tokens: Tokens = field(default_factory=lambda: Tokens("a", "r", NOW + HOUR))
    uid: str = "u1"
    account: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: Mapping[str, Any] = field(default_factory=dict)
    """What the connector remembers of earlier calls."""
    next_page: Any = None
    """The answer of `works` that names the page `stuck` as the next one."""
    stuck: str = ""

    def endpoint(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = getattr(self, name)
        return found or self.profile if name == "probe" else found

    def answers(self) -> dict[str, Any]:
        account = (self.token, self.profile, self.probe, self.revoke)
        figures = (self.detail, self.account_figures, self.work_figures, self.values)
        parts = (*account, self.statistics, self.works, *figures, self.comments, self.other)
        return {where: body for part in parts for where, body in part.items()}


PLAYED: dict[str, Played] = {
    "douyin": Played(
        token={
            "/oauth/access_token/": douyin(access_token="new", open_id="u1"),
            "/oauth/refresh_token/": douyin(access_token="new", open_id="u1"),
        },
        profile={"/oauth/userinfo/": douyin(open_id="u1", nickname="Kiln")},
        works={"/video_list/": douyin(list=[{"item_id": "1"}], cursor=0, has_more=False)},
        statistics={"/user/fans/": douyin(result_list=[{"date": "2026-01-01", "total_fans": 5}])},
        statistics_of="profile",
        detail={"/video_data/": douyin(list=[{"video_id": "123456"}])},
        work_figures={"/video_data/": douyin(list=[{"video_id": "123456"}])},
        account_figures={"/oauth/userinfo/": douyin(open_id="u1", nickname="Kiln")},
        work_id="123456",
        comments={
            "/item/comment/list/": douyin(list=[{"comment_id": "@c1"}], cursor=0, has_more=False)
        },
        commented="@8hxdhauTCMpp",
        other={f"/user/{name}/": douyin() for name in ("item", "like", "comment", "share")},
        refusal={**douyin(error_code=10008), "message": "error"},
        unlisted={**douyin(error_code=99999), "message": "error"},
        tokens=Tokens(
            "a", "r", NOW + HOUR, scopes=("data.external.user",), extra={"open_id": "u1"}
        ),
        next_page=douyin(list=[{"item_id": "1"}], cursor=7, has_more=True),
        stuck="7",
    ),
    "xhs": Played(
        profile={
            "/user/info": {
                "success": True,
                "code": 0,
                "data": {"userId": "u1", "userName": "Kiln", "redId": "2695"},
            }
        },
        statistics={"/personal_info": {"success": True, "code": 0, "data": {"fans_count": 5}}},
        statistics_of="profile",
        refusal={"success": False, "code": -100, "msg": "登录已过期"},
        unlisted={"success": False, "code": 99999, "msg": "odd"},
        tokens=Tokens("galaxy_creator_session_id=1"),
    ),
    "wxSph": Played(
        profile={"/auth/auth_data": WXSPH_USER},
        works={"/post/post_list": WXSPH_LIST},
        detail={"/post/post_list": WXSPH_LIST},
        work_figures={"/post/post_list": WXSPH_LIST},
        account_figures={"/auth/auth_data": WXSPH_USER},
        refusal={"errCode": 300333, "errMsg": "no login"},
        unlisted={"errCode": 99999, "errMsg": "odd"},
        tokens=Tokens("sessionid=1"),
        options={"list_works": True},
    ),
    "KWAI": Played(
        token={
            "/oauth2/access_token": {"result": 1, "access_token": "new", "open_id": "u1"},
            "/oauth2/refresh_token": {"result": 1, "access_token": "new"},
        },
        profile={"/openapi/user_info": {"result": 1, "user_info": {"name": "Kiln"}}},
        works={"/photo/list": {"result": 1, "video_list": [{"photo_id": "1", "create_time": 9}]}},
        statistics={"/photo/count": {"result": 1, "public_count": 5}},
        statistics_of="profile",
        detail={"/photo/info": {"result": 1, "video_info": {"photo_id": "3xcez"}}},
        work_figures={"/photo/info": {"result": 1, "video_info": {"photo_id": "3xcez"}}},
        account_figures={"/openapi/user_info": {"result": 1, "user_info": {"name": "Kiln"}}},
        work_id="3xcez",
        refusal={"result": 100200108, "error": "access_denied", "error_msg": "expired"},
        unlisted={"result": 99999, "error": "odd", "error_msg": "odd"},
        tokens=Tokens("a", "r", NOW + HOUR, extra={"open_id": "u1"}),
    ),
    "youtube": Played(
        token={"oauth2.googleapis.com/token": GOOGLE_TOKEN},
        revoke={"oauth2.googleapis.com/revoke": {}},
        profile={"/channels": youtube_list(id="UC1", snippet={"title": "Kiln"})},
        works={"/playlistItems": youtube_list(contentDetails={"videoId": VIDEO_ID})},
        statistics={"/videos": youtube_list(id=VIDEO_ID, snippet={"title": "Glaze"})},
        detail={"/videos": youtube_list(id=VIDEO_ID, snippet={"title": "Glaze"})},
        account_figures={"/channels": youtube_list(id="UC1", snippet={"title": "Kiln"})},
        work_figures={"/videos": youtube_list(id=VIDEO_ID, snippet={"title": "Glaze"})},
        work_id=VIDEO_ID,
        account={"secondary": "UC1"},
        values={
            "/videoCategories": {
                "items": [{"id": "26", "snippet": {"title": "Howto", "assignable": True}}]
            }
        },
        comments={"/commentThreads": youtube_list(snippet={"topLevelComment": {"id": "c1"}})},
        commented=VIDEO_ID,
        refusal=google_error(401, "UNAUTHENTICATED"),
        unlisted=google_error(400, "ODD"),
        next_page={**youtube_list(contentDetails={"videoId": VIDEO_ID}), "nextPageToken": "p"},
        stuck="p",
    ),
    "wxGzh": Played(
        token={
            "/api_query_auth": {
                "authorization_info": {
                    "authorizer_appid": "u1",
                    "authorizer_access_token": "new",
                    "authorizer_refresh_token": "r",
                    "expires_in": 7200,
                }
            },
            "/api_authorizer_token": {"authorizer_access_token": "new", "expires_in": 7200},
        },
        profile={"/api_get_authorizer_info": {"authorizer_info": {"nick_name": "Kiln"}}},
        works={"/freepublish/batchget": WXGZH_PAGE},
        detail={"/freepublish/batchget": WXGZH_PAGE},
        work_figures={"/freepublish/batchget": WXGZH_PAGE},
        account_figures={"/api_get_authorizer_info": {"authorizer_info": {"nick_name": "Kiln"}}},
        statistics={"/getarticletotaldetail": {"list": [{"title": "Ash", "detail_list": []}]}},
        comments={"/comment/list": {"total": 1, "comment": [{"user_comment_id": 1}]}},
        commented="2650001234_1",
        other={
            "/api_component_token": {"component_access_token": "c", "expires_in": 7200},
            "/getusercumulate": {"list": []},
            "/getbizsummary": {"list": []},
        },
        refusal={"errcode": 61003, "errmsg": "not authorized rid: 1-2"},
        unlisted={"errcode": 99999, "errmsg": "odd"},
        tokens=Tokens("a", "r", NOW + HOUR, extra={"appid": "u1"}),
    ),
    "bilibili": Played(
        token={
            "account-oauth2/v1/token": bilibili({"access_token": "new", "refresh_token": "r2"}),
            "account-oauth2/v1/refresh_token": bilibili(
                {"access_token": "new", "refresh_token": "r2"}
            ),
        },
        profile={"/user/account/info": bilibili({"openid": "u1", "name": "Kiln"})},
        works={
            "/archive/viewlist": bilibili(
                {
                    "list": [{"resource_id": "BV1", "addit_info": {"state": 0}}],
                    "page": {"total": 1},
                }
            )
        },
        statistics={"/data/arc/stat": bilibili({"view": 7})},
        detail={"/archive/view": BILIBILI_VIDEO},
        work_figures={"/archive/view": BILIBILI_VIDEO},
        account_figures={"/user/account/info": bilibili({"openid": "u1", "name": "Kiln"})},
        work_id="BV1Xk4y1m7Qe",
        values={"/archive/type/list": bilibili([{"id": 160, "name": "Life"}])},
        other={"/data/user/stat": bilibili({"follower": 5}), "/inc-stats": bilibili({})},
        refusal=bilibili(None, 127001),
        unlisted=bilibili(None, 99999),
    ),
    "twitter": Played(
        token={"/oauth2/token": {"access_token": "new", "refresh_token": "r2"}},
        revoke={"/oauth2/revoke": {"revoked": True}},
        profile={"/users/me": {"data": {"id": "u1", "name": "Kiln"}}},
        works={
            "/users/u1/tweets": {
                "data": [{"id": "1", "text": "t", "created_at": "2026-09-20T10:00:00.000Z"}],
                "meta": {"result_count": 1},
            }
        },
        statistics={"/2/tweets": {"data": [{"id": "1", "non_public_metrics": {}}]}},
        detail={"/2/tweets/1": TWITTER_POST},
        work_figures={"/2/tweets/1": TWITTER_POST},
        account_figures={"/users/me": {"data": {"id": "u1", "name": "Kiln"}}},
        comments={
            "/search/recent": {
                "data": [{"id": "2", "text": "t", "created_at": "2026-09-20T10:00:00.000Z"}],
                "meta": {"result_count": 1},
            }
        },
        other={"/2/tweets/analytics": {"data": []}},
        refusal={"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "no"},
        unlisted={"title": "Odd", "type": "https://api.x.com/2/problems/odd", "detail": "no"},
        options={"private_metrics": True},
        next_page={"data": [{"id": "1", "text": "t"}], "meta": {"next_token": "p"}},
        stuck="f.0..p",
    ),
    "tiktok": Played(
        token={"/oauth/token/": {"access_token": "new", "open_id": "u1", "expires_in": 86400}},
        revoke={"/oauth/revoke/": {}},
        profile={
            "/user/info/": {"data": {"user": {"open_id": "u1"}}, "error": {"code": "ok"}},
        },
        works={
            "/video/list/": {
                "data": {"videos": [{"id": "1"}], "cursor": 1, "has_more": False},
                "error": {"code": "ok", "message": ""},
            }
        },
        detail={"/video/query/": TIKTOK_VIDEO},
        work_figures={"/video/query/": TIKTOK_VIDEO},
        account_figures={
            "/user/info/": {"data": {"user": {"open_id": "u1"}}, "error": {"code": "ok"}},
        },
        work_id="123456",
        refusal={"data": {}, "error": {"code": "access_token_invalid", "message": "no"}},
        unlisted={"data": {}, "error": {"code": "odd", "message": "no"}},
        next_page={
            "data": {"videos": [{"id": "1"}], "cursor": 7, "has_more": True},
            "error": {"code": "ok"},
        },
        stuck="7",
    ),
    "facebook": Played(
        token={"/oauth/access_token": DIRECT_TOKEN, "/p1": {"id": "p1", "access_token": "new"}},
        profile={"/me": {"id": "7", "accounts": {"data": [{"id": "1", "access_token": "p"}]}}},
        revoke={"/me/permissions": {"success": True}},
        works={"/published_posts": {"data": [{"id": "1"}]}},
        detail={"/1_1": {"id": "1_1"}},
        account_figures={"/u1": {"id": "u1", "name": "Kiln"}},
        work_figures={"/1_1": {"id": "1_1"}},
        work_id="1_1",
        other={"/u1/insights": {"data": []}},
        refusal=GRAPH_REFUSAL,
        unlisted=GRAPH_UNLISTED,
        tokens=Tokens("page", extra={"page_id": "p1", "root_token": "root"}),
        next_page={
            "data": [{"id": "1"}],
            "paging": {"cursors": {"after": "p"}, "next": "https://graph.facebook.com/?after=p"},
        },
        stuck="after=p",
    ),
    "instagram": Played(
        token={
            "/oauth/access_token": {"access_token": "new", "user_id": 1},
            "/refresh_access_token": DIRECT_TOKEN,
        },
        profile={"/me": {"id": "7", "user_id": "u1", "username": "kiln"}},
        works={"/u1/media": {"data": [{"id": "1", "media_type": "IMAGE"}]}},
        statistics={"/1/insights": INSIGHTS},
        detail={"/1": {"id": "1", "media_type": "IMAGE"}},
        account_figures={"/me": {"id": "7", "user_id": "u1", "username": "kiln"}},
        work_figures={"/1": {"id": "1", "media_type": "IMAGE"}},
        other={"/u1/insights": {"data": []}},
        cache={"instagram.insights_how:instagram_u1": SEPARATE},
        refusal=GRAPH_REFUSAL,
        unlisted=GRAPH_UNLISTED,
        tokens=Tokens("a", expires_at=NOW + HOUR, extra={"obtained_at": NOW - 2 * 86_400}),
        next_page={
            "data": [{"id": "1"}],
            "paging": {"cursors": {"after": "p"}, "next": "https://graph.instagram.com/?after=p"},
        },
        stuck="after=p",
    ),
    "threads": Played(
        token={
            "/oauth/access_token": {"access_token": "new", "user_id": 1},
            "/refresh_access_token": DIRECT_TOKEN,
        },
        profile={"/me": {"id": "u1", "username": "kiln"}},
        works={"/u1/threads": {"data": [{"id": "1", "media_type": "TEXT_POST"}]}},
        statistics={"/1/insights": INSIGHTS},
        detail={"/1": {"id": "1", "media_type": "TEXT_POST"}},
        account_figures={"/me": {"id": "u1", "username": "kiln"}},
        work_figures={"/1": {"id": "1", "media_type": "TEXT_POST"}},
        values={"/location_search": {"data": [{"id": "1", "name": "Pier Seven"}]}},
        other={"/me/threads_insights": {"data": []}},
        refusal=GRAPH_REFUSAL,
        unlisted=GRAPH_UNLISTED,
        tokens=Tokens("a", expires_at=NOW + HOUR, extra={"obtained_at": NOW - 2 * 86_400}),
        next_page={
            "data": [{"id": "1"}],
            "paging": {"cursors": {"after": "p"}, "next": "https://graph.threads.net/?after=p"},
        },
        stuck="after=p",
    ),
    "pinterest": Played(
        token={"/oauth/token": {"access_token": "new", "refresh_token": "r2"}},
        revoke={"/oauth/token/revoke": {}},
        profile={"/user_account": {"id": "u1", "username": "kiln"}},
        works={"/pins": {"items": [{"id": "1"}], "bookmark": None}},
        detail={"/pins/1": {"id": "1"}},
        work_figures={"/pins/1": {"id": "1"}},
        account_figures={"/user_account": {"id": "u1", "username": "kiln"}},
        other={"/analytics": {"all": {}}},
        values={"/boards": {"items": [{"id": "1", "name": "Bowls"}], "bookmark": None}},
        refusal={"code": 2, "message": "Authentication failed."},
        unlisted={"code": 99999, "message": "odd"},
        next_page={"items": [{"id": "1"}], "bookmark": "p"},
        stuck="25.p",
    ),
    "linkedin": Played(
        token={"/accessToken": {"access_token": "new", "expires_in": 5183999}},
        revoke={"/oauth/v2/revoke": {}},
        profile={"/v2/me": {"id": "u1", "localizedFirstName": "Ida"}},
        probe={"/introspectToken": {"active": True}},
        works={"/rest/posts": {"elements": [{"id": "urn:li:share:1"}], "paging": {"links": []}}},
        statistics={"ShareStatistics": {"elements": []}},
        detail={"/rest/posts/urn%3Ali%3Ashare%3A1": LINKEDIN_POST},
        account_figures={"/networkSizes/urn%3Ali%3Aorganization%3A1": {"firstDegreeSize": 5}},
        work_figures={"/rest/posts/urn%3Ali%3Ashare%3A1": LINKEDIN_POST},
        work_id="urn:li:share:1",
        comments={"/comments": {"elements": [{"commentUrn": "urn:li:comment:(x,1)"}]}},
        commented="urn:li:share:1",
        other={"/organizationAcls": {"elements": []}},
        refusal={
            "status": 401,
            "serviceErrorCode": 65602,
            "code": "EXPIRED_ACCESS_TOKEN",
            "message": "expired",
        },
        unlisted={"status": 400, "serviceErrorCode": 1, "code": "ODD", "message": "odd"},
        uid="urn:li:organization:1",
        account={"facts": {"role": "ADMINISTRATOR"}},
    ),
    "google_business": Played(
        token={"oauth2.googleapis.com/token": GOOGLE_TOKEN},
        revoke={"oauth2.googleapis.com/revoke": {}},
        profile={"/v1/accounts": {"accounts": [{"name": "accounts/1"}]}},
        works={"/localPosts": {"localPosts": [{"name": "accounts/1/locations/u1/localPosts/1"}]}},
        detail={"/localPosts/1": {"name": "accounts/1/locations/u1/localPosts/1"}},
        account_figures={":fetchMultiDailyMetricsTimeSeries": {"multiDailyMetricTimeSeries": [{}]}},
        other={"/locations": {"locations": [{"name": "locations/u1", "title": "Kiln"}]}},
        refusal=google_error(401, "UNAUTHENTICATED"),
        unlisted=google_error(400, "ODD"),
        account={"facts": {"account": "accounts/1"}},
        next_page={"localPosts": [{"name": "a/1"}], "nextPageToken": "p"},
        stuck="p",
    ),
}


@dataclass
class Play:
    """Sends nothing: answers as the platform would, and as `spoilt` says at one endpoint."""

    played: Played
    spoilt: Mapping[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    spoilt_calls: int = 0

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        path = call.url.partition("?")[0]
        for where, reply in self.spoilt.items():
            if path.endswith(where):
                self.spoilt_calls += 1
                return reply
        for where, body in self.played.answers().items():
            if path.endswith(where):
                return answer(body)
        raise AssertionError(f"unexpected {call.method} {path}")


class Ticketed(InMemoryState):
    """Shared state with the ticket that WeChat pushes."""

    async def get(self, name: str) -> StoredValue | None:
        if name == "verify_ticket":
            return StoredValue("ticket", NOW + HOUR, 1)
        return await super().get(name)


def client_of(platform: str, send: Play) -> PlatformClient:
    connector, played = CONNECTORS[Platform(platform)], PLAYED[platform]
    client = client_for(connector, send, **played.options)
    client = replace(client, shared_state=Ticketed(client.clock))
    for name, value in played.cache.items():
        client.cache.put(name, value, HOUR)
    return client


def account(platform: str) -> Account:
    played = PLAYED[platform]
    return account_of(Platform(platform), played.uid, **played.account)


def first_page(platform: str, position: str | None = None) -> PageRequest:
    works = CONNECTORS[Platform(platform)].works
    assert works is not None
    return page_of(works.paging, position)


def page_of(paging: Paging, position: str | None = None) -> PageRequest:
    if isinstance(paging, CursorPaging):
        return CursorRequest(limit=paging.default, position=position)
    return NumberRequest(1, paging.default)


async def exchange(platform: str, client: PlatformClient) -> Any:
    auth = CONNECTORS[Platform(platform)].auth
    assert isinstance(auth, OAuth)
    return await auth.exchange(client, {"code": "c", "auth_code": "c"}, "v" * 43)


async def refresh(platform: str, client: PlatformClient) -> Any:
    return await CONNECTORS[Platform(platform)].auth.refresh(client, PLAYED[platform].tokens)


async def profile(platform: str, client: PlatformClient) -> Any:
    connector, tokens = CONNECTORS[Platform(platform)], PLAYED[platform].tokens
    if isinstance(connector.auth, Plugin):
        submission = Submission("u1", "Kiln", None, tokens.access_token)
        return await connector.auth.check_submission(client, submission)
    return await connector.accounts.candidates(client, tokens)


async def probe(platform: str, client: PlatformClient) -> Any:
    auth = CONNECTORS[Platform(platform)].auth
    await auth.probe(client, account(platform), PLAYED[platform].tokens)
    return True


async def revoke(platform: str, client: PlatformClient) -> Any:
    return await CONNECTORS[Platform(platform)].auth.revoke(client, PLAYED[platform].tokens)


async def works(platform: str, client: PlatformClient, position: str | None = None) -> Any:
    connector: Connector = CONNECTORS[Platform(platform)]
    assert connector.works is not None
    return await connector.works.fetch_page(
        client, account(platform), PLAYED[platform].tokens, first_page(platform, position)
    )


async def detail(platform: str, client: PlatformClient) -> Any:
    details = CONNECTORS[Platform(platform)].details
    assert details is not None
    own = PLAYED[platform]
    return await details.fetch(client, account(platform), own.tokens, own.work_id)


async def account_figures(platform: str, client: PlatformClient) -> Any:
    insights = CONNECTORS[Platform(platform)].account_insights
    assert insights is not None
    return await insights.fetch(client, account(platform), PLAYED[platform].tokens, Period())


async def work_figures(platform: str, client: PlatformClient) -> Any:
    insights = CONNECTORS[Platform(platform)].work_insights
    assert insights is not None
    own = PLAYED[platform]
    return await insights.fetch(client, account(platform), own.tokens, own.work_id, Period())


async def values(platform: str, client: PlatformClient) -> Any:
    connector: Connector = CONNECTORS[Platform(platform)]
    assert connector.option_values is not None
    [source] = connector.publishing.option_sources
    tokens = PLAYED[platform].tokens
    return await connector.option_values.fetch(client, account(platform), tokens, source.field, {})


async def comments(platform: str, client: PlatformClient) -> Any:
    engagement = CONNECTORS[Platform(platform)].engagement
    assert engagement is not None
    assert engagement.paging is not None
    own = PLAYED[platform]
    return await engagement.list_comments(
        client,
        account(platform),
        own.tokens,
        Thread(own.commented),
        page_of(engagement.paging),
    )
