"""Answers to posts, and what a person does with a post or another person.

Answers are found among the posts of the last seven days. Likes, follows and their opposites are
for apps that do not pay per use.
https://docs.x.com/x-api/posts/search/introduction
"""

import re
from collections.abc import Callable
from typing import Any

from openchannels.sandbox.dataset import PERSONS, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.twitter.access import (
    is_self_serve,
    rate_headers,
    require_token,
)
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter
from openchannels.sandbox.platforms.twitter.fields import check_fields
from openchannels.sandbox.platforms.twitter.posts import POST_IDS, find_post, user_id

SEARCH_SECONDS = 7 * 86_400
DEFAULT_PAGE, LEAST_PER_PAGE, MOST_PER_PAGE = 10, 10, 100
_QUERY = re.compile(r"(conversation_id|in_reply_to_tweet_id):(\d{1,19})( is:reply)?")
_ACTS = {
    "likes": ("tweet_id", "liked", "like.write", False),
    "retweets": ("tweet_id", "retweeted", "tweet.write", True),
    "bookmarks": ("tweet_id", "bookmarked", "bookmark.write", True),
    "following": ("target_user_id", "following", "follows.write", False),
}
"""Name of the id, name of the state, scope, and whether apps that pay per use may."""
_READING = ("tweet.read", "users.read")

Bodies = Callable[[Request, str, list[Work]], dict[str, Any]]
"""Shows posts to a person as a call asks for them."""


class Engagement:
    """The calls about answers and states."""

    def __init__(self, emulator: Emulator, bodies: Bodies) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._bodies = bodies

    def routes(self, host: str) -> list[Route]:
        """Their addresses."""
        return [
            Route("GET", host, "/2/tweets/search/recent", self.search),
            Route("PUT", host, "/2/tweets/{post}/hidden", self.hide),
            Route("POST", host, "/2/users/{user}/{act}", self.act),
            Route("DELETE", host, "/2/users/{user}/{act}/{target}", self.undo),
        ]

    def search(self, request: Request) -> Reply:
        """The answers to a post, newest first."""
        token = require_token(self._emulator, request, *_READING)
        check_fields(request.query)
        asked = _QUERY.fullmatch(request.query.get("query"))
        if asked is None:
            sent = request.query.get("query")
            return invalid_parameter("query", sent, "This emulator finds answers only")
        size = request.query.integer("max_results", DEFAULT_PAGE)
        if size is None or not LEAST_PER_PAGE <= size <= MOST_PER_PAGE:
            sent = request.query.get("max_results")
            return invalid_parameter("max_results", sent, "is not between 10 and 100")
        place = request.query.get("next_token") or "b26v0"
        if not re.fullmatch(r"b26v\d{1,6}", place):
            return invalid_parameter("next_token", place, "is invalid")
        start, person = int(place[4:]), token.grant.person
        found = self._answers(person, asked[1], asked[2], request.now)
        body = self._bodies(request, person, found[start : start + size])
        body["meta"] = {"result_count": len(found[start : start + size])}
        if start + size < len(found):
            body["meta"]["next_token"] = f"b26v{start + size}"
        return Reply.json(body, 200, **rate_headers(request.now, 300))

    def _answers(self, person: str, kind: str, wanted: str, now: float) -> list[Work]:
        works = [
            work
            for author in dict.fromkeys((person, *PERSONS))
            for work in self._emulator.series(author).posts()
            if work.created > now - SEARCH_SECONDS and _answers_to(work, kind, wanted)
        ]
        return sorted(works, key=lambda work: work.created, reverse=True)

    def hide(self, request: Request) -> Reply:
        """Hide an answer in a conversation that the person began, or show it again."""
        token = require_token(self._emulator, request, *_READING, "tweet.moderate.write")
        person, hidden = token.grant.person, request.json.get("hidden")
        work = find_post(self._emulator, person, request.params["post"])
        root = work and (work.post or {}).get("references", {}).get("conversation")
        began = root and self._emulator.find_work(self._emulator.series(person), root)
        if work is None or work.post is None or not began or not isinstance(hidden, bool):
            detail = "You are not allowed to hide this reply."
            return error_reply(403, "blank", "Forbidden", detail)
        series = self._emulator.series(work.owner.person)
        series.change_post(work, {**work.post, "hidden": hidden})
        return Reply.json({"data": {"hidden": hidden}}, 200, **rate_headers(request.now, 50))

    def act(self, request: Request) -> Reply:
        """Like, repost or bookmark a post, or follow a person; a repeated call changes nothing."""
        name, shown, token = self._allowed(request)
        target = str(request.json.get(name, ""))
        self._check_target(token, name, target)
        self._documents.put("x_acts", self._key(request, target), {})
        more = {"pending_follow": False} if shown == "following" else {}
        body = {"data": {shown: True, **more}}
        return Reply.json(body, 200, **rate_headers(request.now, 50))

    def undo(self, request: Request) -> Reply:
        """Take one of these back."""
        _, shown, _ = self._allowed(request)
        self._documents.delete("x_acts", self._key(request, request.params["target"]))
        return Reply.json({"data": {shown: False}}, 200, **rate_headers(request.now, 50))

    def _allowed(self, request: Request) -> tuple[str, str, Token]:
        """The name of the id, that of the state, and the token. Raises EarlyReply."""
        act = _ACTS.get(request.params["act"])
        if act is None:
            raise EarlyReply(error_reply(404, "blank", "Not Found", "Not Found"))
        name, shown, scope, for_all = act
        token = require_token(self._emulator, request, *_READING, scope)
        if request.params["user"] != user_id(token.grant.person):
            detail = "You are not permitted to perform this action for this user."
            raise EarlyReply(error_reply(403, "blank", "Forbidden", detail))
        if is_self_serve(token) and not for_all:
            detail = "This endpoint is not available to your app."
            raise EarlyReply(error_reply(403, "client-forbidden", "Client Forbidden", detail))
        return name, shown, token

    def _check_target(self, token: Token, name: str, target: str) -> None:
        """Raises EarlyReply with 400 unless there is what a call names."""
        is_post = name == "tweet_id"
        found = is_post and find_post(self._emulator, token.grant.person, target) is not None
        if not found and (is_post or not re.fullmatch(r"\d{1,19}", target)):
            raise EarlyReply(invalid_parameter(name, target, f"The `{name}` is not valid"))

    def _key(self, request: Request, target: str) -> str:
        return f"{request.params['user']} {request.params['act']} {target}"


def _answers_to(work: Work, kind: str, wanted: str) -> bool:
    references = (work.post or {}).get("references", {})
    if kind == "conversation_id":
        return references.get("conversation") == wanted and POST_IDS.id_of(work) != wanted
    posts = references.get("posts", [])
    return {"type": "replied_to", "id": wanted} in posts
