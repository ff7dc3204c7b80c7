"""Pinterest REST API v5: the profile, pins by bookmark, boards and analytics.

https://developers.pinterest.com/docs/api/v5/
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.pinterest.access import rate_headers, require_token
from openchannels.sandbox.platforms.pinterest.analytics import (
    ACCOUNT,
    LIFETIME,
    STANDARD,
    VIDEO,
    read_query,
    report,
)
from openchannels.sandbox.platforms.pinterest.boards import (
    LONGEST_NAME,
    MOST_BOARDS,
    PRIVACIES,
    PRIVACY_FILTERS,
    Board,
    board_body,
    boards_of,
    create_board,
    home_of,
    pin_counts,
)
from openchannels.sandbox.platforms.pinterest.errors import error_reply
from openchannels.sandbox.platforms.pinterest.login import HOSTS, REALM, Login
from openchannels.sandbox.platforms.pinterest.media import MediaUploads
from openchannels.sandbox.platforms.pinterest.pins import (
    PIN_FILTERS,
    PIN_IDS,
    bookmark,
    is_repin,
    media_type,
    page,
    pin_body,
    read_bookmark,
)
from openchannels.sandbox.platforms.pinterest.profile import (
    is_business,
    profile,
    user_id,
    username,
)
from openchannels.sandbox.platforms.pinterest.publishing import Publishing
from openchannels.sandbox.platforms.pinterest.sources import addresses_of
from openchannels.sandbox.short_links import number_of, short_link

DEFAULT_PAGE, MOST_PER_PAGE = 25, 250
_NEWEST = 1 << 40
"""A position in a list of pins that is newer than every pin."""
_SOURCES: dict[str, Callable[[Work], bool]] = {
    "ALL": PIN_FILTERS[""],
    "YOUR_PINS": PIN_FILTERS["exclude_repins"],
    "OTHER_PINS": PIN_FILTERS["exclude_native"],
}
"""Whose pins the figures of an account count, by `source`."""


def _shortener(code: str) -> str:
    return f"https://api.pinterest.com/url_shortener/{code}/redirect/"


def _sent(code: str) -> str:
    return f"https://www.pinterest.com/pin/{number_of(code)}/sent/?invite_code={code}&sfo=1"


class Pinterest(Emulator):
    """One account for every person; every ninth pin is saved from somebody else."""

    name = REALM
    work_ids = PIN_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._login = Login(context.grants)
        self._media = MediaUploads(self)
        self._publishing = Publishing(self, self._media)

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile, pins, images."""
        return [
            *self._login.routes(),
            *(route for host in HOSTS for route in self._calls(host)),
            self._media.upload_route(),
            Route("GET", "i.pinimg.com", "/600x600_R/{file}", avatar),
            Route("GET", "i.pinimg.com", "/{size}/{file}", cover),
            short_link("pin.it", "/{code}", _shortener, status=308),
            short_link("api.pinterest.com", "/url_shortener/{code}/redirect/", _sent),
        ]

    def _calls(self, host: str) -> list[Route]:
        return [
            Route("GET", host, "/v5/user_account", self.user_account),
            Route("GET", host, "/v5/pins", self.pins),
            Route("GET", host, "/v5/user_account/analytics", self.account_analytics),
            Route("GET", host, "/v5/pins/analytics", self.several_pins_analytics),
            Route("GET", host, "/v5/pins/{pin}", self.pin),
            Route("GET", host, "/v5/pins/{pin}/analytics", self.pin_analytics),
            Route("GET", host, "/v5/boards", self.boards),
            Route("POST", host, "/v5/boards", self.create_board),
            Route("GET", host, "/v5/boards/{board}", self.board),
            Route("GET", host, "/v5/boards/{board}/pins", self.pins_on_board),
            *self._media.routes(host),
            *self._publishing.routes(host),
        ]

    async def prepare(self, route: Route, request: Request) -> None:
        """Fetch the images of a pin, which Pinterest does during the call."""
        if request.method == "POST" and request.path == "/v5/pins":
            for address in addresses_of(request.json.get("media_source")):
                await self.context.media.fetch(address)

    def user_account(self, request: Request) -> Reply:
        """The profile; some counts are null for personal accounts."""
        token = require_token(self, request, "user_accounts:read")
        series = self.series(token.grant.person)
        own = username(token.grant.person)
        boards = [one for one in boards_of(self.dataset, series.owner) if one.owner == own]
        return Reply.json(profile(series, len(boards), request.now))

    def pins(self, request: Request) -> Reply:
        """A page of pins on the person's boards; `exclude_repins` keeps only their own."""
        token = require_token(self, request, "boards:read", "pins:read")
        wanted = request.query.get("pin_filter").lower()
        if wanted not in PIN_FILTERS:
            return error_reply(400, 1, "pin_filter is invalid")
        return self._pins(request, token, wanted, PIN_FILTERS[wanted])

    def pins_on_board(self, request: Request) -> Reply:
        """A page of the pins on one board."""
        token = require_token(self, request, "boards:read", "pins:read")
        board = self._board(request, token)
        on_board = f"on {board.id}"
        return self._pins(request, token, on_board, lambda work: home_of(work) == board.id)

    def _pins(
        self, request: Request, token: Token, query: str, wanted: Callable[[Work], bool]
    ) -> Reply:
        size = _page_size(request)
        start = read_bookmark(request.query.get("bookmark"), query, _NEWEST)
        if start is None:
            return error_reply(400, 1, "Invalid bookmark")
        works, last = page(self.series(token.grant.person), start, size, wanted)
        metrics = request.query.flag("pin_metrics")
        body = {
            "items": [pin_body(work, request.now, metrics) for work in works],
            "bookmark": None if last is None else bookmark(last, query),
        }
        return Reply.json(body, 200, **rate_headers())

    def pin(self, request: Request) -> Reply:
        """One pin by its id."""
        token = require_token(self, request, "boards:read", "pins:read")
        work = self._pin(request, token)
        metrics = request.query.flag("pin_metrics")
        return Reply.json(pin_body(work, request.now, metrics), 200, **rate_headers())

    def _pin(self, request: Request, token: Token) -> Work:
        work = self.find_work(self.series(token.grant.person), request.params["pin"])
        if work is None:
            raise EarlyReply(error_reply(404, 50, "Pin not found."))
        return work

    def pin_analytics(self, request: Request) -> Reply:
        """The figures of one of the person's own pins by day; personal accounts have none."""
        token = require_token(self, request, "boards:read", "pins:read")
        work = self._pin(request, token)
        if is_repin(work) or not is_business(work.owner):
            return error_reply(403, 29, "Not authorized to access board or Pin.")
        known = VIDEO if media_type(work) == "video" else STANDARD
        query = read_query(request.query, known, request.now, all_metrics=False)
        lifetime = {name: share.at(work, request.now) for name, share in LIFETIME.items()}
        return Reply.json(report([work], query, lifetime), 200, **rate_headers())

    def several_pins_analytics(self, request: Request) -> Reply:
        """403: the call is in beta and not open to every app."""
        require_token(self, request, "boards:read", "pins:read")
        return error_reply(403, 29, "You are not permitted to access that resource.")

    def account_analytics(self, request: Request) -> Reply:
        """The figures of all pins of a business account by day."""
        token = require_token(self, request, "user_accounts:read")
        series, query = self.series(token.grant.person), request.query
        asked = read_query(query, ACCOUNT, request.now, all_metrics=True)
        wanted = _SOURCES.get(query.get("source", "ALL"))
        content = query.get("content_type", "ALL")
        if wanted is None or content not in ("ALL", "PAID", "ORGANIC"):
            return error_reply(400, 1, "source or content_type is invalid")
        if not is_business(series.owner):
            return error_reply(403, 29, "You are not permitted to access that resource.")
        works = [] if content == "PAID" else list(filter(wanted, series.counted()))
        return Reply.json(report(works, asked, {}), 200, **rate_headers())

    def boards(self, request: Request) -> Reply:
        """A page of the boards that the scopes allow."""
        token = require_token(self, request, "boards:read")
        kind, size = request.query.get("privacy"), _page_size(request)
        if kind not in PRIVACY_FILTERS:
            return error_reply(400, 1, "privacy is invalid")
        start = read_bookmark(request.query.get("bookmark"), kind, 0)
        if start is None:
            return error_reply(400, 1, "Invalid bookmark")
        fitting = [one for one in self._boards(token) if one.privacy in PRIVACY_FILTERS[kind]]
        after = start + size
        body = {
            "items": self._board_bodies(token, fitting[start:after]),
            "bookmark": bookmark(after, kind) if after < len(fitting) else None,
        }
        return Reply.json(body, 200, **rate_headers())

    def board(self, request: Request) -> Reply:
        """One board by its id."""
        token = require_token(self, request, "boards:read")
        (body,) = self._board_bodies(token, [self._board(request, token)])
        return Reply.json(body, 200, **rate_headers())

    def create_board(self, request: Request) -> Reply:
        """A new board; a name that another board has is refused."""
        token = require_token(self, request, "boards:read", "boards:write")
        body, creator = request.json, self.creator(token.grant.person)
        unknown = body.keys() - {"name", "description", "privacy"}
        name, text = body.get("name"), body.get("description") or ""
        privacy = body.get("privacy", "PUBLIC")
        if unknown or not isinstance(name, str) or not isinstance(text, str):
            return error_reply(400, 1, "Invalid board: name is required, other fields are unknown")
        if not 1 <= len(name.strip()) <= LONGEST_NAME or privacy not in PRIVACIES:
            return error_reply(400, 1, "Invalid board: name or privacy")
        if privacy == "SECRET":
            self.require_scopes(request, token.grant, "boards:write_secret")
        known = boards_of(self.dataset, creator)
        if name.strip().casefold() in {one.name.casefold() for one in known}:
            return error_reply(400, 58, "You already have a board with this name")
        if len(known) >= MOST_BOARDS:
            return error_reply(400, 1, "You have too many boards")
        made = create_board(self.dataset, creator, name.strip(), text, privacy, request.now)
        return Reply.json(board_body(made, creator, 0), 201, **rate_headers())

    def _boards(self, token: Token) -> list[Board]:
        """The person's boards; secret ones only with the scope for them."""
        secret = "boards:read_secret" in token.grant.scopes
        every = boards_of(self.dataset, self.creator(token.grant.person))
        return [one for one in every if secret or one.privacy != "SECRET"]

    def _board(self, request: Request, token: Token) -> Board:
        wanted = request.params["board"]
        found = next((one for one in self._boards(token) if one.id == wanted), None)
        if found is None:
            raise EarlyReply(error_reply(404, 40, "Board not found."))
        return found

    def _board_bodies(self, token: Token, boards: list[Board]) -> list[dict[str, Any]]:
        series = self.series(token.grant.person)
        pins = pin_counts(series)
        return [board_body(one, series.owner, pins.get(one.id, 0)) for one in boards]

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of own pins."""
        series = self.series(person)
        own = sum(1 for work in series.slice(0, series.total) if not is_repin(work))
        return {
            "person": person,
            "id": user_id(person),
            "username": username(person),
            "works": own,
            "saved": series.total - own,
        }

    def rate_limited(self, request: Request) -> Reply:
        """429 code 8; the reset is in seconds from now."""
        headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "30"}
        return error_reply(429, 8, "You have exceeded your rate limit. Try again later.", **headers)

    def dead_grant(self, request: Request) -> Reply:
        """400 in a refresh, 401 code 2 on a call."""
        if request.path == "/v5/oauth/token":
            return error_reply(400, 1, "Invalid refresh token")
        return error_reply(401, 2, "Authentication failed.")

    def missing_scope(self, request: Request) -> Reply:
        """401 code 3: a scope is missing."""
        return error_reply(401, 3, "Your access token does not have the required scopes.")

    def server_error(self, request: Request) -> Reply:
        """500."""
        return error_reply(500, 0, "Something went wrong.")


def _page_size(request: Request) -> int:
    """The requested number of items. Raises EarlyReply with 400."""
    size = request.query.integer("page_size", DEFAULT_PAGE)
    if size is None or not 1 <= size <= MOST_PER_PAGE:
        message = f"page_size must be between 1 and {MOST_PER_PAGE}"
        raise EarlyReply(error_reply(400, 1, message))
    return size
