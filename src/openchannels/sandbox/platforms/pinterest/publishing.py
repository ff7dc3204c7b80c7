"""Pins that calls make, change and delete.

The same call twice makes two pins. An app with Trial access may only write to the sandbox of
Pinterest, and only one whose client id ends in `-beta` may change pins.
https://developers.pinterest.com/docs/api/v5/pins-create
"""

import re
from typing import Any

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.pinterest.access import rate_headers, require_token
from openchannels.sandbox.platforms.pinterest.boards import Board, boards_of
from openchannels.sandbox.platforms.pinterest.errors import error_reply
from openchannels.sandbox.platforms.pinterest.media import MediaUploads
from openchannels.sandbox.platforms.pinterest.pins import pin_body
from openchannels.sandbox.platforms.pinterest.sources import read_source

SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write")
SECRET_SCOPES = ("boards:write_secret", "pins:write_secret")
_LONGEST = {"title": 100, "description": 800, "link": 2_048, "alt_text": 500}
_FIELDS = {*_LONGEST, "board_id", "board_section_id", "dominant_color", "media_source"}
_CHANGEABLE = {*_LONGEST, "board_id", "board_section_id", "carousel_slots"}
_API = "api.pinterest.com"
_TRIAL = (
    f"Apps with Trial access may not create Pins in production https://{_API} - use API Sandbox"
    " https://api-sandbox.pinterest.com instead."
)
_REFUSALS = {
    "spam": (400, 1, "Sorry! We blocked this link because it may lead to spam."),
    "blocked": (403, 29, "You are not permitted to access that resource."),
}
_MEDIA_REFUSALS = {
    "ratio": (400, 1, "Images must have the same width/height ratios."),
    "too_small": (403, 1, "Your image is too small. Please choose a larger image and try again."),
    "fetch": (400, 1, "Sorry we could not fetch the image."),
}


class Publishing:
    """The calls that write pins."""

    def __init__(self, emulator: Emulator, media: MediaUploads) -> None:
        self._emulator = emulator
        self._media = media

    def routes(self, host: str) -> list[Route]:
        """Their addresses."""
        pin = "/v5/pins/{pin}"
        return [
            Route("POST", host, "/v5/pins", self.create, max_body=MAX_UPLOAD),
            Route("PATCH", host, pin, self.update),
            Route("DELETE", host, pin, self.delete),
        ]

    def create(self, request: Request) -> Reply:
        """Put a pin on a board of the account."""
        token = require_token(self._emulator, request, *SCOPES)
        conduct, body = self._emulator.conduct, request.json
        if not conduct.audited and request.host == _API:
            return error_reply(403, 29, _TRIAL)
        _check_fields(body, _FIELDS)
        board = self._board(request, token, body.get("board_id"))
        if not isinstance(body.get("media_source"), dict):
            return error_reply(400, 1, "media_source: is required")
        person = token.grant.person
        made = read_source(
            body["media_source"],
            self._emulator.context.media,
            lambda one: self._media.file_of(person, one, request.now),
        )
        if made["kind"] != "video" and conduct.reject_media:
            return _refusal(_MEDIA_REFUSALS, conduct.reject_media)
        if conduct.reject:
            return _refusal(_REFUSALS, conduct.reject)
        series = self._emulator.series(person)
        if self._emulator.has_reached_cap(series, request.now):
            return self._emulator.rate_limited(request)
        texts = {name: body.get(name) for name in _LONGEST}
        post = {**texts, **made, "title": body.get("title") or "", "board": board.id}
        post |= {"section": body.get("board_section_id"), "color": body.get("dominant_color")}
        work = series.publish_post(post, request.now)
        return Reply.json(pin_body(work, request.now, metrics=False), 201, **rate_headers())

    def update(self, request: Request) -> Reply:
        """Change the texts of a pin; null empties one."""
        token = require_token(self._emulator, request, *SCOPES)
        work = self._pin(request, token)
        if not token.grant.client_id.endswith("-beta") or work.post is None:
            return error_reply(403, 29, "You are not permitted to access that resource.")
        body = request.json
        _check_fields(body, _CHANGEABLE)
        post = {**work.post, **{name: value for name, value in body.items() if name in _LONGEST}}
        post["title"] = post["title"] or ""
        if "board_id" in body:
            post["board"] = self._board(request, token, body["board_id"]).id
        series = self._emulator.series(token.grant.person)
        series.change_post(work, post)
        changed = self._emulator.find_work(series, request.params["pin"])
        return Reply.json(changed and pin_body(changed, request.now, metrics=False))

    def delete(self, request: Request) -> Reply:
        """Delete a pin."""
        token = require_token(self._emulator, request, *SCOPES)
        self._pin(request, token)
        self._emulator.delete(token.grant.person, "", [request.params["pin"]])
        return Reply(204)

    def _pin(self, request: Request, token: Token) -> Work:
        series = self._emulator.series(token.grant.person)
        work = self._emulator.find_work(series, request.params["pin"])
        if work is None:
            raise EarlyReply(error_reply(404, 50, "Pin not found."))
        return work

    def _board(self, request: Request, token: Token, wanted: object) -> Board:
        """The board that a call names. Raises EarlyReply unless the account may pin there."""
        if not isinstance(wanted, str) or not re.fullmatch(r"\d+", wanted):
            raise EarlyReply(error_reply(400, 1, rf"board_id: {wanted!r} does not match '^\d+$'"))
        creator = self._emulator.creator(token.grant.person)
        boards = {one.id: one for one in boards_of(self._emulator.dataset, creator)}
        board = boards.get(wanted)
        if board is None:
            raise EarlyReply(error_reply(404, 40, "Board not found."))
        if board.is_ads_only:
            raise EarlyReply(error_reply(403, 29, "Not authorized to access board or Pin."))
        if board.privacy == "SECRET":
            self._emulator.require_scopes(request, token.grant, *SECRET_SCOPES)
        return board


def _check_fields(body: dict[str, Any], known: set[str]) -> None:
    """Raises EarlyReply with 400."""
    unknown = body.keys() - known
    if unknown:
        message = f"Additional properties are not allowed ({min(unknown)!r} was unexpected)"
        raise EarlyReply(error_reply(400, 1, message))
    for name, longest in _LONGEST.items():
        text = body.get(name)
        if text is not None and (not isinstance(text, str) or len(text) > longest):
            raise EarlyReply(error_reply(400, 1, f"{name}: constraint: maxLength={longest}"))


def _refusal(known: dict[str, tuple[int, int, str]], code: str) -> Reply:
    status, number, message = known.get(code, (400, 1, code))
    return error_reply(status, number, message)
