"""Answers to posts, and what a person does with a post or another person.

Likes, follows and their opposites are for apps that do not pay per use. No call tells that an
answer is hidden, and it is found as before. Whether a repeated repost is refused is not confirmed:
`mara` is refused.
https://docs.x.com/x-api/posts/hide-replies/introduction
"""

import re
from collections.abc import Callable
from typing import Any

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digits
from openchannels.sandbox.platforms.twitter.access import (
    is_self_serve,
    rate_headers,
    require_token,
)
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter
from openchannels.sandbox.platforms.twitter.fields import check_fields
from openchannels.sandbox.platforms.twitter.posts import user_id
from openchannels.sandbox.platforms.twitter.search import find_answers, find_post, page_of

_ACTS = {
    "likes": ("tweet_id", "liked", "like.write", False),
    "retweets": ("tweet_id", "retweeted", "tweet.write", True),
    "bookmarks": ("tweet_id", "bookmarked", "bookmark.write", True),
    "following": ("target_user_id", "following", "follows.write", False),
}
"""Name of the id, name of the state, scope, and whether apps that pay per use may.

Posts are tallied under the same names.
"""
_READING = ("tweet.read", "users.read")
_KIND, _HIDDEN = "x_act", "hidden"
_REPOSTS_ONCE = "mara"

Bodies = Callable[[Request, str, list[Work]], dict[str, Any]]
"""Shows posts to a person as a call asks for them."""


class Engagement:
    """The calls about answers and states."""

    def __init__(self, emulator: Emulator, bodies: Bodies) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._tallies = emulator.context.tallies
        self._bodies = bodies

    def routes(self, host: str) -> list[Route]:
        """Their addresses."""
        return [
            Route("GET", host, "/2/tweets/search/recent", self.search),
            Route("PUT", host, "/2/tweets/{post}/hidden", self.hide),
            Route("POST", host, "/2/users/{user}/{act}", self.act),
            Route("DELETE", host, "/2/users/{user}/{act}/{target}", self.undo),
        ]

    def done_by(self, person: str) -> dict[str, list[str]]:
        """The ids of what a person likes, reposts, keeps, follows and hides, oldest first."""
        return {
            act: [
                key.rpartition(" ")[2]
                for key in self._documents.of_owner(_KIND, f"{user_id(person)} {act}")
            ]
            for act in (*_ACTS, _HIDDEN)
        }

    def search(self, request: Request) -> Reply:
        """A page of the answers to a post, newest first."""
        token = require_token(self._emulator, request, *_READING)
        check_fields(request.query)
        person = token.grant.person
        found = find_answers(self._emulator, person, request.query, request.now)
        shown, meta = page_of(found, request.query)
        body = self._bodies(request, person, shown) | {"meta": meta}
        return Reply.json(body, 200, **rate_headers(request.now, 300))

    def hide(self, request: Request) -> Reply:
        """Hide an answer in a conversation that the person began, or show it again."""
        token = require_token(self._emulator, request, *_READING, "tweet.moderate.write")
        person, identifier = token.grant.person, request.params["post"]
        hidden = request.json.get("hidden")
        if not isinstance(hidden, bool):
            return invalid_parameter("hidden", str(hidden), "The field `hidden` is not valid")
        work = self._post(token, "id", identifier)
        root = (work.post or {}).get("references", {}).get("conversation")
        series = self._emulator.series(person)
        if not root or self._emulator.find_work(series, root) is None:
            detail = "You are not allowed to hide this reply."
            return error_reply(403, "blank", "Forbidden", detail)
        self._remember(user_id(person), _HIDDEN, identifier, done=hidden)
        return Reply.json({"data": {"hidden": hidden}}, 200, **rate_headers(request.now, 50))

    def act(self, request: Request) -> Reply:
        """Like, repost or bookmark a post, or follow a person."""
        name, shown, token = self._allowed(request)
        act, target = request.params["act"], str(request.json.get(name, ""))
        work = self._target(token, name, target)
        is_repeated = self._remember(request.params["user"], act, target, done=True)
        if work is not None:
            self._tallies.add(work.place, act, token.grant.person, request.now)
        more: dict[str, Any] = {}
        if shown == "following":
            more = {"pending_follow": False}
        if shown == "retweeted":
            if is_repeated and token.grant.person == _REPOSTS_ONCE:
                detail = "You cannot retweet a Tweet that you have already retweeted."
                return error_reply(403, "blank", "Forbidden", detail)
            more = {"rest_id": digits(19, "x repost", token.grant.person, target)}
        body = {"data": {shown: True, **more}}
        return Reply.json(body, 200, **rate_headers(request.now, 50))

    def undo(self, request: Request) -> Reply:
        """Take one of these back."""
        _, shown, token = self._allowed(request)
        act, target, person = request.params["act"], request.params["target"], token.grant.person
        self._remember(request.params["user"], act, target, done=False)
        work = find_post(self._emulator, person, target)
        if work is not None:
            self._tallies.remove(work.place, act, person)
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

    def _target(self, token: Token, name: str, target: str) -> Work | None:
        """The post that a call names; None for a user, and every other one is there.

        Raises EarlyReply unless it is there.
        """
        if name == "tweet_id":
            return self._post(token, name, target)
        if not re.fullmatch(r"\d{1,19}", target) or target == user_id(token.grant.person):
            raise EarlyReply(invalid_parameter(name, target, f"The `{name}` is not valid"))
        return None

    def _post(self, token: Token, name: str, identifier: str) -> Work:
        """The post that a call names. Raises EarlyReply with 400 or 404."""
        if not re.fullmatch(r"\d{1,19}", identifier):
            raise EarlyReply(invalid_parameter(name, identifier, f"The `{name}` is not valid"))
        work = find_post(self._emulator, token.grant.person, identifier)
        if work is None:
            detail = f"Could not find tweet with {name}: [{identifier}]."
            raise EarlyReply(error_reply(404, "resource-not-found", "Not Found Error", detail))
        return work

    def _remember(self, user: str, act: str, target: str, *, done: bool) -> bool:
        """Keep or forget that a user did something; returns whether it was so before."""
        owner = f"{user} {act}"
        key = f"{owner} {target}"
        was_done = self._documents.get(_KIND, key) is not None
        if not done:
            self._documents.delete(_KIND, key)
        elif not was_done:
            self._documents.put(_KIND, key, {}, owner)
        return was_done
