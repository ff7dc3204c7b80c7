"""WeChat's third-party platforms: component tokens, the authorization page, authorizers.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html
"""

from typing import Any
from urllib.parse import urlsplit

from openchannels.sandbox.consent import Choice, decide, person_named, problem, render
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.platforms.wechat.accounts import (
    PERMISSION_SETS,
    Account,
    account_of,
    accounts_of,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.webhooks import COMPONENT_APP_ID, REALM, Webhooks

COMPONENT_SECONDS = 7_200
PRE_AUTH_SECONDS = 1_800
CODE_SECONDS = 600
AUTHORIZER_SECONDS = 7_200
OVERLAP_SECONDS = 300
"""How long an authorizer's token still works after a newer one was issued."""
MOST_LISTED = 500
API = "api.weixin.qq.com"
_KINDS = {"1": (False,), "2": (True,), "3": (False, True)}
"""By `auth_type`: whether official accounts (False) and mini-programs (True) are offered."""


class Component:
    """The calls made with the component's token, and the authorization page."""

    def __init__(self, grants: Grants, webhooks: Webhooks) -> None:
        self._grants = grants
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        """The page at its three addresses, then the calls of the component."""
        calls = {
            "api_start_push_ticket": self.start_push_ticket,
            "api_component_token": self.component_token,
            "api_create_preauthcode": self.pre_auth_code,
            "api_query_auth": self.query_auth,
            "api_authorizer_token": self.authorizer_token,
            "api_get_authorizer_info": self.authorizer_info,
            "api_get_authorizer_list": self.authorizer_list,
        }
        return [
            Route("GET", "mp.weixin.qq.com", "/cgi-bin/componentloginpage", self.authorize),
            Route("GET", "mp.weixin.qq.com", "/safe/bindcomponent", self.authorize),
            Route("GET", "open.weixin.qq.com", "/wxaopen/safe/bindcomponent", self.authorize),
            *(
                Route("*", API, f"/cgi-bin/component/{name}", json_post(call))
                for name, call in calls.items()
            ),
        ]

    def start_push_ticket(self, request: Request) -> Reply:
        """Send a ticket, if this is the sandbox's own component."""
        app, secret = _strings(request, "component_appid", "component_secret")
        if not self._grants.check_secret(REALM, app, secret):
            return error_reply(40125, "invalid appsecret")
        if app == COMPONENT_APP_ID:
            self._webhooks.send_ticket_in_background()
        return Reply.json({"errcode": 0, "errmsg": "ok"})

    def component_token(self, request: Request) -> Reply:
        """The component's token for its secret and a ticket of the last twelve hours."""
        names = ("component_appid", "component_appsecret", "component_verify_ticket")
        app, secret, value = _strings(request, *names)
        if not app:
            return error_reply(40013, "invalid appid")
        if not self._grants.check_secret(REALM, app, secret):
            return error_reply(40125, "invalid appsecret")
        ticket = self._grants.token(value, "ticket")
        if ticket is None or ticket.grant.client_id != app:
            return error_reply(61006, "component ticket is invalid")
        if ticket.expired(request.now):
            return error_reply(61005, "component ticket is expired")
        token = self._grants.issue(
            ticket.grant, "component", random_text("", 110), COMPONENT_SECONDS
        )
        return Reply.json({"component_access_token": token, "expires_in": COMPONENT_SECONDS})

    def _component(self, request: Request) -> Grant:
        """The component's grant. Raises EarlyReply for a wrong token or app id."""
        value = request.query.get("component_access_token") or request.query.get("access_token")
        token = self._grants.token(value, "component")
        if not value:
            raise EarlyReply(error_reply(41001, "access_token missing"))
        if token is None:
            raise EarlyReply(
                error_reply(40001, "invalid credential, access_token is invalid or not latest")
            )
        if token.expired(request.now):
            raise EarlyReply(error_reply(42001, "access_token expired"))
        (app,) = _strings(request, "component_appid")
        if app != token.grant.client_id:
            wrong = (
                error_reply(40013, "invalid appid") if app else error_reply(41002, "appid missing")
            )
            raise EarlyReply(wrong)
        return token.grant

    def pre_auth_code(self, request: Request) -> Reply:
        """A code for one visit to the page."""
        component = self._component(request)
        value = random_text("preauthcode@@@", 60)
        code = self._grants.issue(component, "preauth", value, PRE_AUTH_SECONDS)
        return Reply.json({"pre_auth_code": code, "expires_in": PRE_AUTH_SECONDS})

    def authorize(self, request: Request) -> Reply:
        """The page on which an administrator picks one account for the component."""
        query = request.query
        app, back = query.get("component_appid"), query.get("redirect_uri")
        pre = self._grants.token(query.get("pre_auth_code"), "preauth")
        if pre is None or pre.used or pre.expired(request.now) or pre.grant.client_id != app:
            return problem(request, "WeChat", "61011", "pre_auth_code")
        kinds = _KINDS.get(query.get("auth_type") or "3")
        if not is_web_address(back) or kinds is None:
            return problem(request, "WeChat", "40035", "redirect_uri, auth_type")
        if "sandbox_decision" not in query and not _comes_from(request, back):
            message = "请确认授权入口页所在域名，与授权后回调页所在域名相同"
            return problem(request, "WeChat", "referer", message)
        person, biz = person_named(request), query.get("biz_appid")
        offered = [
            one
            for one in accounts_of(person)
            if (one.app_id == biz if biz else one.is_mini_program in kinds)
        ]
        choices = [Choice(one.app_id, one.name) for one in offered]
        decision = decide(request, "WeChat", app, PERMISSION_SETS, choices)
        if not decision.approved:
            return _cancelled(request)
        wanted = decision.accounts
        chosen = [one for one in offered if wanted is None or one.app_id in wanted]
        if not chosen or not self._grants.spend(pre):
            return problem(request, "WeChat", "61011", "这里没有可授权的账号")
        code = self._grant(chosen[0], pre, back, decision.scopes)
        return Reply.redirect(back, {"auth_code": code, "expires_in": str(CODE_SECONDS)})

    def _grant(self, account: Account, pre: Token, back: str, scopes: tuple[str, ...]) -> str:
        app = pre.grant.client_id
        before = self._known(app, account.app_id)
        code = random_text("queryauthcode@@@", 60)
        detail = {"slot": account.slot}
        new = NewGrant(REALM, account.person, app, back, PERMISSION_SETS, scopes, detail=detail)
        self._grants.open_grant(new, code, CODE_SECONDS)
        self._webhooks.send_event(
            app,
            "updateauthorized" if before else "authorized",
            AuthorizerAppid=account.app_id,
            AuthorizationCode=code,
            AuthorizationCodeExpiredTime=str(CODE_SECONDS),
            PreAuthCode=pre.value,
        )
        return code

    def _known(self, component: str, app_id: str) -> Grant | None:
        """The live grant of an account to a component."""
        token = self._grants.token(f"{component}/{app_id}", "authorized")
        return token.grant if token is not None and not token.grant.dead else None

    def query_auth(self, request: Request) -> Reply:
        """Exchange a code for the tokens of the account."""
        component = self._component(request)
        (code,) = _strings(request, "authorization_code")
        try:
            grant = self._grants.redeem(code, component.client_id)
        except CodeRefused as refusal:
            if refusal.reason in ("used", "expired"):
                return error_reply(61010, "code is expired")
            return error_reply(61009, "code is invalid")
        account = account_of(grant)
        self._grants.issue(grant, "authorized", f"{grant.client_id}/{account.app_id}", None)
        refresh = self._grants.issue(grant, "refresh", random_text("refreshtoken@@@", 43), None)
        info = {"authorizer_appid": account.app_id, **self._tokens(grant, refresh)}
        return Reply.json({"authorization_info": info | {"func_info": _sets(grant)}})

    def _tokens(self, grant: Grant, refresh: str) -> dict[str, Any]:
        self._grants.shorten(grant, "authorizer", OVERLAP_SECONDS)
        value = random_text("", 110)
        return {
            "authorizer_access_token": self._grants.issue(
                grant, "authorizer", value, AUTHORIZER_SECONDS
            ),
            "expires_in": AUTHORIZER_SECONDS,
            "authorizer_refresh_token": refresh,
        }

    def authorizer_token(self, request: Request) -> Reply:
        """A new access token; the refresh token stays valid as long as the authorization."""
        component = self._component(request)
        app_id, value = _strings(request, "authorizer_appid", "authorizer_refresh_token")
        token = self._grants.token(value, "refresh")
        if token is None or token.grant.client_id != component.client_id:
            return error_reply(61023, "refresh_token is invalid")
        if token.grant.dead:
            return error_reply(61003, "component is not authorized by this account")
        if account_of(token.grant).app_id != app_id:
            return error_reply(61023, "refresh_token is invalid")
        return Reply.json(self._tokens(token.grant, value))

    def authorizer_info(self, request: Request) -> Reply:
        """The profile of an account that has authorized the component."""
        component = self._component(request)
        (app_id,) = _strings(request, "authorizer_appid")
        grant = self._known(component.client_id, app_id)
        if grant is None:
            return error_reply(61003, "component is not authorized by this account")
        authorization = {
            "authorizer_appid": app_id,
            "authorizer_refresh_token": self._refresh_token(grant),
            "func_info": _sets(grant),
        }
        info = account_of(grant).profile()
        return Reply.json({"authorizer_info": info, "authorization_info": authorization})

    def _refresh_token(self, grant: Grant) -> str:
        token = self._grants.newest_token(grant, "refresh")
        return token.value if token else ""

    def authorizer_list(self, request: Request) -> Reply:
        """Every account that has authorized the component, with its refresh token."""
        component = self._component(request)
        offset, count = request.json.get("offset"), request.json.get("count")
        if type(offset) is not int or type(count) is not int or not 0 < count <= MOST_LISTED:
            return error_reply(47001, "data format error")
        every = self._grants.tokens_of_client(REALM, component.client_id, "authorized")
        shown = [
            {
                "authorizer_appid": account_of(one.grant).app_id,
                "refresh_token": self._refresh_token(one.grant),
                "auth_time": int(one.grant.created),
            }
            for one in every[max(0, offset) :][:count]
        ]
        return Reply.json({"total_count": len(every), "list": shown})


def _strings(request: Request, *names: str) -> list[str]:
    values = (request.json.get(name) for name in names)
    return [value if isinstance(value, str) else "" for value in values]


def _sets(grant: Grant) -> list[dict[str, Any]]:
    return [{"funcscope_category": {"id": int(one)}} for one in grant.scopes]


def _comes_from(request: Request, back: str) -> bool:
    """Whether the browser comes from a page of the domain that the redirect leads to.

    WeChat compares with the domain registered for the component; here the redirect URI has it.
    """
    try:
        referrer = urlsplit(request.headers.get("referer", "")).hostname
    except ValueError:
        return False
    return referrer is not None and referrer == urlsplit(back).hostname


def _cancelled(request: Request) -> Reply:
    """A page that ends here: the browser is not redirected."""
    return render(
        "problem.html",
        request.language(),
        request,
        platform="WeChat",
        title="已取消授权",
        code="cancel",
        message="Authorization cancelled. As on WeChat, there is no redirect.",
    )
