"""X API v2: the user, their posts and the posts' figures.

https://docs.x.com/x-api/introduction
"""

import re
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digits, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.oauth import oauth_error
from openchannels.sandbox.platforms.twitter.access import rate_headers, require_token
from openchannels.sandbox.platforms.twitter.analytics import (
    fields_of,
    moment_of,
    post_analytics,
    spans_of,
)
from openchannels.sandbox.platforms.twitter.bodies import post_bodies
from openchannels.sandbox.platforms.twitter.engagement import Engagement
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter, not_found
from openchannels.sandbox.platforms.twitter.fields import check_fields
from openchannels.sandbox.platforms.twitter.login import HOSTS, REALM, Login
from openchannels.sandbox.platforms.twitter.media import MediaUploads
from openchannels.sandbox.platforms.twitter.posts import (
    POST_IDS,
    page_meta,
    reachable,
    read_page_token,
    user_id,
    username,
    window,
)
from openchannels.sandbox.platforms.twitter.publishing import Publishing
from openchannels.sandbox.platforms.twitter.search import find_post
from openchannels.sandbox.short_links import number_of, short_link

DEFAULT_PAGE, LEAST_PER_PAGE, MOST_PER_PAGE = 10, 5, 100
WINDOW_CALLS = 900


class Twitter(Emulator):
    """One account for every person; every tenth post a repost and every tenth a reply.

    What a call posts comes to the list only after the time that the control call sets for reviews.
    """

    name = REALM
    work_ids = POST_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._login = Login(context.grants)
        self._media = MediaUploads(self)
        self._publishing = Publishing(self, self._media)
        self._engagement = Engagement(self, self._bodies)

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile and posts on both names of X, images."""
        return [
            *self._login.routes(),
            *(route for host in HOSTS for route in self._calls(host)),
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
            Route("GET", host, "/2/users/me", self.me),
            Route("GET", host, "/2/users/{user}/tweets", self.posts),
            Route("GET", host, "/2/tweets", self.lookup),
            Route("GET", host, "/2/tweets/analytics", self.analytics),
            *self._engagement.routes(host),
            Route("GET", host, "/2/tweets/{post}", self.single),
            *self._media.routes(host),
            *self._publishing.routes(host),
        ]

    def me(self, request: Request) -> Reply:
        """The profile with the requested fields."""
        token = require_token(self, request, "tweet.read", "users.read")
        check_fields(request.query)
        data = self._requested_user(request, token.grant.person)
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 75))

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
            "username": username(person),
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
        token = require_token(self, request, "tweet.read", "users.read")
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
        person = token.grant.person
        lag = self.conduct.review_seconds
        until = request.now - lag if lag else None
        found = reachable(self.series(person), set(query.split_values("exclude")), until)
        if "start_time" in query:
            since = moment_of(query, "start_time")
            found = [work for work in found if work.created >= since]
        works, start = window(found, position, count)
        body = self._bodies(request, person, works)
        body["meta"] = page_meta(found, works, start)
        return Reply.json(body, 200, **rate_headers(request.now, WINDOW_CALLS))

    def lookup(self, request: Request) -> Reply:
        """Posts by id; those that do not exist are partial errors."""
        token = require_token(self, request, "tweet.read", "users.read")
        check_fields(request.query)
        body = self._looked_up(request, token.grant.person, _ids(request))
        return Reply.json(body, 200, **rate_headers(request.now, 5_000))

    def single(self, request: Request) -> Reply:
        """One post by its id; if it does not exist, the errors stand alone."""
        token = require_token(self, request, "tweet.read", "users.read")
        check_fields(request.query)
        _check_id("id", request.params["post"])
        body = self._looked_up(request, token.grant.person, [request.params["post"]])
        if "data" in body:
            (body["data"],) = body["data"]
        return Reply.json(body, 200, **rate_headers(request.now, WINDOW_CALLS))

    def analytics(self, request: Request) -> Reply:
        """The figures of the person's own posts over time."""
        token = require_token(self, request, "tweet.read", "users.read")
        asked, fields = _ids(request), fields_of(request.query)
        spans = spans_of(request.query, request.now)
        series = self.series(token.grant.person)
        found = {one: self.find_work(series, one) for one in asked}
        data = [post_analytics(w, request.query, spans, fields) for w in found.values() if w]
        errors = [not_found(one) for one, work in found.items() if work is None]
        body = {"data": data, "errors": errors}
        filled = {name: part for name, part in body.items() if part}
        return Reply.json(filled, 200, **rate_headers(request.now, 300))

    def _looked_up(self, request: Request, person: str, asked: list[str]) -> dict[str, Any]:
        found = {one: find_post(self, person, one) for one in asked}
        body = self._bodies(request, person, [work for work in found.values() if work])
        missing = [not_found(one) for one, work in found.items() if work is None]
        errors = body.get("errors", []) + missing
        return body | ({"errors": errors} if errors else {})

    def _bodies(self, request: Request, person: str, works: list[Work]) -> dict[str, Any]:
        """The posts with their media, and with their authors if they are asked for."""
        body = post_bodies(works, request.query, request.now, person)
        if works and "author_id" in request.query.split_values("expansions"):
            authors = dict.fromkeys(work.owner.person for work in works)
            users = [self._requested_user(request, author) for author in authors]
            body["includes"] = {**body.get("includes", {}), "users": users}
        return body

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of posts that are neither reposts nor replies, what it likes."""
        series = self.series(person)
        own = reachable(series, {"retweets", "replies"})
        return {
            "person": person,
            "id": user_id(person),
            "username": username(person),
            "works": len(own),
            "posts": series.total,
            "done": self._engagement.done_by(person),
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


def _ids(request: Request) -> list[str]:
    """The posts that a call asks for, each once. Raises EarlyReply with 400."""
    asked = request.query.split_values("ids")
    if not 1 <= len(asked) <= MOST_PER_PAGE:
        message = f"The number of values in the `ids` query parameter list [{len(asked)}] is not"
        message = f"{message} between 1 and {MOST_PER_PAGE}"
        raise EarlyReply(invalid_parameter("ids", request.query.get("ids"), message))
    for one in asked:
        _check_id("ids", one)
    return list(dict.fromkeys(asked))


def _check_id(parameter: str, text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,19}", text):
        message = f"The `{parameter}` query parameter value [{text}] is not valid"
        raise EarlyReply(invalid_parameter(parameter, text, message))
