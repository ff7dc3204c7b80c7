"""The login of Threads and Instagram: a short-lived token, a long-lived one, its extension.

https://developers.facebook.com/docs/threads/get-started/long-lived-tokens and
https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
"""

from typing import Any

from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, is_web_address
from openchannels.sandbox.platforms.meta.graph import GraphError

CODE_SECONDS = 3600
SHORT_SECONDS = 3600
LONG_SECONDS = 5_184_000
OLD_ENOUGH_SECONDS = 86_400
LONG = "long"


class MetaLogin:
    """Consent and tokens; the arguments are what differs between the two platforms."""

    def __init__(
        self, grants: Grants, realm: str, display: str, prefix: str, verb: str, basic_scope: str
    ) -> None:
        self._grants = grants
        self._realm = realm
        self._display = display
        self._prefix = prefix
        self._verb = verb
        self._basic_scope = basic_scope

    def authorize(self, request: Request) -> Reply:
        """The consent step; the basic scope cannot be left out."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_id:
            return problem(request, self._display, "101", "Invalid platform app")
        if not is_web_address(back):
            return problem(request, self._display, "191", "Invalid redirect_uri")
        if query.get("response_type") != "code" or self._basic_scope not in scopes:
            return problem(request, self._display, "100", "Invalid scope or response_type")
        decision = decide(request, self._display, client_id, scopes)
        if not decision.approved:
            denial = {"error": "access_denied", "error_reason": "user_denied"}
            denial["error_description"] = "The user denied your request"
            return Reply.redirect(back, {**denial, **request.state})
        code = random_text("AQB", 120)
        new = NewGrant(self._realm, decision.person, client_id, back, scopes, decision.scopes)
        self._grants.open_grant(new, code, CODE_SECONDS)
        reply = Reply.redirect(back, {"code": code, **request.state})
        reply.headers["location"] += "#_"
        return reply

    def redeem(self, request: Request) -> tuple[Grant, str]:
        """Exchange a code for a grant and its short-lived token. Raises EarlyReply."""
        form, client_id = request.form, self.require_client(request)
        if form.get("grant_type") != "authorization_code":
            raise EarlyReply(_code_error("Invalid grant_type"))
        try:
            grant = self._grants.redeem(form.get("code"), client_id, form.get("redirect_uri"))
        except CodeRefused as refused:
            message = "Matching code was not found or was already used"
            raise EarlyReply(_code_error(message)) from refused
        return grant, self._grants.issue(
            grant, "user", random_text(self._prefix, 150), SHORT_SECONDS
        )

    def require_client(self, request: Request) -> str:
        """The id of the calling app. Raises EarlyReply unless its secret is right."""
        client_id, secret = request.client()
        if not self._grants.check_secret(self._realm, client_id, secret):
            raise EarlyReply(_code_error("Error validating client secret."))
        return client_id

    def exchange(self, request: Request) -> Reply:
        """Exchange a short-lived token for one of sixty days."""
        if request.query.get("grant_type") != f"{self._verb}_exchange_token":
            raise GraphError(100, "Invalid grant_type")
        token = self.require_token(request)
        secret = request.query.get("client_secret")
        if not self._grants.check_secret(self._realm, token.grant.client_id, secret):
            raise GraphError(1, "Error validating client secret.")
        if token.account == LONG:
            raise GraphError(100, "The access token is already long-lived.")
        value = self._grants.issue(
            token.grant, "user", random_text(self._prefix, 170), LONG_SECONDS, LONG
        )
        return _long_lived(value)

    def extend(self, request: Request) -> Reply:
        """Extend a live long-lived token by sixty days, if it is at least a day old."""
        if request.query.get("grant_type") != f"{self._verb}_refresh_token":
            raise GraphError(100, "Invalid grant_type")
        token = self.require_token(request)
        if token.account != LONG:
            raise GraphError(100, "Only long-lived access tokens can be refreshed.")
        if request.now - token.issued < OLD_ENOUGH_SECONDS:
            raise GraphError(100, "The access token is less than 24 hours old.")
        if self._basic_scope not in token.grant.scopes:
            raise GraphError(10, f"This action requires the {self._basic_scope} permission.")
        value = self._grants.issue(
            token.grant, "user", random_text(self._prefix, 170), LONG_SECONDS, LONG
        )
        return _long_lived(value)

    def require_token(self, request: Request, scope: str | None = None) -> Token:
        """The call's token. Raises GraphError 190, or 10 where a scope is missing."""
        token = self._grants.token(request.access_token, "user")
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if token.grant.dead:
            what = "Error validating access token: The user has not authorized application."
            raise GraphError(190, what, 458)
        if token.expired(request.now):
            raise GraphError(190, "Error validating access token: Session has expired.", 463)
        if scope is not None and scope not in token.grant.scopes:
            raise GraphError(10, f"This action requires the {scope} permission.", http=403)
        return token


def _code_error(message: str) -> Reply:
    """An error of the code exchange, which is not shaped like other errors."""
    error = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return Reply.json(error, 400)


def _long_lived(value: str) -> Reply:
    answer: dict[str, Any] = {"access_token": value, "token_type": "bearer"}
    return Reply.json({**answer, "expires_in": LONG_SECONDS})
