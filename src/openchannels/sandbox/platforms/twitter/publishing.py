"""Posts that calls make and delete.

An app pays per use unless its client id ends in `-enterprise`: it may not quote, may answer only
who has mentioned the account, and may use one cashtag. `mara` is a Premium user with long posts.
https://docs.x.com/x-api/posts/create-or-edit-post
"""

import unicodedata
from typing import Any

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.platforms.twitter.access import (
    is_self_serve,
    rate_headers,
    require_token,
)
from openchannels.sandbox.platforms.twitter.counts import QUOTED, REPLIED
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter
from openchannels.sandbox.platforms.twitter.media import MediaUploads
from openchannels.sandbox.platforms.twitter.posts import user_id, username
from openchannels.sandbox.platforms.twitter.search import find_post
from openchannels.sandbox.platforms.twitter.text import (
    MOST_OF_PREMIUM,
    MOST_WEIGHT,
    cashtags,
    shown,
    weight,
)

SCOPES = ("tweet.read", "tweet.write", "users.read")
PREMIUM = "mara"
DUPLICATE_SECONDS = 3_600
MOST_IMAGES = 4
_FIELDS: dict[str, set[str]] = {
    "text": set(),
    "media": {"media_ids", "tagged_user_ids"},
    "poll": {"options", "duration_minutes"},
    "reply": {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"},
    "reply_settings": set(),
    "quote_tweet_id": set(),
    "made_with_ai": set(),
    "paid_partnership": set(),
    "nullcast": set(),
    "share_with_followers": set(),
    "for_super_followers_only": set(),
    "community_id": set(),
}
_SETTINGS = {"following", "mentionedUsers", "subscribers", "verified"}
_REFUSALS = {
    "credits-depleted": (402, "Payment Required", "credits depleted"),
    "usage-capped": (403, "Forbidden", "Usage cap exceeded: Monthly product cap"),
    "user-suspended": (403, "Forbidden", "The user is suspended."),
}
"""Refusals that have a type; any other one is the detail of a 403 without."""


class Publishing:
    """The calls that write posts."""

    def __init__(self, emulator: Emulator, media: MediaUploads) -> None:
        self._emulator = emulator
        self._media = media

    def routes(self, host: str) -> list[Route]:
        """Their addresses."""
        return [
            Route("POST", host, "/2/tweets", self.create),
            Route("DELETE", host, "/2/tweets/{post}", self.delete),
        ]

    def create(self, request: Request) -> Reply:
        """Publish a post."""
        token = require_token(self._emulator, request, *SCOPES)
        body, person = request.json, token.grant.person
        _check_body(body)
        if self._emulator.conduct.reject:
            return _refusal(self._emulator.conduct.reject)
        series = self._emulator.series(person)
        if self._emulator.has_reached_cap(series, request.now):
            return _capped(self._emulator.rate_limited(request), request.now)
        ids = object_at(body, "media").get("media_ids", [])
        media = self._media.attached(token, ids, request.now) if ids else []
        _check_media([medium["kind"] for medium in media])
        text = body.get("text", "")
        self._check_text(text, token, request.now)
        replied = self._target(body.get("reply", {}).get("in_reply_to_tweet_id"), token, "reply")
        quoted = self._target(body.get("quote_tweet_id"), token, "quote")
        post = {
            "title": text,
            "text": shown(text, media),
            "media": media,
            "poll": body.get("poll", {}),
            "replySettings": body.get("reply_settings", "everyone"),
            "labels": [name for name in ("made_with_ai", "paid_partnership") if body.get(name)],
            "references": _references(self._emulator, replied, quoted),
        }
        work = series.publish_post(post, request.now)
        identifier = self._emulator.work_id(work)
        for target, counted in ((replied, REPLIED), (quoted, QUOTED)):
            if target is not None:
                tallies = self._emulator.context.tallies
                tallies.add(target.place, counted, identifier, request.now)
        data = {"id": identifier, "text": post["text"], "edit_history_tweet_ids": [identifier]}
        return Reply.json({"data": data}, 201, **rate_headers(request.now, 100))

    def delete(self, request: Request) -> Reply:
        """Delete one of the person's own posts."""
        token = require_token(self._emulator, request, *SCOPES)
        identifier, person = request.params["post"], token.grant.person
        work = find_post(self._emulator, person, identifier)
        if work is None:
            detail = f"Could not find tweet with id: [{identifier}]."
            return error_reply(404, "resource-not-found", "Not Found Error", detail)
        if work.owner.person != person:
            return _forbidden("You are not authorized to delete this Tweet.")
        self._emulator.delete(person, "", [identifier])
        return Reply.json({"data": {"deleted": True}}, 200, **rate_headers(request.now, 50))

    def _check_text(self, text: str, token: Token, now: float) -> None:
        """Raises EarlyReply with 403 for a text that is too long or was posted before."""
        person = token.grant.person
        if weight(text) > (MOST_OF_PREMIUM if person == PREMIUM else MOST_WEIGHT):
            raise EarlyReply(_forbidden("You are not permitted to perform this action."))
        if is_self_serve(token) and cashtags(text) > 1:
            message = "Your post exceeds the maximum of one cashtag per post."
            raise EarlyReply(_forbidden(message))
        recent = [
            _same(work.title_en())
            for work in self._emulator.series(person).posts()
            if work.created > now - DUPLICATE_SECONDS
        ]
        if text and _same(text) in recent:
            message = "You are not allowed to create a Tweet with duplicate content."
            raise EarlyReply(_forbidden(message))

    def _target(self, identifier: str | None, token: Token, act: str) -> Work | None:
        """The post that is answered or quoted. Raises EarlyReply with 403 if it may not be."""
        if identifier is None:
            return None
        person = token.grant.person
        work = find_post(self._emulator, person, identifier)
        if work is None:
            message = f"You attempted to {act} to a Tweet that is deleted or not visible to you."
            raise EarlyReply(_forbidden(message))
        if not is_self_serve(token):
            return work
        if act == "quote":
            message = (
                "Quoting this post is not allowed because you have not been mentioned or are"
                " not part of the conversation thread."
            )
            raise EarlyReply(_forbidden(message))
        if work.owner.person != person and f"@{username(person)}" not in work.title_en():
            message = (
                "Reply to this conversation is not allowed because you have not been mentioned or"
                " otherwise engaged by the author of the post you are replying to."
            )
            raise EarlyReply(_forbidden(message))
        return work


def _references(emulator: Emulator, replied: Work | None, quoted: Work | None) -> dict[str, Any]:
    """What lists show of the posts that a post answers or quotes."""
    found = {"replied_to": replied, "quoted": quoted}
    shown = [{"type": kind, "id": emulator.work_id(work)} for kind, work in found.items() if work]
    if replied is None:
        return {"posts": shown}
    root = (replied.post or {}).get("references", {}).get("conversation")
    return {
        "posts": shown,
        "conversation": root or emulator.work_id(replied),
        "user": user_id(replied.owner.person),
    }


def _check_body(body: dict[str, Any]) -> None:
    """Raises EarlyReply with 400 for a body outside the schema."""
    for name, value in body.items():
        known = _FIELDS.get(name)
        inner = value.keys() if isinstance(value, dict) else set()
        if known is None or value is None or inner - known or bool(known) != bool(inner):
            raise EarlyReply(_invalid(name, value, f"The field `{name}` is not valid"))
    exclusive = [name for name in ("media", "poll", "quote_tweet_id") if name in body]
    if len(exclusive) > 1:
        raise EarlyReply(_invalid(exclusive[0], "", f"{exclusive} exclude one another"))
    if not isinstance(body.get("text", ""), str):
        raise EarlyReply(_invalid("text", body["text"], "is not a text"))
    if not _are_texts(object_at(body, "media").get("media_ids", [])):
        raise EarlyReply(_invalid("media.media_ids", "", "is not a list of texts"))
    if not body.get("text") and "media" not in body:
        raise EarlyReply(_invalid("text", "", "The `text` or media is required"))
    if str(body.get("reply_settings", "verified")) not in _SETTINGS:
        sent = body["reply_settings"]
        raise EarlyReply(_invalid("reply_settings", sent, f"is not one of {sorted(_SETTINGS)}"))
    if "poll" in body:
        _check_poll(body["poll"])


def _check_poll(poll: dict[str, Any]) -> None:
    options, minutes = poll.get("options", []), poll.get("duration_minutes", 0)
    if (
        not _are_texts(options)
        or not 2 <= len(options) <= 4
        or any(not 1 <= len(option) <= 25 for option in options)
    ):
        raise EarlyReply(_invalid("poll.options", options, "has 2 to 4 texts of 1 to 25"))
    if type(minutes) is not int or not 5 <= minutes <= 10_080:
        raise EarlyReply(_invalid("poll.duration_minutes", minutes, "is not between 5 and 10080"))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _check_media(kinds: list[str]) -> None:
    if len(kinds) > MOST_IMAGES or (len(kinds) > 1 and set(kinds) != {"photo"}):
        message = "Four images, or one video, or one GIF may be attached"
        raise EarlyReply(_invalid("media.media_ids", kinds, message))


def _invalid(name: str, value: object, message: str) -> Reply:
    return invalid_parameter(name, str(value), message)


def _forbidden(detail: str) -> Reply:
    return error_reply(403, "blank", "Forbidden", detail)


def _refusal(code: str) -> Reply:
    if code not in _REFUSALS:
        return _forbidden(code)
    status, title, detail = _REFUSALS[code]
    return error_reply(status, code, title, detail)


def _capped(reply: Reply, now: float) -> Reply:
    """429 of the user's own limit of a day."""
    reply.headers |= {
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(int(now) + 86_400),
    }
    return reply


def _same(text: str) -> str:
    """A text without what makes no difference between duplicates."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
