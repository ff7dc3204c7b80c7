"""Douyin's web authorization and its token endpoints, which a mini-app's tickets use as well.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission
"""

from typing import Any

from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import Grant, Grants, NewGrant, Refused, Token, fresh
from openchannels.sandbox.http import Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.douyin.answers import granted, refused, sent

REALM = "douyin"
HOST, TRIAL_HOST = "open.douyin.com", "open-sandbox.douyin.com"
CODE_SECONDS = 600
ACCESS_SECONDS = 1_296_000
REFRESH_SECONDS = 2_592_000
MOST_RENEWALS = 5
CLIENT_SECONDS, CLIENT_GRACE_SECONDS = 7_200, 300
MOST_CLIENT_TOKENS = 500
"""Client tokens an app may ask for within the seconds of grace."""


def open_id(person: str, client_key: str) -> str:
    """A person as one app knows them."""
    return "_000" + letters(21, "douyin", client_key, person)


class Login:
    """The consent page and the token endpoints."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def routes(self) -> list[Route]:
        """The page on the ordinary host, the endpoints on the trial host too."""
        routes = [Route("GET", HOST, "/platform/oauth/connect/", self.authorize)]
        for host in (HOST, TRIAL_HOST):
            routes += [
                Route("POST", host, "/oauth/access_token/", self.token),
                Route("POST", host, "/oauth/refresh_token/", self.refresh),
                Route("POST", host, "/oauth/renew_refresh_token/", self.renew),
                Route("POST", host, "/oauth/client_token/", self.client_token),
                Route("POST", host, "/oauth/revoke/", self.revoke),
            ]
        return routes

    def authorize(self, request: Request) -> Reply:
        """The consent step. A scope of `optionalScope` ending in 0 must be ticked to be granted."""
        query = request.query
        client_key, back = query.get("client_key"), query.get("redirect_uri")
        optional = query.get("optionalScope").split(",") if query.get("optionalScope") else []
        ticked = dict(zip(optional[::2], optional[1::2], strict=False))
        scopes = tuple(dict.fromkeys([*query.listed("scope"), *ticked]))
        if not client_key:
            return problem(request, "抖音", "10003", "client_key")
        if not is_web_address(back):
            return problem(request, "抖音", "10006", "redirect_uri")
        if query.get("response_type") != "code" or not scopes:
            return problem(request, "抖音", "10005", "response_type, scope")
        decision = decide(request, "Douyin", client_key, scopes)
        if isinstance(decision, Reply):
            return decision
        state = {"state": query.get("state")} if "state" in query else {}
        if not decision.approved:
            # The documents name no answer to a denial; this is that of Douyin's other products.
            return Reply.redirect(back, {"error_code": "-2", "description": "用户取消", **state})
        allowed = decision.scopes
        if "sandbox_scopes" not in query:
            allowed = tuple(scope for scope in allowed if ticked.get(scope) != "0")
        code = fresh(length=40)
        new = NewGrant(REALM, decision.person, client_key, back, scopes, allowed)
        self._grants.open(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, "scopes": ",".join(allowed), **state})

    def token(self, request: Request) -> Reply:
        """Exchange of a code, or of a mini-app's ticket: single use, ten minutes."""
        fields = sent(request)
        wrong = self._wrong_client(request)
        if wrong:
            return wrong
        if fields.get("grant_type") != "authorization_code" or not fields.get("code"):
            return refused(request, 2100005, "参数不合法")
        try:
            grant = self._grants.redeem(fields.get("code"), fields.get("client_key"))
        except Refused as refusal:
            if refusal.reason == "client":
                return refused(request, 10014, "client_key不匹配")
            return refused(request, 10007, "code过期或无效")
        access = self._grants.issue(grant, "access", fresh("act.", 60), ACCESS_SECONDS)
        refresh = self._grants.issue(grant, "refresh", fresh("rft.", 60), REFRESH_SECONDS)
        return granted(request, _pair(grant, access, refresh, REFRESH_SECONDS))

    def _wrong_client(self, request: Request) -> Reply | None:
        fields = sent(request)
        client_key = fields.get("client_key")
        if not client_key:
            return refused(request, 10003, "client_key错误")
        if not self._grants.secret_fits(REALM, client_key, fields.get("client_secret")):
            return refused(request, 10013, "client_key或client_secret错误")
        return None

    def _renewable(self, request: Request) -> Token | Reply:
        fields = sent(request)
        token = self._grants.token(fields.get("refresh_token"), "refresh")
        if token is None or token.used or token.expired(request.now) or token.grant.dead:
            return refused(request, 10010, "refresh_token无效或过期")
        if token.grant.client_id != fields.get("client_key"):
            return refused(request, 10014, "client_key不匹配")
        return token

    def refresh(self, request: Request) -> Reply:
        """The access token for longer, or a new one after its end; no secret is asked for.

        The refresh token stays and keeps its end. Numbers come as text here.
        """
        if sent(request).get("grant_type") != "refresh_token":
            return refused(request, 2100005, "参数不合法")
        token = self._renewable(request)
        if isinstance(token, Reply):
            return token
        current = self._grants.newest(token.grant, "access")
        if current is not None and not current.expired(request.now):
            self._grants.prolong(current, ACCESS_SECONDS)
            access = current.value
        else:
            value = fresh("act.", 60)
            access = self._grants.issue(token.grant, "access", value, ACCESS_SECONDS)
        left = int((token.expires or request.now) - request.now)
        answer = _pair(token.grant, access, token.value, left)
        numbers = ("expires_in", "refresh_expires_in")
        texts = {name: str(answer[name]) for name in numbers}
        return granted(request, answer | texts | {"error_code": "0"})

    def renew(self, request: Request) -> Reply:
        """A refresh token with thirty days more, five times at most."""
        token = self._renewable(request)
        if isinstance(token, Reply):
            return token
        if "renew_refresh_token" not in token.grant.scopes:
            return refused(request, 10004, "权限不足")
        if self._grants.issued_since(token.grant, "refresh") > MOST_RENEWALS:
            return refused(request, 10020, "refresh_token刷新次数已达上限")
        self._grants.spend(token)
        value = fresh("rft.", 60)
        self._grants.issue(token.grant, "refresh", value, REFRESH_SECONDS)
        return granted(request, {"expires_in": REFRESH_SECONDS, "refresh_token": value})

    def client_token(self, request: Request) -> Reply:
        """A token of the app itself; the one before lives five minutes more."""
        wrong = self._wrong_client(request)
        if wrong:
            return wrong
        fields = sent(request)
        if fields.get("grant_type") != "client_credential":
            return refused(request, 10002, "参数错误")
        app = self._grants.held_by_app(REALM, fields.get("client_key"))
        lately = request.now - CLIENT_GRACE_SECONDS
        if self._grants.issued_since(app, "client", lately) >= MOST_CLIENT_TOKENS:
            return refused(request, 10020, "请求过于频繁")
        self._grants.shorten(app, "client", CLIENT_GRACE_SECONDS)
        value = self._grants.issue(app, "client", fresh("clt.", 60), CLIENT_SECONDS)
        return granted(request, {"access_token": value, "expires_in": CLIENT_SECONDS})

    def revoke(self, request: Request) -> Reply:
        """Ends everything the person granted the app; the documents do not describe it."""
        token = self._grants.token(request.headers.get("access-token", ""), "access")
        if token is None or token.grant.dead:
            return refused(request, 2190002, "access_token无效")
        self._grants.end(REALM, token.grant.person, token.grant.client_id)
        return granted(request, {})


def _pair(grant: Grant, access: str, refresh: str, lasting: int) -> dict[str, Any]:
    return {
        "access_token": access,
        "expires_in": ACCESS_SECONDS,
        "open_id": open_id(grant.person, grant.client_id),
        "refresh_expires_in": lasting,
        "refresh_token": refresh,
        "scope": ",".join(grant.scopes),
    }
