"""Reviews of a location, and the owner's answers to them.

An answer is `PENDING` for as long as moderation takes; one that it refuses stays invisible.
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews
"""

import re
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digest, letters
from openchannels.sandbox.platforms.google.accounts import GoogleAccounts
from openchannels.sandbox.platforms.google.business_access import (
    POSTS_HOST,
    find_location,
    require_business,
)
from openchannels.sandbox.platforms.google.business_errors import invalid, violation
from openchannels.sandbox.platforms.google.locations import Location

MOST_PER_PAGE, MOST_REPLY_BYTES = 50, 4_096
_REVIEWS = "/v4/accounts/{account}/locations/{location}/reviews"
_KIND = "gbp_reply"
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
_ORDERS = ("updateTime desc", "rating", "rating desc")
_SINCE = 1_767_225_600


class Reviews:
    """The calls about reviews."""

    def __init__(self, emulator: Emulator, accounts: GoogleAccounts) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("GET", POSTS_HOST, _REVIEWS, self.list_reviews),
            Route("GET", POSTS_HOST, f"{_REVIEWS}/{{review}}", self.show),
            Route("PUT", POSTS_HOST, f"{_REVIEWS}/{{review}}/reply", self.reply),
            Route("DELETE", POSTS_HOST, f"{_REVIEWS}/{{review}}/reply", self.delete_reply),
        ]

    def list_reviews(self, request: Request) -> Reply:
        """A page of the reviews; a location without any answers an empty object."""
        location = self._location(request)
        size = request.query.integer("pageSize", MOST_PER_PAGE)
        place, order = request.query.get("pageToken"), request.query.get("orderBy", _ORDERS[0])
        if size is None or not 1 <= size <= MOST_PER_PAGE or order not in _ORDERS:
            return invalid("pageSize or orderBy")
        if not re.fullmatch(r"(CAE\d{1,6})?", place):
            return invalid("pageToken")
        every = [self._review(request, location, number) for number in _numbers(location)]
        stars = [_STARS.index(one["starRating"]) + 1 for one in every]
        if order.startswith("rating"):
            every.sort(key=_rating, reverse=order.endswith("desc"))
        start = int(place[3:] or 0)
        shown = every[start : start + size]
        if not shown:
            return Reply.json({})
        answer = {
            "reviews": shown,
            "averageRating": round(sum(stars) / len(stars), 1),
            "totalReviewCount": len(every),
        }
        if start + size < len(every):
            answer["nextPageToken"] = f"CAE{start + size}"
        return Reply.json(answer)

    def show(self, request: Request) -> Reply:
        """One review."""
        location, number = self._number(request)
        return Reply.json(self._review(request, location, number))

    def reply(self, request: Request) -> Reply:
        """Answer a review, or change the answer."""
        self._number(request)
        text = request.json.get("comment")
        if not isinstance(text, str) or not text.strip():
            raise violation(2, "comment", "comment is required")
        if len(text.encode()) > MOST_REPLY_BYTES:
            raise violation(9, "comment", f"Must be at most {MOST_REPLY_BYTES} bytes")
        conduct = self._emulator.conduct
        seen = request.now + conduct.review_seconds
        kept = {"comment": text, "at": request.now, "seen": seen, "refused": bool(conduct.reject)}
        self._documents.put(_KIND, request.params["review"], kept)
        return Reply.json(_shown_reply(kept, request.now, is_new=True))

    def delete_reply(self, request: Request) -> Reply:
        """Take the answer back."""
        self._number(request)
        deleted = self._documents.delete(_KIND, request.params["review"])
        return Reply.json({}) if deleted else self._emulator.not_found(request)

    def _location(self, request: Request) -> Location:
        token = require_business(self._accounts, request)
        location = find_location(token.grant.person, request)
        if location is None:
            raise EarlyReply(self._emulator.not_found(request))
        return location

    def _number(self, request: Request) -> tuple[Location, int]:
        """The location and the number of a review. Raises EarlyReply with 404."""
        location, wanted = self._location(request), request.params["review"]
        for number in _numbers(location):
            if _review_id(location, number) == wanted:
                return location, number
        raise EarlyReply(self._emulator.not_found(request))

    def _review(self, request: Request, location: Location, number: int) -> dict[str, Any]:
        identifier = _review_id(location, number)
        bits = digest("gbp review", identifier)
        parent = f"accounts/{request.params['account']}/locations/{location.id}"
        moment = f"{utc_text(_SINCE + number * 86_400)}Z"
        names = sample_text.FIRST_NAMES_EN
        review: dict[str, Any] = {
            "name": f"{parent}/reviews/{identifier}",
            "reviewId": identifier,
            "reviewer": {"displayName": names[bits % len(names)], "isAnonymous": False},
            "starRating": _STARS[(bits >> 8) % len(_STARS)],
            "createTime": moment,
            "updateTime": moment,
        }
        if number % 4:
            lines = sample_text.LINES_EN
            review["comment"] = lines[(bits >> 16) % len(lines)]
        kept = self._documents.get(_KIND, identifier)
        return review if kept is None else review | {"reviewReply": _shown_reply(kept, request.now)}


def _numbers(location: Location) -> range:
    """The numbers of a location's reviews, the newest first; every ninth has none."""
    count = location.creator.number("reviews", 3, 130) if location.slot % 9 != 4 else 0
    return range(count - 1, -1, -1)


def _review_id(location: Location, number: int) -> str:
    return "AbFvOq" + letters(18, "gbp review", location.id, number)


def _rating(review: dict[str, Any]) -> int:
    return _STARS.index(review["starRating"])


def _shown_reply(kept: dict[str, Any], now: float, *, is_new: bool = False) -> dict[str, str]:
    state = "PENDING" if is_new or now < kept["seen"] else "APPROVED"
    if state == "APPROVED" and kept["refused"]:
        state = "REJECTED"
    moment = f"{utc_text(kept['at'])}Z"
    return {"comment": kept["comment"], "updateTime": moment, "reviewReplyState": state}
