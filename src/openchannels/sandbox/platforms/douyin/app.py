"""抖音开放平台: the calls of a website app and of a mini-app, which share persons and works.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi
"""

from typing import Any

from openchannels.sandbox.dataset import Series
from openchannels.sandbox.emulator import Context, ControlCall, Emulator
from openchannels.sandbox.grants import Grant, Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.douyin.comments import ItemComments
from openchannels.sandbox.platforms.douyin.figures import (
    DAYS,
    FEWER_DAYS,
    KINDS,
    RECENT_SECONDS,
    account_rows,
    days_of,
    fans,
    work_base,
    work_rows,
)
from openchannels.sandbox.platforms.douyin.login import HOST, REALM, TRIAL_HOST, Login, open_id
from openchannels.sandbox.platforms.douyin.miniapp import MiniApp, is_deep, profile
from openchannels.sandbox.platforms.douyin.phone import Phone
from openchannels.sandbox.platforms.douyin.publishing import Publishing
from openchannels.sandbox.platforms.douyin.replies import (
    data_reply,
    error_reply,
    gateway_reply,
    invalid_parameters,
    miniapp_reply,
    token_reply,
)
from openchannels.sandbox.platforms.douyin.share import Share
from openchannels.sandbox.platforms.douyin.videos import VIDEO_IDS, index_of, is_shown, item, page
from openchannels.sandbox.platforms.douyin.webhooks import Webhooks
from openchannels.sandbox.short_links import number_of, short_link

DEFAULT_PAGE, MOST_PER_PAGE = 10, 20


def _page(code: str) -> str:
    return f"https://www.iesdouyin.com/share/video/{number_of(code)}/?region=CN&from_ssr=1"


class Douyin(Emulator):
    """One account for every person; `empty` has no videos, `gaps` has empty pages."""

    name = REALM
    work_ids = VIDEO_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._login = Login(context.grants)
        self._miniapp = MiniApp(context)
        self._share = Share(context)
        self._phone = Phone(context, self._share)
        self._publishing = Publishing(context, self._require_token)
        self._comments = ItemComments(self, self._require_token)
        self._webhooks = Webhooks(context)

    def routes(self) -> list[Route]:
        """Login, profile, followers, videos, comments, publishing, the calls of a mini-app."""
        routes = self._login.routes() + self._miniapp.routes()
        for host in (HOST, TRIAL_HOST):
            routes += [
                Route("POST", host, "/oauth/userinfo/", self.user_info),
                Route("GET", host, "/data/external/user/{kind}/", self.account_figures),
                Route("GET", host, "/data/external/item/{kind}/", self.work_figures),
                Route("GET", host, "/api/douyin/v1/video/video_list/", self.video_list),
                Route("GET", host, "/video/list/", self.video_list),
                Route("POST", host, "/api/douyin/v1/video/video_data/", self.video_data),
                Route("GET", host, "/api/apps/v1/user/get_fans/", self.miniapp_fans),
                Route("POST", host, "/api/apps/v1/video/query/", self.miniapp_videos),
            ]
        return [
            *routes,
            *self._share.routes(),
            *self._publishing.routes(),
            *self._comments.routes(),
            Route("GET", "p3.douyinpic.com", "/aweme/100x100/aweme-avatar/{file}", avatar),
            Route("GET", "p3-sign.douyinpic.com", "/obj/{file}", cover),
            short_link("v.douyin.com", "/{code}/", _page, browsers_only=True),
        ]

    def control_calls(self) -> list[ControlCall]:
        """The phone that scans a mini-app's code, or opens a link to publish."""
        return [*self._miniapp.control_calls(), *self._phone.control_calls()]

    def on_revoked(self, grants: list[Grant]) -> None:
        """Send the webhook `unauthorize` to each app once."""
        url = self._webhooks.url
        if url is None:
            return
        for app, person in {(grant.client_id, grant.person) for grant in grants}:
            event = self._webhooks.event(url, app, person, "unauthorize", {})
            self.context.webhooks.deliver_in_background(event)

    def credentials(self, request: Request) -> list[str]:
        """Those of the parameters, and the header `access-token`."""
        return [request.headers.get("access-token", ""), *super().credentials(request)]

    def _require_token(self, request: Request, scope: str) -> Token:
        fields = request.form
        value = request.headers.get("access-token", "") or fields.get("access_token")
        token = self.grants.token(value, "access")
        if token is None:
            if request.path.startswith("/api/"):
                raise EarlyReply(gateway_reply(28001003, "access_token无效"))
            raise EarlyReply(error_reply(request, 2190002, "access_token无效"))
        if token.expired(request.now):
            old = request.path.startswith("/oauth/")
            raise EarlyReply(error_reply(request, 10008 if old else 2190008, "access_token过期"))
        if token.grant.dead:
            raise EarlyReply(error_reply(request, 2190003, "用户未授权该api"))
        named = request.query.get("open_id") or fields.get("open_id")
        if named != open_id(token.grant.person, token.grant.client_id):
            raise EarlyReply(error_reply(request, 2190015, "access_token与open_id不匹配"))
        if scope not in token.grant.scopes and f"{scope}.bind" not in token.grant.scopes:
            raise EarlyReply(self.missing_scope(request))
        return token

    def user_info(self, request: Request) -> Reply:
        """The profile."""
        token = self._require_token(request, "user_info")
        person, app = token.grant.person, token.grant.client_id
        empty = dict.fromkeys(("city", "country", "district", "province"), "")
        user = {
            **profile(person),
            "client_key": app,
            "e_account_role": "EAccountM",
            "gender": 0,
            "open_id": open_id(person, app),
            "union_id": hexadecimal(32, "douyin union", person),
        }
        return token_reply(empty | user)

    def account_figures(self, request: Request) -> Reply:
        """One kind of figures of the account, day by day up to yesterday."""
        kind = request.params["kind"]
        if kind not in ("item", "fans", "like", "comment", "share", "profile"):
            return self.not_found(request)
        token = self._require_token(request, "data.external.user")
        days = days_of(request, DAYS)
        rows = account_rows(kind, self.series(token.grant.person), days)
        return data_reply(request, {"result_list": rows})

    def work_figures(self, request: Request) -> Reply:
        """One kind of figures of a work of the last 30 days.

        It is not known how older ones are answered: `mara` is refused, others get nothing.
        """
        kind = request.params["kind"]
        if kind != "base" and kind not in KINDS:
            return self.not_found(request)
        token = self._require_token(request, "data.external.item")
        days = days_of(request, FEWER_DAYS)
        work = self.find_work(self.series(token.grant.person), request.query.get("item_id"))
        if work is None:
            return error_reply(request, 2111007, "获取视频失败")
        recent = work.created >= request.now - RECENT_SECONDS
        if not recent and token.grant.person == "mara":
            return invalid_parameters(request)
        if kind == "base":
            return data_reply(request, {"result": work_base(work, days) if recent else {}})
        return data_reply(request, {"result_list": work_rows(kind, work, days) if recent else []})

    def miniapp_fans(self, request: Request) -> Reply:
        """Followers for a mini-app, one level deeper for every second person."""
        person = self._require_token(request, "ma.user.data").grant.person
        data = {"result_list": fans(self.creator(person), days_of(request, FEWER_DAYS))}
        return miniapp_reply(request, data, deep=is_deep(person))

    def video_list(self, request: Request) -> Reply:
        """The person's works from a cursor on, pinned ones first."""
        token = self._require_token(request, "video.list")
        cursor = request.query.integer("cursor", 0)
        count = request.query.integer("count", DEFAULT_PAGE)
        if cursor is None or cursor < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return invalid_parameters(request)
        works, after, more = page(self.series(token.grant.person), cursor, count)
        items = [item(work, request.now) for work in works]
        return data_reply(request, {"list": items, "cursor": after, "has_more": more})

    def video_data(self, request: Request) -> Reply:
        """The person's own works by either id; other ids are left out."""
        token = self._require_token(request, "video.data")
        return data_reply(request, {"list": self._items(request, token.grant.person)})

    def miniapp_videos(self, request: Request) -> Reply:
        """The same for a mini-app, which has no list."""
        person = self._require_token(request, "ma.video.bind").grant.person
        data = {"list": self._items(request, person)}
        return miniapp_reply(request, data, deep=is_deep(person))

    def _items(self, request: Request, person: str) -> list[dict[str, Any]]:
        ids = request.json.get("item_ids") or request.json.get("video_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PER_PAGE:
            raise EarlyReply(invalid_parameters(request))
        series = self.series(person)
        works = [self.find_work(series, str(one)) for one in ids]
        return [item(work, request.now) for work in works if work]

    def describe(self, person: str) -> dict[str, Any]:
        """The name, the open id for the sandbox's own client, the number of works listed."""
        series = self.series(person)
        total = series.total
        if person == "gaps":
            total = sum(map(is_shown, series.slice(0, total)))
        return {
            "person": person,
            "openId": open_id(person, "sandbox-douyin"),
            "openIdFor": "sandbox-douyin",
            "nickname": profile(person)["nickname"],
            "works": total,
        }

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of a work by either id."""
        return index_of(series.owner, text)

    def rate_limited(self, request: Request) -> Reply:
        """10020 of the token endpoints, else 2190001."""
        if request.path.startswith("/oauth/"):
            return error_reply(request, 10020, "请求过于频繁")
        return error_reply(request, 2190001, "quota已用完")

    def dead_grant(self, request: Request) -> Reply:
        """10010 in a refresh, 2190003 on a call."""
        if request.path in ("/oauth/refresh_token/", "/oauth/renew_refresh_token/"):
            return error_reply(request, 10010, "refresh_token无效或过期")
        return error_reply(request, 2190003, "用户未授权该api")

    def missing_scope(self, request: Request) -> Reply:
        """10004: the scope was not granted."""
        return error_reply(request, 10004, "权限不足")

    def server_error(self, request: Request) -> Reply:
        """2100004 under HTTP 200."""
        return error_reply(request, 2100004, "系统繁忙，请稍候再试")
