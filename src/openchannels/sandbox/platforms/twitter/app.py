"""X API v2: OAuth 2 with PKCE and rotating refresh tokens, the user and their posts.

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.oauth import oauth_error
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter
from openchannels.sandbox.platforms.twitter.fields import check_fields
from openchannels.sandbox.platforms.twitter.posts import (
    POST_IDS,
    page_tokens,
    post_list,
    post_lookup,
    reachable,
    read_page_token,
    user_id,
    window,
)
from openchannels.sandbox.short_links import number_of, short_link

CODE_SECONDS = 30
ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 15_552_000
DEFAULT_PAGE, LEAST_PER_PAGE, MOST_PER_PAGE = 10, 5, 100
WINDOW_SECONDS, WINDOW_CALLS = 900, 900
_HOSTS = ("api.x.com", "api.twitter.com")


class Twitter(Emulator):
    """One account for every person; every tenth post a repost and every tenth a reply."""

    name = "twitter"
    work_ids = POST_IDS

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile and posts on both names of X, images."""
        return [
            Route("GET", "x.com", "/i/oauth2/authorize", self.authorize),
            Route("GET", "twitter.com", "/i/oauth2/authorize", self.authorize),
            *(route for host in _HOSTS for route in self._calls(host)),
            Route("GET", "pbs.twimg.com", "/profile_images/{id}/{file}", avatar),
            Route("GET", "pbs.twimg.com", "/media/{file}", cover),
            short_link(
                "t.co",
                "/{code}",
                lambda code: f"https://twitter.com/i/web/status/{number_of(code)}",
                status=301,
            ),
        ]

    def _calls(self, host: str) -> list[Route]:
        return [
            Route("POST", host, "/2/oauth2/token", self.token),
            Route("POST", host, "/2/oauth2/revoke", self.revoke),
            Route("GET", host, "/2/users/me", self.me),
            Route("GET", host, "/2/users/{user}/tweets", self.posts),
            Route("GET", host, "/2/tweets", self.lookup),
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
            self.realm,
            decision.person,
            client_id,
            back,
            scopes,
            decision.scopes,
            query.get("code_challenge"),
            query.get("code_challenge_method"),
        )
        self.grants.open_grant(new, code, CODE_SECONDS)
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
        if client_id and not secret and self.grants.secret_of(self.realm, client_id) is None:
            return client_id
        fits = self.grants.check_secret(self.realm, client_id, secret)
        return client_id if fits else None

    def _redeem(self, request: Request, client_id: str) -> Reply:
        form = request.form
        try:
            grant = self.grants.redeem(
                form.get("code"), client_id, form.get("redirect_uri"), form.get("code_verifier")
            )
        except CodeRefused as refusal:
            message = "Value passed for the authorization code was invalid."
            if refusal.reason == "verifier":
                message = "Value passed for the code verifier did not match the code challenge."
            return oauth_error(400, "invalid_request", message)
        return self._pair(grant)

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self.grants.token(value, "refresh")
        wrong = oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
        if token is None or token.grant.client_id != client_id or not token.works(now):
            return wrong
        if not self.grants.spend(token):
            return wrong
        return self._pair(token.grant)

    def _pair(self, grant: Grant) -> Reply:
        answer = {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": self.grants.issue(
                grant, "access", random_text(length=90), ACCESS_SECONDS
            ),
            "scope": " ".join(grant.scopes),
        }
        if "offline.access" in grant.scopes:
            refresh = self.grants.issue(grant, "refresh", random_text(length=90), REFRESH_SECONDS)
            answer["refresh_token"] = refresh
        return Reply.json(answer)

    def revoke(self, request: Request) -> Reply:
        """Revoke the grant by any of its tokens."""
        client_id = self._client(request)
        if client_id is None:
            return oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        if not request.form.get("token"):
            return oauth_error(400, "invalid_request", "Missing required parameter [token].")
        token = self.grants.token(request.form.get("token"), "access", "refresh")
        if token is not None and token.grant.client_id == client_id:
            self.grants.revoke(self.realm, token.grant.person, client_id)
        return Reply.json({"revoked": True})

    def _require_token(self, request: Request, *scopes: str) -> Token:
        token = self.grants.live_token(request.bearer, request.now, "access")
        if token is None:
            raise EarlyReply(error_reply(401, "blank", "Unauthorized", "Unauthorized"))
        self.require_scopes(request, token.grant, *scopes)
        return token

    def me(self, request: Request) -> Reply:
        """The profile with the requested fields."""
        token = self._require_token(request, "tweet.read", "users.read")
        check_fields(request.query)
        data = self._requested_user(request, token.grant.person)
        return Reply.json({"data": data}, 200, **_rate_headers(request.now, 75))

    def _requested_user(self, request: Request, person: str) -> dict[str, Any]:
        names = {*request.query.split_values("user.fields"), "id", "name", "username"}
        user = self._user(person, request.now)
        return {name: value for name, value in user.items() if name in names}

    def _user(self, person: str, now: float) -> dict[str, Any]:
        creator = self.creator(person)
        picture = f"{digits(19, 'x face', person)}/{letters(8, 'x', person)}_normal.jpg"
        return {
            "id": user_id(person),
            "name": creator.pick("brand", sample_text.BRANDS_EN),
            "username": _username(person),
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{picture}",
            "protected": False,
            "verified": False,
            "description": creator.pick("about", sample_text.LINES_EN),
            "created_at": "2015-03-01T00:00:00.000Z",
            "public_metrics": {
                "followers_count": creator.growing_count("fans", 50, 40_000, now),
                "following_count": creator.number("following", 5, 900),
                "tweet_count": self.series(person).total,
                "listed_count": creator.number("listed", 0, 40),
                "like_count": creator.growing_count("likes", 50, 9_000, now),
                "media_count": creator.number("media", 0, 400),
            },
        }

    def posts(self, request: Request) -> Reply:
        """A page of the person's own posts, with tokens in both directions."""
        token = self._require_token(request, "tweet.read", "users.read")
        query = request.query
        check_fields(query)
        if request.params["user"] != user_id(token.grant.person):
            detail = f"Could not find user with id: [{request.params['user']}]."
            return error_reply(404, "resource-not-found", "Not Found Error", detail)
        count = query.integer("max_results", DEFAULT_PAGE)
        if count is None or not LEAST_PER_PAGE <= count <= MOST_PER_PAGE:
            sent = query.get("max_results")
            message = f"The `max_results` query parameter value [{sent}] is not between 5 and 100"
            return invalid_parameter("max_results", sent, message)
        position = read_page_token(query.get("pagination_token"))
        if position is None:
            return invalid_parameter(
                "pagination_token", query.get("pagination_token"), "is invalid"
            )
        found = reachable(self.series(token.grant.person), set(query.split_values("exclude")))
        works, start = window(found, position, count)
        body = post_list(works, query, request.now)
        body["meta"] |= page_tokens(found, works, start)
        if works and "author_id" in query.split_values("expansions"):
            users = [self._requested_user(request, token.grant.person)]
            body["includes"] = {**body.get("includes", {}), "users": users}
        return Reply.json(body, 200, **_rate_headers(request.now, WINDOW_CALLS))

    def lookup(self, request: Request) -> Reply:
        """The person's own posts by id; private metrics only of recent ones."""
        token = self._require_token(request, "tweet.read", "users.read")
        series = self.series(token.grant.person)
        check_fields(request.query)
        asked = request.query.split_values("ids")
        if not 1 <= len(asked) <= MOST_PER_PAGE:
            sent = request.query.get("ids")
            message = (
                f"The number of values in the `ids` query parameter list [{len(asked)}] is not"
            )
            return invalid_parameter("ids", sent, f"{message} between 1 and {MOST_PER_PAGE}")
        found = [work for one in asked if (work := self.find_work(series, one))]
        return Reply.json(post_lookup(found, request.query, request.now))

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of posts that are neither reposts nor replies."""
        series = self.series(person)
        own = reachable(series, {"retweets", "replies"})
        return {
            "person": person,
            "id": user_id(person),
            "username": _username(person),
            "works": len(own),
            "posts": series.total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """429 with the moment of the reset."""
        reply = error_reply(429, "rate-limit-exceeded", "Too Many Requests", "Too Many Requests")
        reply.headers |= {
            "x-rate-limit-limit": str(WINDOW_CALLS),
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(int(request.now) + 600),
        }
        return reply

    def dead_grant(self, request: Request) -> Reply:
        """`invalid_request` in a refresh, 401 on a call."""
        if request.path == "/2/oauth2/token":
            message = "Value passed for the token was invalid."
            return oauth_error(400, "invalid_request", message)
        return error_reply(401, "blank", "Unauthorized", "Unauthorized")

    def missing_scope(self, request: Request) -> Reply:
        """403: not allowed for this resource."""
        detail = "You are not permitted to use this endpoint with this token."
        return error_reply(403, "not-authorized-for-resource", "Forbidden", detail)

    def server_error(self, request: Request) -> Reply:
        """503 in plain text, as X's edge answers."""
        return Reply(503, b"Service Unavailable", {"content-type": "text/plain"})


def _rate_headers(now: float, limit: int) -> dict[str, str]:
    reset = (int(now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
    return {
        "x_rate_limit_limit": str(limit),
        "x_rate_limit_remaining": str(limit - 1),
        "x_rate_limit_reset": str(reset),
        "x_transaction_id": random_text(length=16),
    }


def _username(person: str) -> str:
    return f"{person.replace('-', '_')[:10]}_{hexadecimal(4, 'x name', person)}"
