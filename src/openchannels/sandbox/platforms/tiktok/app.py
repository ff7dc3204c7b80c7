"""TikTok: Login Kit for Web, the Display API and the Content Posting API.

https://developers.tiktok.com/doc/login-kit-web and /doc/tiktok-api-v2-video-list
"""

import hashlib
from collections.abc import Callable
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.emulator import Context, ControlCall, Emulator
from openchannels.sandbox.grants import CodeRefused, Grant, NewGrant, Token, random_text, s256
from openchannels.sandbox.http import (
    MAX_UPLOAD,
    EarlyReply,
    Reply,
    Request,
    Route,
    is_web_address,
)
from openchannels.sandbox.ids import hexadecimal, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.tiktok.publications import Publications
from openchannels.sandbox.platforms.tiktok.publishing import DIRECT, DRAFT, Publishing
from openchannels.sandbox.platforms.tiktok.replies import error_reply, success, token_error
from openchannels.sandbox.platforms.tiktok.uploads import HOST as UPLOADS
from openchannels.sandbox.platforms.tiktok.uploads import Uploads
from openchannels.sandbox.platforms.tiktok.videos import (
    COVER_SECONDS,
    IDS,
    LIKES,
    VIDEO_FIELDS,
    open_id,
    username,
    video,
)
from openchannels.sandbox.short_links import number_of, short_link

CODE_SECONDS = 300
ACCESS_SECONDS = 86_400
REFRESH_SECONDS = 31_536_000
DEFAULT_PAGE, MOST_PER_PAGE = 10, 20
_WWW, _API = "www.tiktok.com", "open.tiktokapis.com"
_USER_FIELDS = {
    "open_id": "user.info.basic", "union_id": "user.info.basic", "avatar_url": "user.info.basic",
    "avatar_url_100": "user.info.basic", "avatar_large_url": "user.info.basic",
    "display_name": "user.info.basic", "username": "user.info.profile",
    "bio_description": "user.info.profile", "profile_deep_link": "user.info.profile",
    "is_verified": "user.info.profile", "follower_count": "user.info.stats",
    "following_count": "user.info.stats", "likes_count": "user.info.stats",
    "video_count": "user.info.stats",
}  # fmt: skip


def _page(code: str) -> str:
    return f"https://www.tiktok.com/@/video/{number_of(code)}?_r=1&u_code=0"


class TikTok(Emulator):
    """One account for every person; `empty` has no videos."""

    name = "tiktok"
    work_ids = IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._publications = Publications(context)
        self._uploads = Uploads(context.documents, self._publications)
        self._publishing = Publishing(context, self._publications, self._uploads)

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile, videos, images."""
        return [
            Route("GET", _WWW, "/v2/auth/authorize/", self.authorize),
            Route("POST", _API, "/v2/oauth/token/", self.token),
            Route("POST", _API, "/v2/oauth/revoke/", self.revoke),
            Route("GET", _API, "/v2/user/info/", self.user_info),
            Route("POST", _API, "/v2/video/list/", self.video_list),
            Route("POST", _API, "/v2/video/query/", self.video_query),
            *(
                Route("POST", _API, f"/v2/post/publish/{path}/", self.publishing)
                for path in self._calls()
            ),
            Route("PUT", UPLOADS, "/video/", self._uploads.put, max_body=MAX_UPLOAD),
            Route("GET", "p16-sign.tiktokcdn-us.com", "/tos/{file}", avatar),
            Route("GET", "p19-sign.tiktokcdn-us.com", "/obj/{file}", cover),
            short_link("vm.tiktok.com", "/{code}/", _page, status=301),
            short_link("vt.tiktok.com", "/{code}/", _page, status=301),
            short_link(_WWW, "/t/{code}/", _page, status=301),
        ]

    def _calls(self) -> dict[str, tuple[Callable[[Request, Token], Reply], tuple[str, ...]]]:
        """The publishing calls, each with the scopes of which it needs one."""
        calls = self._publishing
        return {
            "creator_info/query": (calls.creator_info, (DIRECT,)),
            "video/init": (calls.begin_video, (DIRECT,)),
            "inbox/video/init": (calls.begin_draft, (DRAFT,)),
            "content/init": (calls.begin_photos, (DIRECT, DRAFT)),
            "status/fetch": (calls.status, (DIRECT, DRAFT)),
            "cancel": (calls.cancel, (DIRECT, DRAFT)),
        }

    def publishing(self, request: Request) -> Reply:
        """A call of the Content Posting API."""
        token = self._live_token(request)
        path = request.path.removeprefix("/v2/post/publish/").rstrip("/")
        call, scopes = self._calls()[path]
        if request.json.get("post_mode") in ("DIRECT_POST", "MEDIA_UPLOAD"):
            scopes = (DIRECT if request.json["post_mode"] == "DIRECT_POST" else DRAFT,)
        if not set(scopes) & set(token.grant.scopes):
            return self.missing_scope(request)
        return call(request, token)

    def control_calls(self) -> list[ControlCall]:
        """The creator, who posts or discards a draft in the app."""
        return self._publishing.control_calls()

    async def run(self) -> None:
        """Let publications go on and send their webhooks."""
        await self._publications.run()

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Delete works; those that an app posted are withdrawn with a webhook."""
        deleted = super().delete(person, account, ids)
        self._publications.withdraw(person, deleted or [])
        return deleted

    def authorize(self, request: Request) -> Reply:
        """The consent step; the PKCE challenge is base64url or hex."""
        query = request.query
        client_key, back = query.get("client_key"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_key:
            return problem(request, "TikTok", "10003", "client_key")
        if not is_web_address(back) or "?" in back:
            return problem(request, "TikTok", "10006", "redirect_uri")
        if query.get("response_type") != "code" or not query.get("state") or not scopes:
            return problem(request, "TikTok", "10007", "response_type, state or scope")
        decision = decide(request, "TikTok", client_key, scopes)
        if not decision.approved:
            denial = {
                "error": "access_denied",
                "error_description": "User cancelled",
                **request.state,
            }
            return Reply.redirect(back, denial)
        code = random_text(length=60) + "*1!5021.va"
        detail = {"challenge": query.get("code_challenge")}
        new = NewGrant(
            self.realm, decision.person, client_key, back, scopes, decision.scopes, detail=detail
        )
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(
            back, {"code": code, "scopes": ",".join(decision.scopes), **request.state}
        )

    def token(self, request: Request) -> Reply:
        """Code exchange and refresh."""
        form = request.form
        secret = form.get("client_secret")
        if not self.grants.check_secret(self.realm, form.get("client_key"), secret):
            return token_error("invalid_client", "Client key or secret is incorrect.", 401)
        if form.get("grant_type") == "authorization_code":
            return self._redeem(request)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(request)
        return token_error("unsupported_grant_type", "Unsupported grant type.", 400)

    def _redeem(self, request: Request) -> Reply:
        form = request.form
        try:
            grant = self.grants.redeem(
                form.get("code"), form.get("client_key"), form.get("redirect_uri")
            )
        except CodeRefused:
            return token_error("invalid_grant", "Authorization code is expired.")
        if not _challenge_fits(grant.detail.get("challenge", ""), form.get("code_verifier")):
            return token_error(
                "invalid_request", "Code verifier or code challenge is invalid.", 400
            )
        return self._pair(grant)

    def _refresh(self, request: Request) -> Reply:
        token = self.grants.token(request.form.get("refresh_token"), "refresh")
        if token is None or token.used or not token.works(request.now):
            return token_error("invalid_grant", "Refresh token is invalid or expired.")
        if token.grant.client_id != request.form.get("client_key"):
            return token_error("invalid_grant", "Refresh token belongs to another client.")
        self.grants.spend(token)
        return self._pair(token.grant)

    def _pair(self, grant: Grant) -> Reply:
        access = self.grants.issue(
            grant, "access", random_text("act.", 60) + "!5678.va", ACCESS_SECONDS
        )
        refresh = self.grants.issue(
            grant, "refresh", random_text("rft.", 60) + "!1234.va", REFRESH_SECONDS
        )
        return Reply.json(
            {
                "open_id": open_id(grant.person, grant.client_id),
                "scope": ",".join(grant.scopes),
                "access_token": access,
                "expires_in": ACCESS_SECONDS,
                "refresh_token": refresh,
                "refresh_expires_in": REFRESH_SECONDS,
                "token_type": "Bearer",
            }
        )

    def revoke(self, request: Request) -> Reply:
        """Revoke the whole grant; the answer is empty."""
        form = request.form
        secret = form.get("client_secret")
        if not self.grants.check_secret(self.realm, form.get("client_key"), secret):
            return token_error("invalid_client", "Client key or secret is incorrect.", 401)
        token = self.grants.token(form.get("token"), "access", "refresh")
        if token is None:
            return token_error("invalid_request", "Token is invalid.", 400)
        self.grants.revoke(self.realm, token.grant.person, token.grant.client_id)
        return Reply()

    def _require_token(self, request: Request, scope: str) -> Token:
        token = self._live_token(request)
        self.require_scopes(request, token.grant, scope)
        return token

    def _live_token(self, request: Request) -> Token:
        token = self.grants.live_token(request.bearer, request.now, "access")
        if token is None:
            message = "The access token is invalid or not found in the request."
            raise EarlyReply(error_reply(401, "access_token_invalid", message))
        return token

    def user_info(self, request: Request) -> Reply:
        """The requested fields; one missing scope fails the whole call."""
        token = self._require_token(request, "user.info.basic")
        fields = request.query.split_values("fields")
        if not fields or any(name not in _USER_FIELDS for name in fields):
            return error_reply(400, "invalid_params", "Fields are missing or invalid.")
        self.require_scopes(request, token.grant, *(_USER_FIELDS[name] for name in fields))
        user = self._user(token, request.now)
        return success({"user": {name: user[name] for name in fields}})

    def _user(self, token: Token, now: float) -> dict[str, Any]:
        person = token.grant.person
        creator, series = self.creator(person), self.series(person)
        picture = f"https://p16-sign.tiktokcdn-us.com/tos/{letters(16, 'face', person)}.jpeg"
        signed = f"{picture}?x-expires={int(now) + COVER_SECONDS}&x-signature=abc"
        return {
            "open_id": open_id(person, token.grant.client_id),
            "union_id": hexadecimal(32, "union", person),
            "avatar_url": signed,
            "avatar_url_100": signed,
            "avatar_large_url": signed,
            "display_name": creator.pick("brand", sample_text.BRANDS_EN),
            "username": username(person),
            "bio_description": creator.pick("bio", sample_text.LINES_EN),
            "profile_deep_link": f"https://vm.tiktok.com/{letters(9, 'link', person)}",
            "is_verified": False,
            "follower_count": creator.growing_count("fans", 100, 80_000, now),
            "following_count": creator.number("following", 5, 900),
            "likes_count": sum(LIKES.at(work, now) for work in series.counted()),
            "video_count": series.total,
        }

    def video_list(self, request: Request) -> Reply:
        """Videos older than the cursor, a time in milliseconds; newest first."""
        token = self._require_token(request, "video.list")
        fields = request.query.split_values("fields")
        count, cursor = request.json.get("max_count", DEFAULT_PAGE), request.json.get("cursor")
        if not fields or any(name not in VIDEO_FIELDS for name in fields):
            return error_reply(400, "invalid_params", "Fields are missing or invalid.")
        if type(count) is not int or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(400, "invalid_params", "max_count is out of range.")
        if cursor is not None and type(cursor) is not int:
            return error_reply(400, "invalid_params", "cursor must be an int64.")
        self._publications.of_person(token.grant.person)
        series = self.series(token.grant.person)
        offset = series.count_since(cursor / 1000) if cursor else 0
        works = series.slice(offset, count)
        last = works[-1].created * 1000 if works else cursor or int(request.now * 1000)
        more = offset + len(works) < series.total
        videos = [video(work, request.now, fields) for work in works]
        return success({"videos": videos, "cursor": last, "has_more": more})

    def video_query(self, request: Request) -> Reply:
        """The person's own videos among the requested ids; others are left out."""
        token = self._require_token(request, "video.list")
        filters = request.json.get("filters")
        ids = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PER_PAGE:
            return error_reply(400, "invalid_params", "video_ids is missing or too long.")
        if not all(isinstance(one, str) for one in ids):
            return error_reply(400, "invalid_params", "video_ids must be a list of strings.")
        series = self.series(token.grant.person)
        works = [self.find_work(series, one) for one in ids]
        fields = request.query.split_values("fields")
        if not fields or any(name not in VIDEO_FIELDS for name in fields):
            return error_reply(400, "invalid_params", "Fields are missing or invalid.")
        return success({"videos": [video(w, request.now, fields) for w in works if w]})

    def describe(self, person: str) -> dict[str, Any]:
        """The user name, the open id for the sandbox's own client, the number of videos."""
        return {
            "person": person,
            "openId": open_id(person, "sandbox-tiktok"),
            "openIdFor": "sandbox-tiktok",
            "username": username(person),
            "works": self.series(person).total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """429, without a header."""
        return error_reply(429, "rate_limit_exceeded", "The API rate limit was exceeded.")

    def dead_grant(self, request: Request) -> Reply:
        """`invalid_grant` in a refresh, 401 on a call."""
        if request.path.startswith("/v2/oauth/"):
            return token_error("invalid_grant", "Refresh token is invalid or expired.")
        return error_reply(401, "access_token_invalid", "The access token is invalid.")

    def missing_scope(self, request: Request) -> Reply:
        """401 as for a dead token, so only the code tells them apart."""
        message = "The user did not authorize the scope required for completing this request."
        return error_reply(401, "scope_not_authorized", message)

    def server_error(self, request: Request) -> Reply:
        """500 in the shape of the endpoint."""
        if request.path.startswith("/v2/oauth/"):
            return token_error("server_error", "Internal error.", 500)
        return error_reply(500, "internal_error", "Internal error.")


def _challenge_fits(challenge: str, verifier: str) -> bool:
    if not challenge:
        return True
    return challenge in (s256(verifier), hashlib.sha256(verifier.encode()).hexdigest())
