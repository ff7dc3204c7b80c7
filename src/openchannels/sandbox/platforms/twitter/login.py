"""Login at X: OAuth 2 with PKCE, a code of thirty seconds and rotating refresh tokens.

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, random_text
from openchannels.sandbox.http import Reply, Request, Route, is_web_address
from openchannels.sandbox.oauth import oauth_error

REALM = "twitter"
HOSTS = ("api.x.com", "api.twitter.com")
CODE_SECONDS = 30
ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 15_552_000


class Login:
    """The consent page and the token endpoints on both names of X."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "x.com", "/i/oauth2/authorize", self.authorize),
            Route("GET", "twitter.com", "/i/oauth2/authorize", self.authorize),
            *(Route("POST", host, "/2/oauth2/token", self.token) for host in HOSTS),
            *(Route("POST", host, "/2/oauth2/revoke", self.revoke) for host in HOSTS),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; state and PKCE are required."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.get("scope").split(" "))
        complete = query.get("response_type") == "code" and 0 < len(query.get("state")) <= 500
        if not client_id or not is_web_address(back) or not complete or not scopes[0]:
            return problem(request, "X", "400", "Something went wrong")
        if not query.get("code_challenge"):
            return problem(request, "X", "400", "code_challenge is required")
        if query.get("code_challenge_method").lower() not in ("", "plain", "s256"):
            return problem(request, "X", "400", "code_challenge_method is invalid")
        decision = decide(request, "X", client_id, scopes)
        if not decision.approved:
            return Reply.redirect(back, {"error": "access_denied", **request.state})
        code = random_text(length=90)
        new = NewGrant(
            REALM,
            decision.person,
            client_id,
            back,
            scopes,
            decision.scopes,
            query.get("code_challenge"),
            query.get("code_challenge_method"),
        )
        self._grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {**request.state, "code": code})

    def token(self, request: Request) -> Reply:
        """Code exchange within thirty seconds, and rotating refresh."""
        client_id = self._client(request)
        if client_id is None:
            return oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        form = request.form
        if form.get("grant_type") == "authorization_code":
            return self._redeem(request, client_id)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return oauth_error(400, "unsupported_grant_type", "Value passed for grant_type")

    def _client(self, request: Request) -> str | None:
        """The calling app, or None if its secret is wrong; one without a secret is public."""
        client_id, secret = request.client()
        if client_id and not secret and self._grants.secret_of(REALM, client_id) is None:
            return client_id
        fits = self._grants.check_secret(REALM, client_id, secret)
        return client_id if fits else None

    def _redeem(self, request: Request, client_id: str) -> Reply:
        form = request.form
        try:
            grant = self._grants.redeem(
                form.get("code"), client_id, form.get("redirect_uri"), form.get("code_verifier")
            )
        except CodeRefused as refusal:
            message = "Value passed for the authorization code was invalid."
            if refusal.reason == "verifier":
                message = "Value passed for the code verifier did not match the code challenge."
            return oauth_error(400, "invalid_request", message)
        return self._pair(grant)

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self._grants.token(value, "refresh")
        wrong = oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
        if token is None or token.grant.client_id != client_id or not token.works(now):
            return wrong
        if not self._grants.spend(token):
            return wrong
        return self._pair(token.grant)

    def _pair(self, grant: Grant) -> Reply:
        answer = {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": self._grants.issue(
                grant, "access", random_text(length=90), ACCESS_SECONDS
            ),
            "scope": " ".join(grant.scopes),
        }
        if "offline.access" in grant.scopes:
            refresh = self._grants.issue(grant, "refresh", random_text(length=90), REFRESH_SECONDS)
            answer["refresh_token"] = refresh
        return Reply.json(answer)

    def revoke(self, request: Request) -> Reply:
        """Revoke the grant by any of its tokens."""
        client_id = self._client(request)
        if client_id is None:
            return oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        if not request.form.get("token"):
            return oauth_error(400, "invalid_request", "Missing required parameter [token].")
        token = self._grants.token(request.form.get("token"), "access", "refresh")
        if token is not None and token.grant.client_id == client_id:
            self._grants.revoke(REALM, token.grant.person, client_id)
        return Reply.json({"revoked": True})
