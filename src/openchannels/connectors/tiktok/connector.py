"""TikTok: Login Kit for the web, public videos over the Display API."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, https, moment, rows, text
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer, classify_by_text
from openchannels.transport.platform_client import (
    App,
    PlatformClient,
    body_of,
    classify_status,
    retry_after,
)

API = "https://open.tiktokapis.com/v2"
RATE_WINDOW = 60.0

# A field whose scope is missing fails the call: https://developers.tiktok.com/doc/tiktok-api-scopes
PROFILE_FIELDS = {
    "user.info.basic": "open_id,union_id,avatar_url,avatar_large_url,display_name",
    "user.info.profile": "username",
    "user.info.stats": "follower_count,following_count,likes_count,video_count",
}
# https://developers.tiktok.com/doc/tiktok-api-v2-video-object
VIDEO_FIELDS = (
    "id,create_time,title,video_description,cover_image_url,share_url,"
    "like_count,comment_count,share_count,view_count"
)
# https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
CODES = {
    "access_token_invalid": FailureKind.TOKEN_EXPIRED,
    "scope_not_authorized": FailureKind.PERMISSION,
    "scope_permission_missed": FailureKind.MISCONFIGURED,
    "invalid_params": FailureKind.INVALID,
    "rate_limit_exceeded": FailureKind.RATE_LIMITED,
    "internal_error": FailureKind.UNAVAILABLE,
}


class TikTok(Connector):
    """One authorization opens one account, named by an `open_id` that differs per app."""

    id = Platform("tiktok")
    name = Text(en="TikTok", zh="TikTok")
    mark = Mark("TT", "#161823")
    request_id_header = "x-tt-logid"
    docs_url = "https://developers.tiktok.com/doc/display-api-overview"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://developers.tiktok.com/doc/login-kit-web
        authorize_url="https://www.tiktok.com/v2/auth/authorize/",
        token_url=f"{API}/oauth/token/",
        revoke_url=f"{API}/oauth/revoke/",
        scopes=(*PROFILE_FIELDS, "video.list"),
        required_scopes=("user.info.basic", "video.list"),
        scope_separator=",",
        client_id_param="client_key",
        pkce=True,
        # Without it a live session is taken without a question, whosever account it is.
        extra={"disable_auto_auth": "1"},
        # Each answer names the refresh token's end anew, 365 days away; so does a refresh.
        # https://developers.tiktok.com/doc/oauth-user-access-token-management
        token_model=TokenModel.ROTATING,
        default_lifetime=86_400,
        refresh_slides=True,
        # What some apps are refused by is the form of the challenge: a setting of ours.
        classify=classify_by_text((r"code.?verifier|code.?challenge", FailureKind.MISCONFIGURED)),
    )
    paging = CursorPaging(default=20, maximum=20)
    refused_again_is_dead = True
    instructions = Text(
        en="Open the link, sign in to TikTok with the account you want to connect, and leave "
        "every permission switched on: without the list of videos nothing can be shown.",
        zh="打开链接，登录要连接的 TikTok 账号并保持所有权限开启；缺少视频列表权限时无法获取作品。",
    )
    account_given = FieldCoverage(
        "uid nickname avatar",
        scoped={
            "account": "user.info.profile",
            **dict.fromkeys(
                ("fansCount", "followingCount", "workCount", "likeCount"), "user.info.stats"
            ),
        },
    )
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount shareCount"
    )

    def form(self, app: App) -> OAuthConfig:
        """The form with the challenge written as the app at hand wants it, or without one."""
        encoding = app.option("pkce_encoding", "base64url")
        if encoding == "off":
            return replace(self.oauth, pkce=False)
        return replace(self.oauth, pkce_encoding=encoding)

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info"""
        granted = client.app.scopes if tokens.scopes is None else tokens.scopes
        fields = (names for scope, names in PROFILE_FIELDS.items() if scope in granted)
        answer = await client.get(
            f"{API}/user/info/",
            operation="account.read",
            params={"fields": ",".join(fields)},
            headers=bearer(tokens),
        )
        user = dig(answer, "data", "user")
        uid = text(dig(user, "open_id")) or text(tokens.extra.get("open_id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_user(uid, user), tokens)]

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """By the access token. https://developers.tiktok.com/doc/oauth-user-access-token-management"""
        await oauth.revoke(self.form(client.app), client, tokens.access_token)
        return True

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """https://developers.tiktok.com/doc/tiktok-api-v2-video-list"""
        assert isinstance(page, CursorRequest)
        asked = {"max_count": page.limit}
        if page.position is not None:
            asked["cursor"] = int(page.position)
        answer = await client.call(
            "POST",
            f"{API}/video/list/",
            operation="works.list",
            params={"fields": VIDEO_FIELDS},
            json_body=asked,
            headers=bearer(tokens),
            idempotent=True,
        )
        listing = dig(answer, "data")
        videos = [video for video in rows(dig(listing, "videos")) if text(video.get("id"))]
        return WorksPage(
            items=[read_work(video, account) for video in videos],
            next=next_position(listing, videos),
        )

    def classify(self, answer: Answer) -> Failure | None:
        """The code decides, whatever the status: 401 also stands for a missing scope."""
        error = dig(body_of(answer), "error")
        code = text(dig(error, "code"))
        reading = classify_status(answer)
        if code in (None, "ok"):
            return reading
        kind = CODES.get(code or "") or (reading.kind if reading else FailureKind.INVALID)
        limited = kind is FailureKind.RATE_LIMITED
        return Failure(
            kind,
            code=code,
            # Calls are counted in a window of one minute, over all accounts of the app.
            retry_after=retry_after(answer) or (RATE_WINDOW if limited else None),
            cursor=kind is FailureKind.INVALID and "cursor" in str(dig(error, "message")).lower(),
            request_id=text(dig(error, "log_id")),
            bucket="app" if limited else "account",
        )


def next_position(listing: Any, videos: list[dict[str, Any]]) -> str | None:
    """The moment before which the next videos lie, in milliseconds; the last page names one too."""
    if dig(listing, "has_more") is not True:
        return None
    oldest = moment(videos[-1].get("create_time")) if videos else None
    position = count(dig(listing, "cursor")) or (int(oldest * 1000) if oldest else None)
    return text(position)


def read_user(uid: str, user: Any) -> Profile:
    return Profile(
        platform=Platform("tiktok"),
        uid=uid,
        handle=text(dig(user, "username")),
        nickname=text(dig(user, "display_name")) or text(dig(user, "username")) or uid,
        avatar=https(dig(user, "avatar_large_url")) or https(dig(user, "avatar_url")),
        counters=Counters(
            fans=count(dig(user, "follower_count")),
            following=count(dig(user, "following_count")),
            works=count(dig(user, "video_count")),
            likes=count(dig(user, "likes_count")),
        ),
        facts={"union_id": text(dig(user, "union_id"))},
    )


def read_work(video: Mapping[str, Any], account: Account) -> Work:
    """The list holds public works only. The cover's address is good for six hours."""
    address = read_url(video)
    description = text(video.get("video_description"))
    views = count(video.get("view_count"))
    return Work(
        id=str(video["id"]),
        mode=ContentMode.IMAGE if "/photo/" in (address or "") else ContentMode.VIDEO,
        title=text(video.get("title")) or text((description or "").split("\n")[0]),
        description=description,
        url=address,
        cover_url=https(video.get("cover_image_url")),
        published_at=moment(video.get("create_time")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=WorkStatus.PUBLISHED,
        metrics=Metrics(
            views=views,
            plays=views,
            likes=count(video.get("like_count")),
            comments=count(video.get("comment_count")),
            shares=count(video.get("share_count")),
        ),
    )


def read_url(video: Mapping[str, Any]) -> str | None:
    """The address without the parameters by which TikTok counts the app's visitors."""
    parts = urlsplit(https(video.get("share_url")) or "")
    kept = [pair for pair in parse_qsl(parts.query) if not pair[0].startswith("utm_")]
    return parts._replace(query=urlencode(kept)).geturl() or None
