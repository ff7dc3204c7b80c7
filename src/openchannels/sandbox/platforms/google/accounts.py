"""Google accounts: consent, tokens, revocation, the daily quota and the errors.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.figures import day_of, pacific
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.id_tokens import discovery
from openchannels.sandbox.ids import digits, letters
from openchannels.sandbox.images import avatar
from openchannels.sandbox.oauth import oauth_error

REALM = "google"
ISSUER = "https://accounts.google.com"
CODE_SECONDS = 600
ACCESS_SECONDS = 3599
IDLE_REFRESH_SECONDS = 180 * 86_400
"""A refresh token that is unused for six months expires."""

_EXPANDED = {
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
    "email": "https://www.googleapis.com/auth/userinfo.email",
}


class Quota:
    """Units spent by each project in a Pacific day. A client id counts as a project.

    https://developers.google.com/youtube/v3/determine_quota_cost
    """

    def __init__(self, units: int | None) -> None:
        self._units = units
        self._zone = pacific()
        self._day = ""
        self._spent: dict[str, int] = {}

    def spend(self, client_id: str, units: int, now: float) -> bool:
        """Spend units; returns False if the project has too few left today."""
        if self._units is None:
            return True
        day = day_of(now, self._zone).isoformat()
        if day != self._day:
            self._day, self._spent = day, {}
        spent = self._spent.get(client_id, 0)
        if spent + units > self._units:
            return False
        self._spent[client_id] = spent + units
        return True


def api_error(
    http: int, reason: str, message: str, status: str, domain: str = "global", **more: Any
) -> Reply:
    """An error of Google's APIs."""
    error = {
        "code": http,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason, **more}],
        "status": status,
    }
    return Reply.json({"error": error}, http)


def _detailed(http: int, reason: str, info: str, message: str, domain: str) -> Reply:
    error = {
        "code": http,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason}],
        "status": "PERMISSION_DENIED" if http == 403 else "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": info,
                "domain": "googleapis.com",
            }
        ],
    }
    return Reply.json({"error": error}, http)


def unauthenticated() -> Reply:
    """401: the token is missing, unknown, expired or revoked."""
    message = "Request had invalid authentication credentials."
    where = {"location": "Authorization", "locationType": "header"}
    return api_error(401, "authError", message, "UNAUTHENTICATED", **where)


def insufficient_scope() -> Reply:
    """403: the token lacks a scope."""
    message = "Request had insufficient authentication scopes."
    info = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    return _detailed(403, "insufficientPermissions", info, message, "global")


def quota_exceeded() -> Reply:
    """403: the project has no units left until midnight Pacific time."""
    message = "The request cannot be completed because you have exceeded your quota."
    return _detailed(403, "quotaExceeded", "quotaExceeded", message, "youtube.quota")


def rate_limited() -> Reply:
    """403: too many calls in a short time."""
    message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'."
    return _detailed(403, "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", message, "usageLimits")


def token_error(error: str, description: str, http: int = 400) -> Reply:
    """An error of the token or revocation endpoint."""
    return oauth_error(http, error, description)


class GoogleAccounts:
    """Google as identity provider, shared by the emulators of its platforms."""

    def __init__(self, context: Context) -> None:
        self._grants = context.grants
        self._id_tokens = context.id_tokens

    def routes(self) -> list[Route]:
        """Consent page, token, revocation and profile endpoints, and the keys of id tokens.

        Those at older addresses are still named by credentials files and client libraries.
        """
        pages, tokens, apis = "accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"
        return [
            Route("*", pages, "/o/oauth2/v2/auth", self.authorize),
            Route("*", pages, "/o/oauth2/auth", self.authorize),
            Route("GET", pages, "/.well-known/openid-configuration", self.configuration),
            Route("POST", tokens, "/token", self.token),
            Route("POST", apis, "/oauth2/v4/token", self.token),
            Route("POST", pages, "/o/oauth2/token", self.token),
            Route("POST", tokens, "/revoke", self.revoke),
            Route("*", pages, "/o/oauth2/revoke", self.revoke),
            Route("*", apis, "/oauth2/v3/userinfo", self.userinfo),
            Route("*", "openidconnect.googleapis.com", "/v1/userinfo", self.userinfo),
            Route("*", apis, "/oauth2/v2/userinfo", self.older_userinfo),
            Route("GET", apis, "/oauth2/v3/certs", self.key_set),
            Route("GET", apis, "/oauth2/v1/certs", self.certificates),
            Route("GET", "lh3.googleusercontent.com", "/a/{file}", avatar),
        ]

    def configuration(self, request: Request) -> Reply:
        """Where everything is; `iss` in the redirect is not advertised, though it is sent."""
        return Reply.json(
            discovery(
                ISSUER,
                f"{ISSUER}/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token",
                "https://openidconnect.googleapis.com/v1/userinfo",
                "https://www.googleapis.com/oauth2/v3/certs",
                revocation_endpoint="https://oauth2.googleapis.com/revoke",
                code_challenge_methods_supported=["plain", "S256"],
            )
        )

    def key_set(self, request: Request) -> Reply:
        """The key of id tokens as a JSON Web Key Set."""
        return Reply.json(self._id_tokens.key_set())

    def certificates(self, request: Request) -> Reply:
        """The key of id tokens as a certificate."""
        return Reply.json(self._id_tokens.certificates())

    def authorize(self, request: Request) -> Reply:
        """The consent step. Configuration errors end on Google's page."""
        error = _request_error(request)
        if error:
            return problem(request, "Google", *error)
        client_id, redirect_uri = request.parameter("client_id"), request.parameter("redirect_uri")
        asked = tuple(request.parameter("scope").split())
        decision = decide(request, "Google", client_id, asked)
        if not decision.approved:
            return Reply.redirect(redirect_uri, {"error": "access_denied", **request.state})
        offline = request.parameter("access_type") == "offline" and (
            "consent" in request.parameter("prompt").split()
            or not self._grants.has_token(REALM, decision.person, client_id, "refresh")
        )
        code = random_text("4/0A", 66)
        new = NewGrant(
            REALM,
            decision.person,
            client_id,
            redirect_uri,
            asked,
            decision.scopes,
            request.parameter("code_challenge"),
            request.parameter("code_challenge_method"),
            {"offline": offline, "nonce": request.parameter("nonce")},
        )
        self._grants.open_grant(new, code, CODE_SECONDS)
        answer = {
            **request.state,
            "iss": ISSUER,
            "code": code,
            "scope": " ".join(expand(decision.scopes)),
        }
        prompt = request.parameter("prompt") or "none"
        return Reply.redirect(redirect_uri, {**answer, "authuser": "0", "prompt": prompt})

    def token(self, request: Request) -> Reply:
        """Code exchange and refresh."""
        client_id, secret = request.client()
        if not client_id:
            return token_error("invalid_request", "Could not determine client ID from request.")
        if not self._grants.check_secret(REALM, client_id, secret):
            return token_error("invalid_client", "Unauthorized", 401)
        kind = request.form.get("grant_type")
        if kind == "authorization_code":
            return self._exchange(request, client_id)
        if kind == "refresh_token":
            return self._refresh(request, client_id)
        return token_error("unsupported_grant_type", f"Invalid grant_type: {kind}")

    def _exchange(self, request: Request, client_id: str) -> Reply:
        form = request.form
        verifier = form.get("code_verifier")
        try:
            grant = self._grants.redeem(
                form.get("code"), client_id, form.get("redirect_uri"), verifier
            )
        except CodeRefused as refused:
            if refused.reason == "redirect_uri":
                return token_error("redirect_uri_mismatch", "Bad Request")
            if refused.reason == "verifier":
                fault = "Invalid code verifier." if verifier else "Missing code verifier."
                return token_error("invalid_grant", fault)
            return token_error("invalid_grant", "Malformed auth code.")
        answer = self._answer(grant, request.now)
        if grant.detail["offline"]:
            refresh = random_text("1//0g", 90)
            self._grants.issue(grant, "refresh", refresh, IDLE_REFRESH_SECONDS)
            answer["refresh_token"] = refresh
        return Reply.json(answer)

    def _refresh(self, request: Request, client_id: str) -> Reply:
        value = request.form.get("refresh_token")
        token = self._grants.live_token(value, request.now, "refresh")
        if token is None:
            return token_error("invalid_grant", "Token has been expired or revoked.")
        if token.grant.client_id != client_id:
            return token_error("unauthorized_client", "Unauthorized")
        self._grants.extend(token, IDLE_REFRESH_SECONDS)
        return Reply.json(self._answer(token.grant, request.now))

    def _answer(self, grant: Grant, now: float) -> dict[str, Any]:
        access = self._grants.issue(grant, "access", random_text("ya29.a0Af", 180), ACCESS_SECONDS)
        answer: dict[str, Any] = {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(expand(grant.scopes)),
            "token_type": "Bearer",
        }
        if "openid" in grant.scopes:
            claims = {"iss": ISSUER, "azp": grant.client_id, "aud": grant.client_id}
            nonce = {"nonce": grant.detail["nonce"]} if grant.detail["nonce"] else {}
            answer["id_token"] = self._id_tokens.sign({**claims, **_identity(grant), **nonce}, now)
        return answer

    def revoke(self, request: Request) -> Reply:
        """Revoke the person's whole grant to the client by any of its tokens."""
        value = request.parameter("token")
        token = self._grants.live_token(value, request.now, "access", "refresh")
        if token is None:
            return token_error("invalid_token", "Token expired or revoked")
        self._grants.revoke(REALM, token.grant.person, token.grant.client_id)
        return Reply.json({})

    def userinfo(self, request: Request) -> Reply:
        """The person's Google identity."""
        return Reply.json(_identity(self.require_token(request).grant))

    def older_userinfo(self, request: Request) -> Reply:
        """The same in the names of the API `oauth2` v2."""
        identity = _identity(self.require_token(request).grant)
        older = {"sub": "id", "email_verified": "verified_email"}
        return Reply.json({older.get(name, name): value for name, value in identity.items()})

    def require_token(self, request: Request) -> Token:
        """The access token of a call. Raises EarlyReply unless it works."""
        token = self._grants.live_token(request.access_token, request.now, "access")
        if token is None:
            raise EarlyReply(unauthenticated())
        return token


def _request_error(request: Request) -> tuple[str, str] | None:
    if not request.parameter("client_id"):
        return "Error 400: invalid_request", "Missing required parameter: client_id"
    if not is_web_address(request.parameter("redirect_uri")):
        return "Error 400: redirect_uri_mismatch", "The redirect URI is missing or not valid."
    if request.parameter("response_type") != "code":
        return "Error 400: unsupported_response_type", "response_type must be code."
    if not request.parameter("scope").split():
        return "Error 400: invalid_request", "Missing required parameter: scope"
    if request.parameter("code_challenge_method").upper() not in ("", "PLAIN", "S256"):
        return "Error 400: invalid_request", "code_challenge_method must be plain or S256."
    return None


def expand(scopes: tuple[str, ...]) -> list[str]:
    """Scopes by the names that Google returns."""
    return [_EXPANDED.get(scope, scope) for scope in scopes]


def subject(person: str) -> str:
    """A person's Google `sub`: 21 digits."""
    return digits(21, REALM, "sub", person)


def _identity(grant: Grant) -> dict[str, Any]:
    someone = Creator(REALM, grant.person)
    given = someone.pick("first", sample_text.FIRST_NAMES_EN)
    family = someone.pick("last", sample_text.LAST_NAMES_EN)
    answer: dict[str, Any] = {"sub": subject(grant.person)}
    scopes = set(expand(grant.scopes))
    if _EXPANDED["profile"] in scopes:
        picture = f"https://lh3.googleusercontent.com/a/{letters(20, 'face', grant.person)}=s96-c"
        answer |= {"name": f"{given} {family}", "given_name": given, "family_name": family}
        answer["picture"] = picture
    if _EXPANDED["email"] in scopes:
        answer |= {"email": f"{grant.person.lower()}@example.com", "email_verified": True}
    return answer


def timestamp(moment: float) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return f"{utc_text(moment)}Z"
