"""Douyin's web authorization, and the token endpoints, which also exchange a mini-app's tickets.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission
"""

from typing import Any

from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.douyin.replies import (
    error_reply,
    gateway_reply,
    invalid_parameters,
    token_reply,
)

REALM = "douyin"
HOST, TRIAL_HOST = "open.douyin.com", "open-sandbox.douyin.com"
CODE_SECONDS = 600
ACCESS_SECONDS = 1_296_000
REFRESH_SECONDS = 2_592_000
MOST_RENEWALS = 5
CLIENT_SECONDS, CLIENT_GRACE_SECONDS = 7_200, 300
MOST_CLIENT_TOKENS = 500
"""How many client tokens an app may get in `CLIENT_GRACE_SECONDS`."""


def open_id(person: str, client_key: str) -> str:
    """A person's id, another one for each app."""
    return "_000" + letters(21, "douyin", client_key, person)


def app_token(grants: Grants, request: Request) -> Token:
    """The app's own token of a call that acts for nobody. Raises EarlyReply."""
    token = grants.token(request.headers.get("access-token", ""), "client")
    if token is None:
        raise EarlyReply(_refusal(request, 28001003, "access_token无效"))
    if token.expired(request.now):
        raise EarlyReply(_refusal(request, 28001008, "access_token过期"))
    return token


def _refusal(request: Request, code: int, description: str) -> Reply:
    """A refused token, as the gateway or an older call says it."""
    if request.path.startswith("/api/"):
        return gateway_reply(code, description)
    return error_reply(request, code, description)


class Login:
    """The consent page and the token endpoints."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def routes(self) -> list[Route]:
        """The page on the production host, the endpoints, whose final slash matters, on both."""
        routes = [Route("GET", HOST, "/platform/oauth/connect/", self.authorize)]
        for host in (HOST, TRIAL_HOST):
            routes += [
                Route("POST", host, "/oauth/access_token/", self.token, exact=True),
                Route("POST", host, "/oauth/refresh_token/", self.refresh, exact=True),
                Route("POST", host, "/oauth/renew_refresh_token/", self.renew, exact=True),
                Route("POST", host, "/oauth/client_token/", self.client_token, exact=True),
                Route("POST", host, "/oauth/revoke/", self.revoke, exact=True),
            ]
        return routes

    def authorize(self, request: Request) -> Reply:
        """The consent step. `optionalScope` lists scopes with 1 (preselected) or 0 (not)."""
        query = request.query
        client_key, back = query.get("client_key"), query.get("redirect_uri")
        optional = query.get("optionalScope").split(",") if query.get("optionalScope") else []
        ticked = dict(zip(optional[::2], optional[1::2], strict=False))
        scopes = tuple(dict.fromkeys([*query.split_values("scope"), *ticked]))
        if not client_key:
            return problem(request, "抖音", "10003", "client_key")
        if not is_web_address(back):
            return problem(request, "抖音", "10006", "redirect_uri")
        if query.get("response_type") != "code" or not scopes:
            return problem(request, "抖音", "10005", "response_type, scope")
        decision = decide(request, "Douyin", client_key, scopes)
        if not decision.approved:
            # The documents describe no denial; this is the answer of Douyin's other products.
            return Reply.redirect(
                back, {"error_code": "-2", "description": "用户取消", **request.state}
            )
        allowed = decision.scopes
        if "sandbox_scopes" not in query:
            allowed = tuple(scope for scope in allowed if ticked.get(scope) != "0")
        code = random_text(length=40)
        new = NewGrant(REALM, decision.person, client_key, back, scopes, allowed)
        self._grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, "scopes": ",".join(allowed), **request.state})

    def token(self, request: Request) -> Reply:
        """Exchange a code or a mini-app's ticket, which works once within ten minutes."""
        fields = request.form
        self._check_client(request)
        if fields.get("grant_type") != "authorization_code" or not fields.get("code"):
            return invalid_parameters(request)
        try:
            grant = self._grants.redeem(fields.get("code"), fields.get("client_key"))
        except CodeRefused as refusal:
            if refusal.reason == "client":
                return error_reply(request, 10014, "client_key不匹配")
            return error_reply(request, 10007, "code过期或无效")
        access = self._grants.issue(grant, "access", random_text("act.", 60), ACCESS_SECONDS)
        refresh = self._grants.issue(grant, "refresh", random_text("rft.", 60), REFRESH_SECONDS)
        return token_reply(_pair(grant, access, refresh, REFRESH_SECONDS))

    def _check_client(self, request: Request) -> None:
        fields = request.form
        client_key = fields.get("client_key")
        if not client_key:
            raise EarlyReply(error_reply(request, 10003, "client_key错误"))
        if not self._grants.check_secret(REALM, client_key, fields.get("client_secret")):
            raise EarlyReply(error_reply(request, 10013, "client_key或client_secret错误"))

    def _require_refresh_token(self, request: Request) -> Token:
        fields = request.form
        token = self._grants.token(fields.get("refresh_token"), "refresh")
        if token is None or token.used or not token.works(request.now):
            raise EarlyReply(error_reply(request, 10010, "refresh_token无效或过期"))
        if token.grant.client_id != fields.get("client_key"):
            raise EarlyReply(error_reply(request, 10014, "client_key不匹配"))
        return token

    def refresh(self, request: Request) -> Reply:
        """Extend the access token, or issue a new one if it has expired; needs no secret.

        The refresh token and its expiry stay. Numbers are sent as text.
        """
        if request.form.get("grant_type") != "refresh_token":
            return invalid_parameters(request)
        token = self._require_refresh_token(request)
        current = self._grants.newest_token(token.grant, "access")
        if current is not None and not current.expired(request.now):
            self._grants.extend(current, ACCESS_SECONDS)
            access = current.value
        else:
            value = random_text("act.", 60)
            access = self._grants.issue(token.grant, "access", value, ACCESS_SECONDS)
        left = int((token.expires or request.now) - request.now)
        answer = _pair(token.grant, access, token.value, left)
        numbers = ("expires_in", "refresh_expires_in")
        texts = {name: str(answer[name]) for name in numbers}
        return token_reply(answer | texts | {"error_code": "0"})

    def renew(self, request: Request) -> Reply:
        """A new refresh token of thirty days, at most five times."""
        token = self._require_refresh_token(request)
        if "renew_refresh_token" not in token.grant.scopes:
            return error_reply(request, 10004, "权限不足")
        if self._grants.count_issued(token.grant, "refresh") > MOST_RENEWALS:
            return error_reply(request, 10020, "refresh_token刷新次数已达上限")
        self._grants.spend(token)
        value = random_text("rft.", 60)
        self._grants.issue(token.grant, "refresh", value, REFRESH_SECONDS)
        return token_reply({"expires_in": REFRESH_SECONDS, "refresh_token": value})

    def client_token(self, request: Request) -> Reply:
        """A token of the app itself; the previous one works for five more minutes."""
        self._check_client(request)
        fields = request.form
        if fields.get("grant_type") != "client_credential":
            return error_reply(request, 10002, "参数错误")
        app = self._grants.app_grant(REALM, fields.get("client_key"))
        lately = request.now - CLIENT_GRACE_SECONDS
        if self._grants.count_issued(app, "client", lately) >= MOST_CLIENT_TOKENS:
            return error_reply(request, 10020, "请求过于频繁")
        self._grants.shorten(app, "client", CLIENT_GRACE_SECONDS)
        value = self._grants.issue(app, "client", random_text("clt.", 60), CLIENT_SECONDS)
        return token_reply({"access_token": value, "expires_in": CLIENT_SECONDS})

    def revoke(self, request: Request) -> Reply:
        """Revoke the person's grant to the app; the documents do not describe this call."""
        token = self._grants.token(request.headers.get("access-token", ""), "access")
        if token is None or token.grant.dead:
            return error_reply(request, 2190002, "access_token无效")
        self._grants.revoke(REALM, token.grant.person, token.grant.client_id)
        return token_reply({})


def _pair(grant: Grant, access: str, refresh: str, refresh_seconds: int) -> dict[str, Any]:
    return {
        "access_token": access,
        "expires_in": ACCESS_SECONDS,
        "open_id": open_id(grant.person, grant.client_id),
        "refresh_expires_in": refresh_seconds,
        "refresh_token": refresh,
        "scope": ",".join(grant.scopes),
    }
