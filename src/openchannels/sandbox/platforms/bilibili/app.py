"""哔哩哔哩开放平台: OAuth with `gourl`, signed calls, the list of videos and their numbers.

https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_hex
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.bilibili.archives import (
    FILTERS,
    VIDEO_IDS,
    archive,
    filtered,
    is_public,
)
from openchannels.sandbox.platforms.bilibili.figures import counts, increments
from openchannels.sandbox.platforms.bilibili.publishing import Publishing
from openchannels.sandbox.platforms.bilibili.replies import error_reply, success
from openchannels.sandbox.platforms.bilibili.sections import section_tree
from openchannels.sandbox.platforms.bilibili.signature import Nonces, signature_error
from openchannels.sandbox.platforms.bilibili.webhooks import REALM, open_id
from openchannels.sandbox.short_links import short_link

SCOPES = ("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA")
CODE_SECONDS = 600
ACCESS_SECONDS = 30 * 86_400
DEFAULT_PAGE, MOST_PER_PAGE = 20, 50
_MEMBER = "member.bilibili.com"
_ACCOUNTS = "account.bilibili.com"


def _page(code: str) -> str:
    """The page of the video whose id is the code after its prefix."""
    return f"https://www.bilibili.com/video/{VIDEO_IDS.prefix}{code}?share_source=copy_web"


class Bilibili(Emulator):
    """One account for every person; `empty` has no videos."""

    name = REALM
    work_ids = VIDEO_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._nonces = Nonces()
        self._publishing = Publishing(context, self._require_token)

    def routes(self) -> list[Route]:
        """Consent pages, token endpoints, signed calls, images, publishing."""
        tokens = "/x/account-oauth2/v1"
        return [
            Route("GET", _ACCOUNTS, "/pc/account-pc/auth/oauth", self.authorize),
            Route("GET", _ACCOUNTS, "/h5/account-h5/auth/oauth", self.authorize),
            Route("POST", "api.bilibili.com", f"{tokens}/token", self.token),
            Route("POST", "api.bilibili.com", f"{tokens}/refresh_token", self.refresh),
            Route("GET", _MEMBER, "/arcopen/fn/user/account/info", self.info),
            Route("GET", _MEMBER, "/arcopen/fn/user/account/scopes", self.scopes),
            Route("GET", _MEMBER, "/arcopen/fn/data/user/stat", self.user_stat),
            Route("GET", _MEMBER, "/arcopen/fn/archive/viewlist", self.view_list),
            Route("GET", _MEMBER, "/arcopen/fn/archive/view", self.view),
            Route("GET", _MEMBER, "/arcopen/fn/archive/type/list", self.type_list),
            Route("GET", _MEMBER, "/arcopen/fn/data/arc/stat", self.archive_stat),
            Route("GET", _MEMBER, "/arcopen/fn/data/arc/inc-stats", self.increments),
            Route("GET", "i0.hdslb.com", "/bfs/archive/{file}", cover),
            Route("GET", "i2.hdslb.com", "/bfs/face/{file}", avatar),
            short_link("b23.tv", "/{code}", _page),
            *self._publishing.routes(),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; a denial redirects with `state` alone."""
        client_id, gourl = request.query.get("client_id"), request.query.get("gourl")
        if not client_id:
            return problem(request, "bilibili", "122000", "client_id 不能为空")
        if not is_web_address(gourl):
            return problem(request, "bilibili", "4000", "gourl 不合法或不在应用回调域内")
        decision = decide(request, "bilibili", client_id, SCOPES)
        if not decision.approved:
            return Reply.redirect(gourl, request.state)
        code = random_hex()
        new = NewGrant(self.realm, decision.person, client_id, gourl, SCOPES, decision.scopes)
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(gourl, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange; parameters are read from the query or the form."""
        self._check_client(request, "authorization_code")
        try:
            grant = self.grants.redeem(request.parameter("code"), request.parameter("client_id"))
        except CodeRefused:
            return error_reply(122002, "code未找到")
        return self._pair(grant, request.now)

    def refresh(self, request: Request) -> Reply:
        """A new pair for a refresh token, which works once."""
        self._check_client(request, "refresh_token")
        value = request.parameter("refresh_token")
        token = self.grants.live_token(value, request.now, "refresh")
        if token is None:
            return error_reply(122007, "refresh_token 不合法")
        if token.grant.client_id != request.parameter("client_id"):
            return error_reply(122008, "应用 id 不一致")
        if not self.grants.spend(token):
            return error_reply(122007, "refresh_token 不合法")
        return self._pair(token.grant, request.now)

    def _check_client(self, request: Request, grant_type: str) -> None:
        client_id = request.parameter("client_id")
        if not client_id:
            raise EarlyReply(error_reply(122000, "client_id 不存在"))
        if not self.grants.check_secret(self.realm, client_id, request.parameter("client_secret")):
            raise EarlyReply(error_reply(122001, "client_secret 错误"))
        if request.parameter("grant_type") != grant_type:
            raise EarlyReply(error_reply(4000, "grant_type 不合法"))

    def _pair(self, grant: Grant, now: float) -> Reply:
        access = self.grants.issue(grant, "access", random_hex(), ACCESS_SECONDS)
        refresh = self.grants.issue(grant, "refresh", random_hex(), ACCESS_SECONDS)
        # bilibili's `expires_in` is a time, not a duration.
        data = {"access_token": access, "refresh_token": refresh}
        return success(
            {**data, "expires_in": int(now) + ACCESS_SECONDS, "scopes": list(grant.scopes)}
        )

    def _require_token(self, request: Request, scope: str | None = None) -> Token:
        client_id = request.headers.get("x-bili-accesskeyid", "")
        secret = self.grants.secret_of(self.realm, client_id)
        error = signature_error(request, secret, self._nonces)
        if error:
            raise EarlyReply(error_reply(*error))
        value = request.headers.get("access-token", "")
        if not value:
            raise EarlyReply(error_reply(127000, "缺少鉴权参数"))
        token = self.grants.live_token(value, request.now, "access")
        if token is None:
            raise EarlyReply(error_reply(127001, "access_token 校验失败"))
        if token.grant.client_id != client_id:
            raise EarlyReply(error_reply(127004, "client_id 不一致"))
        if scope and scope not in token.grant.scopes:
            raise EarlyReply(error_reply(127011, "用户未授权该权限"))
        return token

    def info(self, request: Request) -> Reply:
        """Name, avatar and the openid, which is another one for each app."""
        token = self._require_token(request, "USER_INFO")
        person = token.grant.person
        face = f"https://i2.hdslb.com/bfs/face/{hexadecimal(16, 'bilibili face', person)}.jpg"
        openid = open_id(person, token.grant.client_id)
        name = self.creator(person).pick("brand", sample_text.BRANDS_ZH)
        return success({"name": name, "face": face, "openid": openid})

    def scopes(self, request: Request) -> Reply:
        """The granted scopes."""
        token = self._require_token(request)
        openid = open_id(token.grant.person, token.grant.client_id)
        return success({"openid": openid, "scopes": list(token.grant.scopes)})

    def user_stat(self, request: Request) -> Reply:
        """Followers, followed accounts and published videos; some accounts get numbers as text."""
        token = self._require_token(request, "USER_DATA")
        series, creator = self.series(token.grant.person), self.creator(token.grant.person)
        shown = {
            "following": creator.number("following", 5, 900),
            "follower": creator.growing_count("fans", 200, 90_000, request.now),
            "arc_passed_total": filtered(series, FILTERS["pubed"], 0, 0, request.now)[1],
        }
        return success(_as_sent(creator, shown))

    def view_list(self, request: Request) -> Reply:
        """A page of videos, newest first; past the end it is empty."""
        token = self._require_token(request, "ARC_BASE")
        number = request.query.integer("pn", 1)
        size = request.query.integer("ps", DEFAULT_PAGE)
        status = request.query.get("status", "all").lower()
        if not number or number < 1 or not size or not 1 <= size <= MOST_PER_PAGE:
            return error_reply(4000, "pn 或 ps 超出范围")
        if status not in FILTERS:
            return error_reply(4000, "status 不合法")
        series = self.series(token.grant.person)
        works, total = filtered(series, FILTERS[status], (number - 1) * size, size, request.now)
        page = {"pn": number, "ps": size, "total": total}
        return success({"list": [archive(work, request.now) for work in works], "page": page})

    def view(self, request: Request) -> Reply:
        """One video by its id."""
        token = self._require_token(request, "ARC_BASE")
        return success(archive(self._work(token, request), request.now))

    def type_list(self, request: Request) -> Reply:
        """The sections that a video may be put into."""
        self._require_token(request, "ARC_BASE")
        return success(section_tree())

    def archive_stat(self, request: Request) -> Reply:
        """The numbers of one published video."""
        token = self._require_token(request, "ARC_DATA")
        work = self._work(token, request)
        if not is_public(work, request.now):
            return error_reply(123004, "稿件不存在")
        head = {"title": work.title_zh(), "ptime": work.created}
        return success(head | counts(work, request.now))

    def increments(self, request: Request) -> Reply:
        """By how much the numbers of all published videos grew within 30 days."""
        token = self._require_token(request, "ARC_DATA")
        series = self.series(token.grant.person)
        shown = [work for work in series.counted() if is_public(work, request.now)]
        grown = increments(shown, request.now)
        return success(_as_sent(series.owner, grown))

    def _work(self, token: Token, request: Request) -> Work:
        """The video that a call asks for. Raises EarlyReply."""
        asked = request.query.get("resource_id")
        if not asked:
            raise EarlyReply(error_reply(4000, "resource_id 不能为空"))
        series = self.series(token.grant.person)
        index = self.work_index(series, asked)
        if index is None:
            raise EarlyReply(error_reply(123004, "稿件不存在"))
        work = series.work_at(index)
        if work is None:
            raise EarlyReply(error_reply(123005, "稿件已被删除"))
        return work

    def describe(self, person: str) -> dict[str, Any]:
        """The name, the openid for the sandbox's own client, the number of videos."""
        series = self.series(person)
        return {
            "person": person,
            "openid": open_id(person, "sandbox-bilibili"),
            "openidFor": "sandbox-bilibili",
            "name": series.owner.pick("brand", sample_text.BRANDS_ZH),
            "works": series.total,
        }

    def credentials(self, request: Request) -> list[str]:
        """Those of the parameters, and the header `access-token`."""
        return [request.headers.get("access-token", ""), *super().credentials(request)]

    def rate_limited(self, request: Request) -> Reply:
        """127009: the number of calls reached its limit."""
        return error_reply(127009, "请求次数达到上限")

    def dead_grant(self, request: Request) -> Reply:
        """122007 in a refresh, 127001 on a call."""
        if request.host == "api.bilibili.com":
            return error_reply(122007, "refresh_token 不合法")
        return error_reply(127001, "access_token 校验失败")

    def missing_scope(self, request: Request) -> Reply:
        """127011: the person did not grant it."""
        return error_reply(127011, "用户未授权该权限")

    def server_error(self, request: Request) -> Reply:
        """-500 under HTTP 500."""
        return error_reply(-500, "服务器错误", 500)

    def not_found(self, request: Request) -> Reply:
        """-404."""
        return error_reply(-404, "啥都木有", 404)


def _as_sent(creator: Creator, numbers: Mapping[str, int]) -> dict[str, int | str]:
    """Numbers of an account as the platform writes them: as text for every fourth account."""
    texts = creator.number("texts", 0, 3) == 0
    return {name: str(count) if texts else count for name, count in numbers.items()}
