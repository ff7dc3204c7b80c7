"""抖音开放平台: a website app's calls and a mini-app's, which share persons and works only.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi
"""

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from openchannels.sandbox.dataset import Creator, Series, World
from openchannels.sandbox.emulator import ControlCall, Platform
from openchannels.sandbox.grants import Grant, Grants, Token
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.pictures import avatar, cover
from openchannels.sandbox.platforms.douyin.answers import (
    gateway,
    granted,
    listed,
    nested,
    refused,
    sent,
)
from openchannels.sandbox.platforms.douyin.login import HOST, REALM, TRIAL_HOST, Login, open_id
from openchannels.sandbox.platforms.douyin.miniapp import MiniApp, profile
from openchannels.sandbox.platforms.douyin.videos import index_of, is_shown, item, page, video_id
from openchannels.sandbox.webhooks_out import Letter, Outbox

DEFAULT_PAGE, MOST_PER_PAGE = 10, 20
FANS_DAYS = (7, 15, 30)
CHINA = timezone(timedelta(hours=8))


class Douyin(Platform):
    """One account for every person; `empty` has no videos, `gaps` pages without any."""

    name = REALM

    def __init__(self, world: World, grants: Grants, outbox: Outbox) -> None:
        super().__init__(world, grants)
        self._outbox = outbox
        self._login = Login(grants)
        self._miniapp = MiniApp(grants, outbox)

    def routes(self) -> list[Route]:
        """Login, profile, followers, videos, then what only a mini-app calls."""
        routes = self._login.routes() + self._miniapp.routes()
        for host in (HOST, TRIAL_HOST):
            routes += [
                Route("POST", host, "/oauth/userinfo/", self.user_info),
                Route("GET", host, "/data/external/user/fans/", self.fans),
                Route("GET", host, "/api/douyin/v1/video/video_list/", self.video_list),
                Route("GET", host, "/video/list/", self.video_list),
                Route("POST", host, "/api/douyin/v1/video/video_data/", self.video_data),
                Route("GET", host, "/api/apps/v1/user/get_fans/", self.miniapp_fans),
                Route("POST", host, "/api/apps/v1/video/query/", self.miniapp_videos),
            ]
        return [
            *routes,
            Route("GET", "p3.douyinpic.com", "/aweme/100x100/aweme-avatar/{file}", avatar),
            Route("GET", "p3-sign.douyinpic.com", "/obj/{file}", cover),
        ]

    def controls(self) -> list[ControlCall]:
        """The phone that scans a mini-app's code."""
        return self._miniapp.controls()

    def taken_back(self, grants: list[Grant]) -> None:
        """The webhook `unauthorize`, to each app once."""
        to = self._outbox.webhook(self.name)
        if to is None:
            return
        for app, person in {(grant.client_id, grant.person) for grant in grants}:
            told = {
                "event": "unauthorize",
                "client_key": app,
                "from_user_id": open_id(person, app),
                "to_user_id": "",
                "content": {},
            }
            body = msgspec.json.encode(told)
            secret = self.grants.secret_of(self.realm, app) or ""
            mark = hashlib.sha1(secret.encode() + body).hexdigest()  # noqa: S324
            headers = {"Content-Type": "application/json", "X-Douyin-Signature": mark}
            self._outbox.send(Letter(to, body, headers))

    def person_of(self, request: Request) -> str | None:
        """Whose call this is; the body may be JSON."""
        names = ("code", "access_token", "refresh_token")
        people = (self.grants.person_behind(sent(request).get(name)) for name in names)
        return super().person_of(request) or next((one for one in people if one), None)

    def _allowed(self, request: Request, scope: str) -> Token | Reply:
        fields = sent(request)
        value = request.headers.get("access-token", "") or fields.get("access_token")
        token = self.grants.token(value, "access")
        if token is None:
            if request.path.startswith("/api/"):
                return gateway(28001003, "access_token无效")
            return refused(request, 2190002, "access_token无效")
        if token.expired(request.now):
            old = request.path.startswith("/oauth/")
            return refused(request, 10008 if old else 2190008, "access_token过期")
        if token.grant.dead:
            return refused(request, 2190003, "用户未授权该api")
        named = request.query.get("open_id") or fields.get("open_id")
        if named != open_id(token.grant.person, token.grant.client_id):
            return refused(request, 2190015, "access_token与open_id不匹配")
        if scope not in token.grant.scopes and f"{scope}.bind" not in token.grant.scopes:
            return self.missing_scope(request)
        return token

    def _series(self, person: str) -> Series:
        return self.world.series(Creator(REALM, person))

    def user_info(self, request: Request) -> Reply:
        """The profile, directly in `data`."""
        token = self._allowed(request, "user_info")
        if isinstance(token, Reply):
            return token
        person, app = token.grant.person, token.grant.client_id
        empty = dict.fromkeys(("city", "country", "district", "province"), "")
        told = {
            **profile(person),
            "client_key": app,
            "e_account_role": "EAccountM",
            "gender": 0,
            "open_id": open_id(person, app),
            "union_id": hexadecimal(32, "douyin union", person),
        }
        return granted(request, empty | told)

    def fans(self, request: Request) -> Reply:
        """Followers day by day up to yesterday, numbers as text."""
        token = self._allowed(request, "data.external.user")
        if isinstance(token, Reply):
            return token
        rows = _fans(token.grant.person, request)
        if rows is None:
            return refused(request, 2100005, "参数不合法")
        return listed(request, {"result_list": rows})

    def miniapp_fans(self, request: Request) -> Reply:
        """The same for a mini-app, for every second person one level deeper."""
        token = self._allowed(request, "ma.user.data")
        if isinstance(token, Reply):
            return token
        rows = _fans(token.grant.person, request)
        if rows is None:
            return refused(request, 28001007, "参数不合法")
        return nested(request, {"result_list": rows}, deep=_is_deep(token.grant.person))

    def video_list(self, request: Request) -> Reply:
        """The person's works from a cursor on, pinned ones first."""
        token = self._allowed(request, "video.list")
        if isinstance(token, Reply):
            return token
        cursor, count = (
            request.query.integer("cursor", 0),
            request.query.integer("count", DEFAULT_PAGE),
        )
        if cursor is None or cursor < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return refused(request, 2100005, "参数不合法")
        works, after, more = page(self._series(token.grant.person), cursor, count)
        shown = [item(work, request.now) for work in works]
        return listed(request, {"list": shown, "cursor": after, "has_more": more})

    def video_data(self, request: Request) -> Reply:
        """Own works by either id; strangers' are left out."""
        token = self._allowed(request, "video.data")
        if isinstance(token, Reply):
            return token
        items = self._known(request, token.grant.person)
        if items is None:
            return refused(request, 2100005, "参数不合法")
        return listed(request, {"list": items})

    def miniapp_videos(self, request: Request) -> Reply:
        """The same for a mini-app; it has no list."""
        token = self._allowed(request, "ma.video.bind")
        if isinstance(token, Reply):
            return token
        items = self._known(request, token.grant.person)
        if items is None:
            return refused(request, 28001007, "参数不合法")
        return nested(request, {"list": items}, deep=_is_deep(token.grant.person))

    def _known(self, request: Request, person: str) -> list[dict[str, Any]] | None:
        ids = request.json.get("item_ids") or request.json.get("video_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PER_PAGE:
            return None
        series = self._series(person)
        works = [series.at(index_of(series.owner, str(one))) for one in ids]
        return [item(work, request.now) for work in works if work]

    def describe(self, person: str) -> dict[str, Any]:
        """The name, the open id for the sandbox's own client, the number of works listed."""
        series = self._series(person)
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

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """New works on top of those that are not pinned."""
        return None if account else [video_id(w) for w in self._series(person).add(count, now)]

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Works deleted by their author."""
        series = self._series(person)
        return None if account else series.remove(ids, lambda one: index_of(series.owner, one))

    def rate_limited(self, request: Request) -> Reply:
        """10020 of the token endpoints, else 2190001."""
        if request.path.startswith("/oauth/"):
            return refused(request, 10020, "请求过于频繁")
        return refused(request, 2190001, "quota已用完")

    def dead_grant(self, request: Request) -> Reply:
        """10010 in a refresh, 2190003 on a call."""
        if request.path in ("/oauth/refresh_token/", "/oauth/renew_refresh_token/"):
            return refused(request, 10010, "refresh_token无效或过期")
        return refused(request, 2190003, "用户未授权该api")

    def missing_scope(self, request: Request) -> Reply:
        """10004: the scope was not granted."""
        return refused(request, 10004, "权限不足")

    def server_error(self, request: Request) -> Reply:
        """2100004 under HTTP 200."""
        return refused(request, 2100004, "系统繁忙，请稍候再试")


def _is_deep(person: str) -> bool:
    return Creator(REALM, person).number("deep", 0, 1) == 1


def _fans(person: str, request: Request) -> list[dict[str, str]] | None:
    """A row for each day asked for, the last one yesterday; None for a wrong number of days."""
    days = request.query.integer("date_type", FANS_DAYS[0])
    if days not in FANS_DAYS:
        return None
    creator = Creator(REALM, person)
    today = datetime.fromtimestamp(request.now, CHINA).replace(hour=0, minute=0, second=0)
    rows = []
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        fans, before = (
            creator.growing("fans", 200, 90_000, moment.timestamp())
            for moment in (day, day - timedelta(days=1))
        )
        rows.append(
            {"date": f"{day:%Y-%m-%d}", "new_fans": str(fans - before), "total_fans": str(fans)}
        )
    return rows
