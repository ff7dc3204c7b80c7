"""Pinterest REST API v5: Basic client authentication, pins by bookmark with their metrics.

https://developers.pinterest.com/docs/api/v5/pins-list
"""

import base64
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import digits, from_base64url, hexadecimal
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.short_links import number_of, short_link
from openchannels.sandbox.work_ids import DecimalIds

CODE_SECONDS = 600
ACCESS_SECONDS = 2_592_000
REFRESH_SECONDS = 5_184_000
DEFAULT_PAGE, MOST_PER_PAGE = 25, 250
_HOSTS = ("api.pinterest.com", "api-sandbox.pinterest.com")
_IDS = DecimalIds(100_000_000_000_000_000, bits=56)
_REPIN_EVERY = 9
_CYCLE = ("image", "image", "multiple_images", "video", "image", "multiple_mixed", "image")


def error_reply(http: int, code: int, message: str, **headers: str) -> Reply:
    """An error: a numeric code and a message."""
    body = {"code": code, "message": message, "status": "failure"}
    return Reply.json(body, http, x_pinterest_rid=digits(16, random_text()), **headers)


def _shortener(code: str) -> str:
    return f"https://api.pinterest.com/url_shortener/{code}/redirect/"


def _sent(code: str) -> str:
    return f"https://www.pinterest.com/pin/{number_of(code)}/sent/?invite_code={code}&sfo=1"


class Pinterest(Emulator):
    """One account for every person; every ninth pin is saved from somebody else."""

    name = "pinterest"
    work_ids = _IDS

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile, pins, images."""
        return [
            Route("GET", "www.pinterest.com", "/oauth/", self.authorize),
            *(route for host in _HOSTS for route in self._calls(host)),
            Route("GET", "i.pinimg.com", "/600x600_R/{file}", avatar),
            Route("GET", "i.pinimg.com", "/{size}/{file}", cover),
            short_link("pin.it", "/{code}", _shortener, status=308),
            short_link("api.pinterest.com", "/url_shortener/{code}/redirect/", _sent),
        ]

    def _calls(self, host: str) -> list[Route]:
        return [
            Route("POST", host, "/v5/oauth/token", self.token),
            Route("POST", host, "/v5/oauth/token/revoke", self.revoke),
            Route("GET", host, "/v5/user_account", self.user_account),
            Route("GET", host, "/v5/pins", self.pins),
            Route("GET", host, "/v5/pins/{pin}", self.pin),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; scopes are separated by commas."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_id or query.get("response_type") != "code" or not scopes:
            return problem(request, "Pinterest", "1", "client_id, response_type or scope")
        if not is_web_address(back):
            message = "does not match any of the registered redirect URIs"
            return problem(request, "Pinterest", "1", message)
        decision = decide(request, "Pinterest", client_id, scopes)
        if not decision.approved:
            return Reply.redirect(back, {"error": "access_denied", **request.state})
        code = random_text(length=40)
        new = NewGrant(self.realm, decision.person, client_id, back, scopes, decision.scopes)
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange and continuous refresh."""
        client_id, secret = request.client()
        if not self.grants.check_secret(self.realm, client_id, secret):
            return error_reply(401, 2, "Authentication failed.")
        form = request.form
        if form.get("grant_type") == "authorization_code":
            try:
                code, back = form.get("code"), form.get("redirect_uri")
                grant = self.grants.redeem(code, client_id, back)
            except CodeRefused:
                return error_reply(400, 283, "Invalid authorization code")
            return self._pair(grant, "authorization_code", request.now)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return error_reply(400, 1, "Invalid grant_type")

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self.grants.live_token(value, now, "refresh")
        if token is None or token.used or token.grant.client_id != client_id:
            return error_reply(400, 1, "Invalid refresh token")
        self.grants.spend(token)
        return self._pair(token.grant, "refresh_token", now)

    def _pair(self, grant: Grant, kind: str, now: float) -> Reply:
        return Reply.json(
            {
                "response_type": kind,
                "access_token": self.grants.issue(
                    grant, "access", random_text("pina_"), ACCESS_SECONDS
                ),
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "scope": ",".join(grant.scopes),
                "refresh_token": self.grants.issue(
                    grant, "refresh", random_text("pinr_"), REFRESH_SECONDS
                ),
                "refresh_token_expires_in": REFRESH_SECONDS,
                "refresh_token_expires_at": int(now) + REFRESH_SECONDS,
            }
        )

    def revoke(self, request: Request) -> Reply:
        """403: only tokens of system users may be revoked, which the sandbox never issues."""
        if not self.grants.check_secret(self.realm, *request.client()):
            return error_reply(401, 2, "Authentication failed.")
        return error_reply(403, 29, "You are not permitted to access that resource.")

    def _require_token(self, request: Request, *scopes: str) -> Token:
        token = self.grants.live_token(request.bearer, request.now, "access")
        if token is None:
            raise EarlyReply(error_reply(401, 2, "Authentication failed."))
        self.require_scopes(request, token.grant, *scopes)
        return token

    def user_account(self, request: Request) -> Reply:
        """The profile; some counts are null for personal accounts."""
        token = self._require_token(request, "user_accounts:read")
        creator = self.creator(token.grant.person)
        business = creator.number("business", 0, 3) > 0
        face = hexadecimal(16, "pin face", creator.person)
        return Reply.json(
            {
                "id": _user_id(creator.person),
                "username": _username(creator.person),
                "account_type": "BUSINESS" if business else "PINNER",
                "business_name": creator.pick("brand", sample_text.BRANDS_EN) if business else None,
                "profile_image": f"https://i.pinimg.com/600x600_R/{face}.jpg",
                "website_url": "",
                "about": creator.pick("about", sample_text.LINES_EN),
                "board_count": creator.number("boards", 1, 40),
                "pin_count": self.series(creator.person).total,
                "follower_count": creator.growing_count("fans", 50, 40_000, request.now),
                "following_count": creator.number("following", 5, 900),
                "monthly_views": creator.number("monthly", 10, 90_000) if business else None,
            }
        )

    def pins(self, request: Request) -> Reply:
        """A page of pins on the person's boards; `exclude_repins` keeps only their own."""
        token = self._require_token(request, "boards:read", "pins:read")
        query = request.query
        size = query.integer("page_size", DEFAULT_PAGE)
        wanted = query.get("pin_filter").lower()
        if size is None or not 1 <= size <= MOST_PER_PAGE:
            return error_reply(400, 1, f"page_size must be between 1 and {MOST_PER_PAGE}")
        if wanted not in ("", "exclude_repins", "exclude_native", "has_been_promoted"):
            return error_reply(400, 1, "pin_filter is invalid")
        start = _read_bookmark(query.get("bookmark"), wanted)
        if start is None:
            return error_reply(400, 1, "Invalid bookmark")
        series = self.series(token.grant.person)
        works, last = _page(series, start, size, wanted)
        metrics = query.flag("pin_metrics")
        bookmark = _bookmark(last, wanted) if last is not None else None
        items = [_pin(work, request.now, metrics) for work in works]
        return Reply.json({"items": items, "bookmark": bookmark}, 200, **_rate_headers())

    def pin(self, request: Request) -> Reply:
        """One pin by its id."""
        token = self._require_token(request, "boards:read", "pins:read")
        series = self.series(token.grant.person)
        work = self.find_work(series, request.params["pin"])
        if work is None:
            return error_reply(404, 50, "Pin not found.")
        return Reply.json(_pin(work, request.now, request.query.flag("pin_metrics")))

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of own pins."""
        series = self.series(person)
        own = sum(1 for work in series.slice(0, series.total) if not _is_repin(work))
        return {
            "person": person,
            "id": _user_id(person),
            "username": _username(person),
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


def _rate_headers() -> dict[str, str]:
    return {
        "x_ratelimit_limit": '100, 100;w=1;name="safety_net_app_id_user_id"',
        "x_ratelimit_remaining": "99",
        "x_ratelimit_reset": "1",
    }


def _bookmark(index: int, wanted: str) -> str:
    return base64.urlsafe_b64encode(f"{index}|{wanted}".encode()).decode()


def _read_bookmark(text: str, wanted: str) -> int | None:
    """The index before which a page starts; None if the bookmark is of another query or invalid."""
    if not text:
        return 1 << 40
    index, _, filtered = (from_base64url(text) or "").partition("|")
    return int(index) if index.isdigit() and filtered == wanted else None


def _is_repin(work: Work) -> bool:
    return work.index % _REPIN_EVERY == 6


def _page(series: Series, start: int, size: int, wanted: str) -> tuple[list[Work], int | None]:
    """Up to `size` matching works older than `start`, and the last index if there are more."""
    found: list[Work] = []
    before = start
    while len(found) <= size:
        batch = series.older_than(before, size * 2)
        if not batch:
            break
        before = batch[-1].index
        found += [w for w in batch if wanted == "" or (wanted == "exclude_repins") != _is_repin(w)]
    more = len(found) > size
    return found[:size], found[size - 1].index if more else None


def _user_id(person: str) -> str:
    return digits(18, "pinterest user", person)


def _username(person: str) -> str:
    return f"{person.lower()}{hexadecimal(4, 'pin name', person)}"


def _images(file: str) -> dict[str, Any]:
    sizes = {
        "150x150": (150, 150),
        "400x300": (400, 300),
        "600x": (600, 900),
        "1200x": (1200, 1800),
    }
    return {
        name: {"width": w, "height": h, "url": f"https://i.pinimg.com/{name}/{file}.jpg"}
        for name, (w, h) in sizes.items()
    }


def _media(work: Work, identifier: str) -> dict[str, Any]:
    kind = _CYCLE[work.index % len(_CYCLE)]
    file = hexadecimal(20, "pin", identifier)
    if kind == "image":
        return {"media_type": kind, "images": _images(file)}
    if kind == "video":
        return {
            "media_type": kind,
            "cover_image_url": f"https://i.pinimg.com/videos/{file}.jpg",
            "duration": work.number(96, 5_000, 90_000),
            "video_url": None,
            "images": _images(file),
        }
    first: dict[str, Any] = {
        "item_type": "image",
        "images": _images(file),
        "title": None,
        "description": None,
    }
    if kind == "multiple_mixed":
        picture = f"https://i.pinimg.com/videos/{file}.jpg"
        first = {"item_type": "video", "cover_image_url": picture, "duration": 9000}
    return {"media_type": kind, "items": [first, {"item_type": "image", "images": _images(file)}]}


def _pin(work: Work, now: float, metrics: bool) -> dict[str, Any]:
    identifier = _IDS.id_of(work)
    repin = _is_repin(work)
    counted = {
        "pin_click": work.share_of_views(now, 60, 5, 60),
        "impression": work.views(now),
        "clickthrough": work.share_of_views(now, 66, 1, 20),
    }
    lifetime = {
        **counted,
        "reaction": work.share_of_views(now, 72, 5, 40),
        "comment": work.share_of_views(now, 78, 0, 6),
        "save": work.share_of_views(now, 84, 2, 30),
    }
    pin_metrics = (
        {"90d": counted, "lifetime_metrics": lifetime} if metrics and work.index % 8 else None
    )
    return {
        "id": identifier,
        "created_at": utc_text(work.created),
        "link": None if work.index % 4 else "https://kiln.example/bowls",
        "title": work.title_en() if work.index % 6 else None,
        "description": work.pick(40, sample_text.LINES_EN) if work.index % 5 else None,
        "alt_text": None,
        "dominant_color": "#6E7874",
        "board_id": digits(18, "board", work.owner.key),
        "board_section_id": None,
        "board_owner": {"username": _username(work.owner.person)},
        "creative_type": "REGULAR",
        "is_owner": not repin,
        "is_standard": True,
        "has_been_promoted": False,
        "parent_pin_id": digits(18, "parent", identifier) if repin else None,
        "media": _media(work, identifier),
        "pin_metrics": pin_metrics,
    }
