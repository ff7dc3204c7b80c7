"""X API v2: OAuth 2 with PKCE and rotating refresh tokens, the user's posts in both directions.

https://docs.x.com/x-api/posts/timelines/introduction
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from openchannels.sandbox import words
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import Grant, NewGrant, Refused, Token, fresh
from openchannels.sandbox.ids import digits, hexadecimal, letters, pack, spell, unpack
from openchannels.sandbox.pictures import avatar, cover
from openchannels.sandbox.platform import Platform
from openchannels.sandbox.wire import Reply, Request, Route, is_web_address
from openchannels.sandbox.world import Creator, Series, Work

CODE_SECONDS = 30
ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 15_552_000
DEFAULT_PAGE, LEAST_PER_PAGE, MOST_PER_PAGE = 10, 5, 100
DEPTH, DEPTH_WITHOUT_REPLIES = 3_200, 800
WINDOW_SECONDS, WINDOW_CALLS = 900, 900
_API = "api.x.com"
_ID_BITS = 60
_FIRST_ID = 1_500_000_000_000_000_000
_TOKEN_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_USER_FIELDS = {
    "profile_image_url", "public_metrics", "protected", "verified", "description", "created_at",
    "id", "name", "username",
}  # fmt: skip


def refused(http: int, kind: str, title: str, detail: str, **more: Any) -> Reply:
    """problem+json."""
    address = "about:blank" if kind == "blank" else f"https://api.x.com/2/problems/{kind}"
    return Reply.json(
        {"title": title, "type": address, "status": http, "detail": detail} | more, http
    )


def invalid(parameter: str, value: str, message: str) -> Reply:
    """400: a parameter the endpoint does not take."""
    errors = [{"parameters": {parameter: [value]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return refused(400, "invalid-request", "Invalid Request", detail, errors=errors)


def post_id(work: Work) -> str:
    """A decimal id of nineteen digits, beyond 2^53."""
    return str(_FIRST_ID + pack(work.owner.key, work.index, _ID_BITS))


def _index(owner: Creator, text: str) -> int | None:
    if not text.isdigit() or len(text) != 19 or int(text) < _FIRST_ID:
        return None
    return unpack(owner.key, int(text) - _FIRST_ID, _ID_BITS)


def kind_of(work: Work) -> str:
    """`retweet`, `reply` or `post`."""
    return {4: "retweet", 7: "reply"}.get(work.index % 10, "post")


class Twitter(Platform):
    """One account for every person; every tenth post a repost and every tenth a reply."""

    name = "twitter"

    def routes(self) -> list[Route]:
        """Consent page under both hosts, token endpoints, profile, posts, pictures."""
        return [
            Route("GET", "x.com", "/i/oauth2/authorize", self.authorize),
            Route("GET", "twitter.com", "/i/oauth2/authorize", self.authorize),
            Route("POST", _API, "/2/oauth2/token", self.token),
            Route("POST", _API, "/2/oauth2/revoke", self.revoke),
            Route("GET", _API, "/2/users/me", self.me),
            Route("GET", _API, "/2/users/{user}/tweets", self.posts),
            Route("GET", "pbs.twimg.com", "/profile_images/{id}/{file}", avatar),
            Route("GET", "pbs.twimg.com", "/media/{file}", cover),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; state and PKCE are required."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.get("scope").split(" "))
        whole = query.get("response_type") == "code" and 0 < len(query.get("state")) <= 500
        if not client_id or not is_web_address(back) or not whole or not scopes[0]:
            return problem(request, "X", "400", "Something went wrong")
        if not query.get("code_challenge"):
            return problem(request, "X", "400", "code_challenge is required")
        decision = decide(request, "X", client_id, scopes)
        if isinstance(decision, Reply):
            return decision
        state = {"state": query.get("state")}
        if not decision.approved:
            return Reply.redirect(back, {"error": "access_denied", **state})
        code = fresh(length=90)
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
        self.grants.open(new, code, CODE_SECONDS)
        return Reply.redirect(back, {**state, "code": code})

    def token(self, request: Request) -> Reply:
        """Code exchange within thirty seconds, and the rotating refresh."""
        client_id = self._client(request)
        if client_id is None:
            return _oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        form = request.form
        if form.get("grant_type") == "authorization_code":
            return self._redeem(request, client_id)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return _oauth_error(400, "unsupported_grant_type", "Value passed for grant_type")

    def _client(self, request: Request) -> str | None:
        client_id, secret = (unquote(part) for part in request.basic)
        fits = self.grants.secret_fits(self.realm, client_id, secret)
        return client_id if fits else None

    def _redeem(self, request: Request, client_id: str) -> Reply:
        form = request.form
        try:
            grant = self.grants.redeem(
                form.get("code"), client_id, form.get("redirect_uri"), form.get("code_verifier")
            )
        except Refused as refusal:
            message = "Value passed for the authorization code was invalid."
            if refusal.reason == "verifier":
                message = "Value passed for the code verifier did not match the code challenge."
            return _oauth_error(400, "invalid_request", message)
        return self._pair(grant)

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self.grants.token(value, "refresh")
        wrong = _oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
        if token is None or token.grant.client_id != client_id or token.grant.dead:
            return wrong
        if token.expired(now) or not self.grants.spend(token):
            return wrong
        return self._pair(token.grant)

    def _pair(self, grant: Grant) -> Reply:
        answer = {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": self.grants.issue(grant, "access", fresh(length=90), ACCESS_SECONDS),
            "scope": " ".join(grant.scopes),
        }
        if "offline.access" in grant.scopes:
            refresh = self.grants.issue(grant, "refresh", fresh(length=90), REFRESH_SECONDS)
            answer["refresh_token"] = refresh
        return Reply.json(answer)

    def revoke(self, request: Request) -> Reply:
        """Ends the grant, whichever of its tokens is shown."""
        client_id = self._client(request)
        token = self.grants.token(request.form.get("token"), "access", "refresh")
        if client_id is None:
            return _oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        if token is not None and token.grant.client_id == client_id:
            self.grants.end(self.realm, token.grant.person, client_id)
        return Reply.json({"revoked": True})

    def _allowed(self, request: Request, *scopes: str) -> Token | Reply:
        token = self.grants.token(request.bearer, "access")
        if token is None or token.grant.dead or token.expired(request.now):
            return refused(401, "blank", "Unauthorized", "Unauthorized")
        if any(scope not in token.grant.scopes for scope in scopes):
            return self.missing_scope(request)
        return token

    def _series(self, person: str) -> Series:
        return self.world.series(Creator("twitter", person))

    def me(self, request: Request) -> Reply:
        """The profile, with the fields asked for."""
        token = self._allowed(request, "tweet.read", "users.read")
        if isinstance(token, Reply):
            return token
        asked = set(request.query.listed("user.fields"))
        if asked - _USER_FIELDS:
            wrong = sorted(asked - _USER_FIELDS)[0]
            return invalid("user.fields", wrong, f"[{wrong}] is not one of the allowed values")
        user = self._user(token.grant.person, request.now)
        kept = asked | {"id", "name", "username"}
        data = {name: value for name, value in user.items() if name in kept}
        return Reply.json({"data": data}, 200, **_rate_headers(request.now, 75))

    def _user(self, person: str, now: float) -> dict[str, Any]:
        creator = Creator("twitter", person)
        picture = f"{digits(19, 'x face', person)}/{letters(8, 'x', person)}_normal.jpg"
        return {
            "id": _user_id(person),
            "name": creator.pick("brand", words.BRANDS_EN),
            "username": _username(person),
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{picture}",
            "protected": False,
            "verified": False,
            "description": creator.pick("about", words.LINES_EN),
            "created_at": "2015-03-01T00:00:00.000Z",
            "public_metrics": {
                "followers_count": creator.growing("fans", 50, 40_000, now),
                "following_count": creator.number("following", 5, 900),
                "tweet_count": self._series(person).total,
                "listed_count": creator.number("listed", 0, 40),
                "like_count": creator.growing("likes", 50, 9_000, now),
                "media_count": creator.number("media", 0, 400),
            },
        }

    def posts(self, request: Request) -> Reply:
        """A page of the person's own posts; a token leads either way."""
        token = self._allowed(request, "tweet.read", "users.read")
        if isinstance(token, Reply):
            return token
        query = request.query
        if request.params["user"] != _user_id(token.grant.person):
            detail = f"Could not find user with id: [{request.params['user']}]."
            return refused(404, "resource-not-found", "Not Found Error", detail)
        count = query.integer("max_results", DEFAULT_PAGE)
        if count is None or not LEAST_PER_PAGE <= count <= MOST_PER_PAGE:
            sent = query.get("max_results")
            message = f"The `max_results` query parameter value [{sent}] is not between 5 and 100"
            return invalid("max_results", sent, message)
        place = _read_place(query.get("pagination_token"))
        if place is None:
            return invalid("pagination_token", query.get("pagination_token"), "is invalid")
        reachable = _reachable(self._series(token.grant.person), set(query.listed("exclude")))
        works, start = _window(reachable, place, count)
        body = _listing(works, query, request.now)
        body["meta"] |= _places(reachable, works, start)
        return Reply.json(body, 200, **_rate_headers(request.now, WINDOW_CALLS))

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of posts that are neither reposts nor replies."""
        series = self._series(person)
        own = _reachable(series, {"retweets", "replies"})
        return {
            "person": person,
            "id": _user_id(person),
            "username": _username(person),
            "works": len(own),
            "posts": series.total,
        }

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """New posts on top."""
        return None if account else [post_id(w) for w in self._series(person).add(count, now)]

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Posts deleted by their author."""
        series = self._series(person)
        return None if account else series.remove(ids, lambda one: _index(series.owner, one))

    def rate_limited(self, request: Request) -> Reply:
        """429 with the moment of the reset."""
        reply = refused(429, "rate-limit-exceeded", "Too Many Requests", "Too Many Requests")
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
            return _oauth_error(400, "invalid_request", message)
        return refused(401, "blank", "Unauthorized", "Unauthorized")

    def missing_scope(self, request: Request) -> Reply:
        """403: not allowed for this resource."""
        detail = "You are not permitted to use this endpoint with this token."
        return refused(403, "not-authorized-for-resource", "Forbidden", detail)

    def server_error(self, request: Request) -> Reply:
        """503 in plain text, as the edge answers."""
        return Reply(503, b"Service Unavailable", {"content-type": "text/plain"})


def _oauth_error(http: int, error: str, description: str) -> Reply:
    return Reply.json({"error": error, "error_description": description}, http)


def _rate_headers(now: float, limit: int) -> dict[str, str]:
    reset = (int(now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
    return {
        "x_rate_limit_limit": str(limit),
        "x_rate_limit_remaining": str(limit - 1),
        "x_rate_limit_reset": str(reset),
        "x_transaction_id": fresh(length=16),
    }


def _reachable(series: Series, without: set[str]) -> list[Work]:
    """The posts the endpoint looks back on, newest first."""
    depth = DEPTH_WITHOUT_REPLIES if "replies" in without else DEPTH
    names = {"retweets": "retweet", "replies": "reply"}
    dropped = {names[name] for name in without if name in names}
    return [w for w in series.slice(0, depth) if kind_of(w) not in dropped]


def _token(direction: str, index: int) -> str:
    return f"{direction}{spell(index * 2654435761 % (1 << 40), 8, _TOKEN_ALPHABET)}{index}"


def _read_place(text: str) -> tuple[str, int] | None:
    """Direction and index of a pagination token; the first page without one."""
    if not text:
        return "n", 1 << 40
    direction, index = text[:1], text[9:]
    if direction not in "np" or not index.isdigit() or text != _token(direction, int(index)):
        return None
    return direction, int(index)


def _window(works: list[Work], place: tuple[str, int], count: int) -> tuple[list[Work], int]:
    """The posts of a page and the position of the first of them."""
    direction, index = place
    if direction == "n":
        older = [n for n, work in enumerate(works) if work.index < index]
        start = older[0] if older else len(works)
        return works[start : start + count], start
    newer = sum(1 for work in works if work.index > index)
    start = max(0, newer - count)
    return works[start:newer], start


def _places(works: list[Work], page: list[Work], start: int) -> dict[str, str]:
    tokens = {}
    if page and start + len(page) < len(works):
        tokens["next_token"] = _token("n", page[-1].index)
    if page and start > 0:
        tokens["previous_token"] = _token("p", page[0].index)
    return tokens


def _listing(works: list[Work], query: Any, now: float) -> dict[str, Any]:
    fields = set(query.listed("tweet.fields"))
    expand = "attachments.media_keys" in query.listed("expansions")
    meta: dict[str, Any] = {"result_count": len(works)}
    if not works:
        return {"meta": meta}
    meta |= {"newest_id": post_id(works[0]), "oldest_id": post_id(works[-1])}
    body: dict[str, Any] = {"data": [_post(work, fields, now) for work in works], "meta": meta}
    media = [item for work in works if (item := _media(work, query, now))]
    if expand and media:
        body["includes"] = {"media": media}
    return body


def _media_kind(work: Work) -> str | None:
    kinds = (None, "photo", "video", None, None, "photo", "animated_gif", None, "photo", None)
    return kinds[work.index % 10]


def _media(work: Work, query: Any, now: float) -> dict[str, Any] | None:
    kind = _media_kind(work)
    if kind is None:
        return None
    fields = set(query.listed("media.fields"))
    file = hexadecimal(12, "x media", post_id(work))
    whole: dict[str, Any] = {"width": 1280, "height": 720}
    if kind == "photo":
        whole["url"] = f"https://pbs.twimg.com/media/{file}.jpg"
    else:
        whole["preview_image_url"] = f"https://pbs.twimg.com/media/{file}_preview.jpg"
    if kind == "video":
        whole["duration_ms"] = work.number(96, 4_000, 140_000)
        whole["public_metrics"] = {"view_count": work.views(now) // 2}
    kept = {name: value for name, value in whole.items() if name in fields}
    return {"media_key": _media_key(work), "type": kind} | kept


def _media_key(work: Work) -> str:
    return f"7_{digits(19, 'media key', post_id(work))}"


def _post(work: Work, fields: set[str], now: float) -> dict[str, Any]:
    text = f"{work.title_en()} &amp; {work.pick(40, words.LINES_EN)}"
    kind = kind_of(work)
    if kind == "retweet":
        text = f"RT @someone: {text}"[:140]
    created = datetime.fromtimestamp(work.created, UTC)
    whole: dict[str, Any] = {
        "created_at": f"{created:%Y-%m-%dT%H:%M:%S}.000Z",
        "lang": "en",
        "possibly_sensitive": False,
        "public_metrics": {
            "retweet_count": work.portion(now, 60, 0, 8),
            "reply_count": 0 if kind == "retweet" else work.portion(now, 66, 0, 9),
            "like_count": 0 if kind == "retweet" else work.portion(now, 72, 5, 60),
            "quote_count": 0 if kind == "retweet" else work.portion(now, 78, 0, 3),
            "bookmark_count": work.portion(now, 84, 0, 12),
            "impression_count": work.views(now),
        },
    }
    if _media_kind(work):
        whole["attachments"] = {"media_keys": [_media_key(work)]}
    if work.index % 13 == 0:
        whole["note_tweet"] = {"text": f"{text} " + "and on it goes. " * 30}
    identifier = post_id(work)
    always = {"id": identifier, "text": text, "edit_history_tweet_ids": [identifier]}
    return always | {name: value for name, value in whole.items() if name in fields}


def _user_id(person: str) -> str:
    return digits(19, "x user", person)


def _username(person: str) -> str:
    return f"{person.replace('-', '_')[:10]}_{hexadecimal(4, 'x name', person)}"
