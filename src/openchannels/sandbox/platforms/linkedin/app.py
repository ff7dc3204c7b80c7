"""LinkedIn: consent and tokens, the member, and the organizations they administer.

A client whose id ends in `-selfserve` gets no refresh tokens.
https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
"""

import re
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context, DemoPersona, Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.id_tokens import discovery
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.images import avatar
from openchannels.sandbox.oauth import oauth_error
from openchannels.sandbox.platforms.linkedin.comments import PostComments
from openchannels.sandbox.platforms.linkedin.media import MediaUploads
from openchannels.sandbox.platforms.linkedin.member_analytics import MemberAnalytics
from openchannels.sandbox.platforms.linkedin.organizations import Organizations
from openchannels.sandbox.platforms.linkedin.pages import (
    error_reply,
    member,
    member_id,
    organizations_of,
)
from openchannels.sandbox.platforms.linkedin.posts import Posts, post_index, post_urn
from openchannels.sandbox.platforms.linkedin.publishing import Publishing
from openchannels.sandbox.platforms.linkedin.reactions import Reactions
from openchannels.sandbox.platforms.linkedin.statistics import Statistics
from openchannels.sandbox.platforms.linkedin.threads import Threads
from openchannels.sandbox.short_links import number_of, short_link

CODE_SECONDS = 1800
ACCESS_SECONDS = 5_183_999
REFRESH_SECONDS = 31_535_999
ISSUER = "https://www.linkedin.com/oauth"
VERSIONS = ("202511", "202699")
"""The oldest and the newest version that is active."""
_VERSION = re.compile(r"(20\d{2}(?:0[1-9]|1[0-2]))(?:\.\d{2})?")
_WWW, _API = "www.linkedin.com", "api.linkedin.com"


class LinkedIn(Emulator):
    """The member, and the organizations behind the same token."""

    name = "linkedin"
    tunnels = True
    # The member is offered as well, whose posts nobody may list.
    persona = DemoPersona(person="mara", chosen="urn:li:organization:")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        data, require = context.dataset, self._require_token
        media, threads = MediaUploads(self, require), Threads(self)
        self._parts = (
            media,
            Publishing(self, require, media),
            PostComments(self, require, threads),
            Reactions(self, require, threads),
            Organizations(require),
            Posts(data, require),
            Statistics(data, require),
            MemberAnalytics(data, require),
        )

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, member, organizations, posts and their parts."""
        return [
            Route("GET", _WWW, "/oauth/v2/authorization", self.authorize),
            Route("POST", _WWW, "/oauth/v2/accessToken", self.token),
            Route("POST", _WWW, "/oauth/v2/revoke", self.revoke),
            Route("POST", _WWW, "/oauth/v2/introspectToken", self.introspect),
            Route("GET", _WWW, "/oauth/.well-known/openid-configuration", self.configuration),
            Route("GET", _WWW, "/oauth/openid/jwks", self.key_set),
            Route("GET", _API, "/v2/userinfo", self.userinfo),
            Route("GET", _API, "/v2/me", self.me),
            Route("GET", "media.licdn.com", "/dms/image/logo/{file}", avatar),
            *(route for part in self._parts for route in part.routes()),
            short_link(
                "lnkd.in",
                "/{code}",
                lambda code: f"https://{_WWW}/feed/update/urn:li:share:{number_of(code)}/",
                status=301,
            ),
        ]

    def configuration(self, request: Request) -> Reply:
        """Where the endpoints of OpenID Connect are."""
        return Reply.json(
            discovery(
                ISSUER,
                f"{ISSUER}/v2/authorization",
                f"{ISSUER}/v2/accessToken",
                "https://api.linkedin.com/v2/userinfo",
                f"{ISSUER}/openid/jwks",
            )
        )

    def key_set(self, request: Request) -> Reply:
        """The key of id tokens."""
        return Reply.json(self.context.id_tokens.key_set())

    def authorize(self, request: Request) -> Reply:
        """The consent step; all scopes are accepted together."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_id or not is_web_address(back) or query.get("response_type") != "code":
            return problem(request, "LinkedIn", "invalid_redirect_uri", "redirect_uri")
        if not scopes:
            error = {"error": "invalid_scope_error", "error_description": "Scope is missing"}
            return Reply.redirect(back, {**error, **request.state})
        decision = decide(request, "LinkedIn", client_id, scopes)
        if not decision.approved:
            message = "The user cancelled LinkedIn authorization"
            denial = {"error": "user_cancelled_authorize", "error_description": message}
            return Reply.redirect(back, {**denial, **request.state})
        code = random_text("AQT", 100)
        detail = {"nonce": query.get("nonce")}
        new = NewGrant(
            self.realm, decision.person, client_id, back, scopes, decision.scopes, detail=detail
        )
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange and programmatic refresh."""
        form = request.form
        client_id = self._client(request)
        if form.get("grant_type") == "authorization_code":
            try:
                grant = self.grants.redeem(form.get("code"), client_id, form.get("redirect_uri"))
            except CodeRefused:
                message = "Unable to retrieve access token: appid/redirect uri/code verifier does"
                message += " not match authorization code. Or authorization code expired."
                return oauth_error(400, "invalid_request", message)
            return self._answer(grant, None, request.now, self._id_token(grant, request.now))
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return oauth_error(400, "unsupported_grant_type", "grant_type")

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self.grants.token(value, "refresh")
        dead = token is None or token.grant.dead or token.expired(now)
        if dead or token is None or token.grant.client_id != client_id:
            message = "The provided authorization grant or refresh token is invalid, expired or"
            return oauth_error(400, "invalid_request", f"{message} revoked")
        return self._answer(token.grant, token, now)

    def _id_token(self, grant: Grant, now: float) -> dict[str, str]:
        """The field with the id token, if the scope `openid` is granted."""
        if "openid" not in grant.scopes:
            return {}
        claims = {"iss": ISSUER, "aud": grant.client_id, **_identity(grant.person)}
        nonce = {"nonce": grant.detail["nonce"]} if grant.detail.get("nonce") else {}
        signed = self.context.id_tokens.sign({**claims, "locale": "en_US", **nonce}, now)
        return {"id_token": signed}

    def _answer(
        self, grant: Grant, refresh: Token | None, now: float, more: dict[str, str] | None = None
    ) -> Reply:
        """A new access token that does not outlive the refresh token, which keeps its expiry."""
        left = int((refresh.expires or now) - now) if refresh is not None else ACCESS_SECONDS
        lives = min(left, ACCESS_SECONDS)
        answer: dict[str, Any] = {
            "access_token": self.grants.issue(grant, "access", random_text("AQX", 300), lives),
            "expires_in": lives,
            "scope": ",".join(grant.scopes),
            "token_type": "Bearer",
        }
        if refresh is not None:
            answer["refresh_token"] = refresh.value
            answer["refresh_token_expires_in"] = left
        elif not grant.client_id.endswith("-selfserve"):
            value = random_text("AQW", 300)
            answer["refresh_token"] = self.grants.issue(grant, "refresh", value, REFRESH_SECONDS)
            answer["refresh_token_expires_in"] = REFRESH_SECONDS
        return Reply.json(answer | (more or {}))

    def _client(self, request: Request) -> str:
        client_id, secret = request.client()
        if not self.grants.check_secret(self.realm, client_id, secret):
            error = oauth_error(401, "invalid_client", "Client authentication failed")
            raise EarlyReply(error)
        return client_id

    def introspect(self, request: Request) -> Reply:
        """The status of a token."""
        form = request.form
        client_id = self._client(request)
        token = self.grants.token(form.get("token"))
        if token is None or token.grant.client_id != client_id:
            return Reply.json({"active": False})
        ended = "expired" if token.expired(request.now) else None
        status = "revoked" if token.grant.dead else ended or "active"
        return Reply.json(
            {
                "active": status == "active",
                "client_id": client_id,
                "authorized_at": int(token.grant.created),
                "created_at": int(token.issued),
                "status": status,
                "expires_at": int(token.expires or 0),
                "scope": ",".join(token.grant.scopes),
                "auth_type": "3L",
            }
        )

    def revoke(self, request: Request) -> Reply:
        """Revoke the grant by any of its tokens."""
        form = request.form
        client_id = self._client(request)
        token = self.grants.token(form.get("token"), "access", "refresh")
        if token is not None and token.grant.client_id == client_id:
            self.grants.revoke(self.realm, token.grant.person, client_id)
        return Reply()

    def _require_token(self, request: Request, *scopes: str) -> Token:
        """The token of a call that needs one of the scopes, and at `/rest` an active version."""
        token = self.grants.token(request.bearer, "access")
        if token is None:
            raise EarlyReply(
                error_reply(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
            )
        if token.grant.dead:
            message = "The token used in the request has been revoked by the user"
            raise EarlyReply(error_reply(401, "REVOKED_ACCESS_TOKEN", message, 65601))
        if token.expired(request.now):
            message = "The token used in the request has expired"
            raise EarlyReply(error_reply(401, "EXPIRED_ACCESS_TOKEN", message, 65602))
        if request.path.startswith("/rest/"):
            version = request.headers.get("linkedin-version", "")
            if not version:
                raise EarlyReply(error_reply(400, "VERSION_MISSING", "A version must be present."))
            month = _VERSION.fullmatch(version)
            if not month or not VERSIONS[0] <= month[1] <= VERSIONS[1]:
                message = f"Requested version {version} is not active"
                raise EarlyReply(error_reply(426, "NONEXISTENT_VERSION", message))
        if scopes and not set(scopes) & set(token.grant.scopes):
            raise EarlyReply(self.missing_scope(request))
        return token

    def userinfo(self, request: Request) -> Reply:
        """The member by OpenID Connect."""
        token = self._require_token(request, "openid", "profile")
        locale = {"country": "US", "language": "en"}
        return Reply.json({**_identity(token.grant.person), "locale": locale})

    def me(self, request: Request) -> Reply:
        """The member by the basic profile."""
        token = self._require_token(request, "r_basicprofile", "r_liteprofile")
        given, family = _names(token.grant.person)
        vanity = f"{token.grant.person.lower()}-{hexadecimal(4, 'vanity', token.grant.person)}"
        return Reply.json(
            {
                "id": member_id(token.grant.person),
                "localizedFirstName": given,
                "localizedLastName": family,
                "vanityName": vanity,
            }
        )

    def describe(self, person: str) -> dict[str, Any]:
        """The member's id, and the organizations with their numbers of posts."""
        every = organizations_of(person)
        return {
            "person": person,
            "id": member_id(person),
            "organizations": [
                {
                    "urn": one.urn,
                    "role": one.role,
                    "name": one.profile()["localizedName"],
                    "works": self.dataset.series(one.creator).total,
                }
                for one in every
            ],
            "works": self.dataset.series(every[0].creator).total if every else 0,
        }

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's organizations by id and by URN, and the member by URN."""
        every = organizations_of(person)
        found = {name: one.creator for one in every for name in (one.id, one.urn)}
        return found | {f"urn:li:person:{member_id(person)}": member(person)}

    def work_id(self, work: Work) -> str:
        """The URN of a post."""
        return post_urn(work)

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of a post by its URN."""
        return post_index(series.owner, text)

    def rate_limited(self, request: Request) -> Reply:
        """429 without a header: until midnight UTC."""
        message = "Resource level throttle APPLICATION DAY limit for calls to this resource is"
        return error_reply(429, "TOO_MANY_REQUESTS", f"{message} reached.", 101)

    def dead_grant(self, request: Request) -> Reply:
        """`invalid_request` in a refresh, 401 REVOKED on a call."""
        if request.path == "/oauth/v2/accessToken":
            message = "The provided authorization grant or refresh token is invalid, expired or"
            return oauth_error(400, "invalid_request", f"{message} revoked")
        message = "The token used in the request has been revoked by the user"
        return error_reply(401, "REVOKED_ACCESS_TOKEN", message, 65601)

    def missing_scope(self, request: Request) -> Reply:
        """403 ACCESS_DENIED."""
        resource = request.path.rpartition("/")[2]
        return error_reply(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}")

    def server_error(self, request: Request) -> Reply:
        """500."""
        return error_reply(500, "INTERNAL_SERVER_ERROR", "Internal Server Error", 0)

    def not_found(self, request: Request) -> Reply:
        """404."""
        return error_reply(
            404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {request.path}"
        )


def _names(person: str) -> tuple[str, str]:
    creator = Creator("linkedin", person)
    return creator.pick("first", sample_text.FIRST_NAMES_EN), creator.pick(
        "last", sample_text.LAST_NAMES_EN
    )


def _identity(person: str) -> dict[str, Any]:
    given, family = _names(person)
    return {
        "sub": member_id(person),
        "name": f"{given} {family}",
        "given_name": given,
        "family_name": family,
        "picture": _picture(person),
    }


def _picture(person: str) -> str:
    return f"https://media.licdn.com/dms/image/logo/{hexadecimal(16, 'li face', person)}"
