"""Login at Pinterest: a consent page and continuous refresh.

https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
"""

from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, random_text
from openchannels.sandbox.http import Reply, Request, Route, is_web_address
from openchannels.sandbox.platforms.pinterest.errors import error_reply

REALM = "pinterest"
HOSTS = ("api.pinterest.com", "api-sandbox.pinterest.com")
CODE_SECONDS = 600
ACCESS_SECONDS = 2_592_000
REFRESH_SECONDS = 5_184_000


class Login:
    """The consent page and the token endpoints."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "www.pinterest.com", "/oauth/", self.authorize),
            *(Route("POST", host, "/v5/oauth/token", self.token) for host in HOSTS),
            *(Route("POST", host, "/v5/oauth/token/revoke", self.revoke) for host in HOSTS),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; scopes are separated by commas."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_id or query.get("response_type") != "code" or not scopes:
            return problem(request, "Pinterest", "1", "client_id, response_type or scope")
        if not is_web_address(back):
            message = "does not match any of the registered redirect URIs"
            return problem(request, "Pinterest", "1", message)
        decision = decide(request, "Pinterest", client_id, scopes)
        if not decision.approved:
            return Reply.redirect(back, {"error": "access_denied", **request.state})
        code = random_text(length=40)
        new = NewGrant(REALM, decision.person, client_id, back, scopes, decision.scopes)
        self._grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange and continuous refresh."""
        client_id, secret = request.client()
        if not self._grants.check_secret(REALM, client_id, secret):
            return error_reply(401, 2, "Authentication failed.")
        form = request.form
        if form.get("grant_type") == "authorization_code":
            try:
                code, back = form.get("code"), form.get("redirect_uri")
                grant = self._grants.redeem(code, client_id, back)
            except CodeRefused:
                return error_reply(400, 283, "Invalid authorization code")
            return self._pair(grant, "authorization_code", request.now)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return error_reply(400, 1, "Invalid grant_type")

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self._grants.live_token(value, now, "refresh")
        if token is None or token.used or token.grant.client_id != client_id:
            return error_reply(400, 1, "Invalid refresh token")
        self._grants.spend(token)
        return self._pair(token.grant, "refresh_token", now)

    def _pair(self, grant: Grant, kind: str, now: float) -> Reply:
        return Reply.json(
            {
                "response_type": kind,
                "access_token": self._grants.issue(
                    grant, "access", random_text("pina_"), ACCESS_SECONDS
                ),
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "scope": ",".join(grant.scopes),
                "refresh_token": self._grants.issue(
                    grant, "refresh", random_text("pinr_"), REFRESH_SECONDS
                ),
                "refresh_token_expires_in": REFRESH_SECONDS,
                "refresh_token_expires_at": int(now) + REFRESH_SECONDS,
            }
        )

    def revoke(self, request: Request) -> Reply:
        """403: only tokens of system users may be revoked, which the sandbox never issues."""
        if not self._grants.check_secret(REALM, *request.client()):
            return error_reply(401, 2, "Authentication failed.")
        return error_reply(403, 29, "You are not permitted to access that resource.")
