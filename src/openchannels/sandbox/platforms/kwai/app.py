"""快手开放平台: OAuth over GET, `result` 1 for success, the list of photos by a computed cursor.

https://open.kuaishou.com/platformDocs/develop/web-app.html
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Series
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.kwai.publishing import Publishing
from openchannels.sandbox.platforms.kwai.replies import error_reply
from openchannels.sandbox.platforms.kwai.videos import (
    REALM,
    VIDEO_IDS,
    Publications,
    is_processed,
    video,
)
from openchannels.sandbox.short_links import short_link

CODE_SECONDS = 120
ACCESS_SECONDS = 172_800
REFRESH_SECONDS = 15_552_000
DEFAULT_PAGE, MOST_PER_PAGE = 20, 200
_HOST = "open.kuaishou.com"


def _page(code: str) -> str:
    """The page of the video whose id is the code after its prefix."""
    return f"https://c.kuaishou.com/fw/photo/{VIDEO_IDS.prefix}{code}?cc=share_copylink"


class Kwai(Emulator):
    """One account for every person; `empty` has no videos."""

    name = REALM
    work_ids = VIDEO_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._publications = Publications(context)
        self._publishing = Publishing(context, self._publications, self._require_token)

    def routes(self) -> list[Route]:
        """Consent pages, token endpoints, calls, images; older clients post for tokens."""
        return [
            Route("GET", _HOST, "/oauth2/authorize", self.authorize),
            Route("GET", _HOST, "/oauth2/connect", self.authorize),
            Route("*", _HOST, "/oauth2/access_token", self.token),
            Route("*", _HOST, "/oauth2/refresh_token", self.refresh),
            Route("GET", _HOST, "/openapi/user_info", self.user_info),
            Route("GET", _HOST, "/openapi/photo/count", self.photo_count),
            Route("GET", _HOST, "/openapi/photo/list", self.photo_list),
            Route("GET", _HOST, "/openapi/photo/info", self.photo_info),
            Route("GET", "p1.a.yximgs.com", "/upic/{file}", cover),
            Route("GET", "p2.a.kwimgs.com", "/uhead/{size}/{file}", avatar),
            short_link("v.kuaishou.com", "/{code}", _page),
            short_link("www.kuaishou.com", "/f/{code}", _page),
            *self._publishing.routes(),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; scopes are separated by commas."""
        app_id, back = request.query.get("app_id"), request.query.get("redirect_uri")
        scopes = tuple(request.query.split_values("scope"))
        if not app_id or not is_web_address(back):
            return problem(request, "KWAI", "100200101", "invalid app_id or redirect_uri")
        if request.query.get("response_type") != "code":
            return problem(request, "KWAI", "100200103", "invalid response_type")
        if not scopes:
            return problem(request, "KWAI", "100200106", "invalid scope")
        decision = decide(request, "Kwai", app_id, scopes)
        if not decision.approved:
            denial = {
                "error": "access_denied",
                "error_msg": "user cancelled",
                "result": "100200109",
            }
            return Reply.redirect(back, {**denial, **request.state})
        code = random_text(length=48)
        new = NewGrant(self.realm, decision.person, app_id, back, scopes, decision.scopes)
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange: single use, two minutes."""
        self._check_client(request, "authorization_code")
        try:
            grant = self.grants.redeem(request.parameter("code"), request.parameter("app_id"))
        except CodeRefused:
            return error_reply(100200105, "invalid_grant", "code is invalid")
        answer = self._pair(grant, REFRESH_SECONDS)
        return Reply.json({**answer, "open_id": _open_id(grant.person, grant.client_id)})

    def refresh(self, request: Request) -> Reply:
        """A new pair; the new refresh token expires when the old one would have."""
        self._check_client(request, "refresh_token")
        token = self.grants.token(request.parameter("refresh_token"), "refresh")
        if token is None or token.grant.client_id != request.parameter("app_id") or token.used:
            return error_reply(100200113, "invalid_grant", "refresh_token is invalid")
        if token.grant.dead:
            return error_reply(100200110, "access_denied", "authorization expired")
        if token.expired(request.now) or not self.grants.spend(token):
            return error_reply(100200113, "invalid_grant", "refresh_token expired")
        left = int((token.expires or request.now) - request.now)
        return Reply.json(self._pair(token.grant, left))

    def _check_client(self, request: Request, grant_type: str) -> None:
        secret = request.parameter("app_secret")
        if not self.grants.check_secret(self.realm, request.parameter("app_id"), secret):
            raise EarlyReply(
                error_reply(100200101, "invalid_client", "app_id or app_secret is wrong")
            )
        if request.parameter("grant_type") != grant_type:
            raise EarlyReply(
                error_reply(100200104, "unsupported_grant_type", "grant_type is wrong")
            )

    def _pair(self, grant: Grant, lifetime: int) -> dict[str, Any]:
        access = self.grants.issue(grant, "access", random_text("ChFv", 60), ACCESS_SECONDS)
        refresh = self.grants.issue(grant, "refresh", random_text("ChJv", 60), lifetime)
        return {
            "result": 1,
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh,
            "refresh_token_expires_in": lifetime,
            "scopes": list(grant.scopes),
        }

    def _require_token(self, request: Request, scope: str) -> Token:
        token = self.grants.token(request.query.get("access_token"), "access")
        if token is None or token.grant.client_id != request.query.get("app_id"):
            raise EarlyReply(error_reply(100200102, "access_denied", "request denied"))
        if token.grant.dead:
            raise EarlyReply(error_reply(100200110, "access_denied", "authorization expired"))
        if token.expired(request.now):
            raise EarlyReply(error_reply(100200108, "access_denied", "access_token expired"))
        if scope not in token.grant.scopes:
            raise EarlyReply(error_reply(100200106, "invalid_scope", "scope not granted"))
        return token

    def user_info(self, request: Request) -> Reply:
        """The profile, which has no id."""
        token = self._require_token(request, "user_info")
        creator = self.creator(token.grant.person)
        head = f"http://p2.a.kwimgs.com/uhead/AB/{hexadecimal(12, 'head', creator.key)}"
        big = f"{head}b.jpg" if creator.number("big", 0, 2) else ""
        person = {
            "name": creator.pick("brand", sample_text.BRANDS_ZH),
            "sex": creator.pick("sex", ("M", "F")),
            "fan": creator.growing_count("fans", 200, 90_000, request.now),
            "follow": creator.number("following", 5, 900),
            "head": f"{head}s.jpg",
            "bigHead": big,
            "city": creator.pick("city", sample_text.CITIES_ZH),
        }
        return Reply.json({"result": 1, "user_info": person})

    def photo_count(self, request: Request) -> Reply:
        """The number of videos."""
        token = self._require_token(request, "user_video_info")
        total = self.series(token.grant.person).total
        counts = {"all_count": total, "public_count": total, "private_count": 0, "friend_count": 0}
        return Reply.json({"result": 1, **counts})

    def photo_list(self, request: Request) -> Reply:
        """Videos older than the one in `cursor`, newest first; the answer has no cursor."""
        token = self._require_token(request, "user_video_info")
        count = request.query.integer("count", DEFAULT_PAGE)
        if count is None or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(100400, "invalid_request", "count is out of range")
        series = self.series(token.grant.person)
        works = series.slice(0, count)
        if request.query.get("cursor"):
            index = self.work_index(series, request.query.get("cursor"))
            if index is None:
                return error_reply(100400, "invalid_request", "cursor is invalid")
            works = series.older_than(index, count)
        return Reply.json({"result": 1, "video_list": [video(w, request.now) for w in works]})

    def photo_info(self, request: Request) -> Reply:
        """One video by its id."""
        token = self._require_token(request, "user_video_info")
        asked = request.query.get("photo_id")
        if not asked:
            return error_reply(100400, "invalid_request", "photo_id is missing")
        work = self.find_work(self.series(token.grant.person), asked)
        if work is None:
            return error_reply(120001, "video_not_exist", "video does not exist")
        if not is_processed(work, request.now):
            return error_reply(100120001, "video_not_exist", "VIDEO_NOT_EXIST")
        return Reply.json({"result": 1, "video_info": video(work, request.now)})

    def series(self, person: str) -> Series:
        """The person's videos, without those that were refused by now."""
        return self._publications.series(person)

    def describe(self, person: str) -> dict[str, Any]:
        """The name, the open id for the sandbox's own client, the number of videos."""
        series = self.series(person)
        return {
            "person": person,
            "openId": _open_id(person, "sandbox-KWAI"),
            "openIdFor": "sandbox-KWAI",
            "name": series.owner.pick("brand", sample_text.BRANDS_ZH),
            "works": series.total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """400002: throttled."""
        return error_reply(400002, "rate_limited", "too many requests")

    def dead_grant(self, request: Request) -> Reply:
        """100200113 in a refresh, 100200110 on a call."""
        if request.path.startswith("/oauth2/"):
            return error_reply(100200113, "invalid_grant", "refresh_token expired")
        return error_reply(100200110, "access_denied", "authorization expired")

    def missing_scope(self, request: Request) -> Reply:
        """100200106: the scope was not granted."""
        return error_reply(100200106, "invalid_scope", "scope not granted")

    def server_error(self, request: Request) -> Reply:
        """100200500 under HTTP 500."""
        return error_reply(100200500, "server_error", "internal error", 500)


def _open_id(person: str, client_id: str) -> str:
    return hexadecimal(20, "kwai", client_id, person)
