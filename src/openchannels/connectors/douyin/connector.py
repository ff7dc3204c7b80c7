"""Douyin: website apps by OAuth, which list works, and mini-apps by a QR code, which cannot."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, https, moment, rows, text, whole
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import (
    API,
    RENEW_SCOPE,
    access,
    classify_douyin,
    due,
    fans,
    open_id,
    refresh,
    renew,
)
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import AuthType, Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import App, PlatformClient

HOUR = 3600
DAY = 24 * HOUR
FANS_SCOPE = "data.external.user"
NEEDED = {"user_info", "video.list.bind", "video.list"}
OPTIONAL = {FANS_SCOPE, RENEW_SCOPE}
"""Scopes that the person may untick on the platform's page."""
EMPTY_PAGES = 3

STATUSES = {
    1: WorkStatus.PUBLISHED,
    2: WorkStatus.REJECTED,
    4: WorkStatus.REVIEWING,
    5: WorkStatus.PUBLISHED,
    6: WorkStatus.PRIVATE,
    7: WorkStatus.PRIVATE,
}
IMAGES = 2


class Douyin(Connector):
    """An account is named by an `open_id` that differs per app, so also per kind of app."""

    id = Platform("douyin")
    name = Text(en="Douyin", zh="抖音")
    mark = Mark("抖", "#17181f")
    request_id_header = "x-tt-logid"
    docs_url = "https://developer.open-douyin.com/docs/resource/zh-CN/dop/overview"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission
        authorize_url=f"{API}/platform/oauth/connect/",
        token_url=f"{API}/oauth/access_token/",
        scopes=("user_info", "video.list.bind", FANS_SCOPE, RENEW_SCOPE),
        required_scopes=("user_info", "video.list.bind"),
        scope_separator=",",
        client_id_param="client_key",
        redirect_in_token=False,
        # What a denial looks like is not documented; sister products use these names.
        denial_params=("error", "error_code", "errCode"),
        answer_at="data",
        token_model=TokenModel.STATIC,
        default_lifetime=15 * DAY,
        leeway=12 * HOUR,
        classify=classify_douyin,
    )
    paging = CursorPaging(default=10, maximum=20)
    refused_again_is_dead = True
    account_given = FieldCoverage("uid account nickname avatar", scoped={"fansCount": FANS_SCOPE})
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount shareCount"
    )
    instructions = Text(
        en="Open the link on a computer, scan the code with the Douyin app, and leave every "
        "permission ticked.",
        zh="在电脑上打开链接，用抖音 App 扫码，并保持所有权限勾选。",
    )

    # Which kind of app

    def form(self, app: App) -> OAuthConfig:
        if is_miniapp(app):
            return replace(self.oauth, required_scopes=miniapp.SCOPES, code_param="token")
        needed = tuple(scope for scope in app.scopes if scope in NEEDED)
        return replace(self.oauth, required_scopes=needed)

    def connects_by(self, app: App | None) -> AuthType:
        return AuthType.QRCODE if app and is_miniapp(app) else AuthType.OAUTH2

    def callback_json(self, app: App) -> bool:
        return is_miniapp(app)

    def instructions_text(self, app: App) -> Text:
        if not is_miniapp(app):
            return super().instructions_text(app)
        return Text(
            en="Scan the picture with the Douyin app and approve in the mini-app that opens.",
            zh="用抖音 App 扫描图片，在打开的小程序中同意授权。",
        )

    def works_absence(self, app: App | None) -> tuple[str, Text] | None:
        if app is None or not is_miniapp(app):
            return super().works_absence(app)
        return "no_public_api", Text(
            en="Douyin's mini-apps can look up known videos but not list them; "
            "a website app can (platforms.douyin.form).",
            zh="抖音小程序只能查询已知视频，不能列出作品；网站应用可以（platforms.douyin.form）。",
        )

    # Connecting

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        optional = ",".join(f"{scope},1" for scope in app.scopes if scope in OPTIONAL)
        asked = tuple(scope for scope in app.scopes if scope not in OPTIONAL)
        extra = {"optionalScope": optional or None}
        return oauth.authorize_url(
            self.form(app), replace(app, scopes=asked), state, verifier, extra
        )

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        if is_miniapp(client.app):
            return await miniapp.qr_code(client, state)
        return await super().start_url(client, state, verifier)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        if is_miniapp(client.app):
            return await miniapp.exchange(self.form(client.app), client, params)
        return await super().exchange(client, params, verifier)

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if is_miniapp(client.app):
            return await miniapp.complete(self.form(client.app), client, tokens)
        return tokens

    def grant_end(self, tokens: Tokens) -> float | None:
        """The last access token serves on when its refresh token has ended."""
        end = super().grant_end(tokens)
        return end if end is None else max(end, tokens.expires_at or end)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        moment = due(tokens, refreshed_at)
        return moment if moment is not None and self.refreshable(tokens, moment) else None

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        form = self.form(client.app)
        if is_miniapp(client.app):
            return await miniapp.refresh_all(form, client, tokens)
        return await renew(client, await refresh(form, client, tokens))

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-management/get-account-open-info"""
        if is_miniapp(client.app):
            return [await miniapp.candidate(client, tokens)]
        answer = await client.call(
            "POST",
            f"{API}/oauth/userinfo/",
            operation="account.read",
            idempotent=True,
            form={"open_id": open_id(tokens), "access_token": tokens.access_token},
        )
        person = dig(answer, "data")
        uid = open_id(tokens) or text(dig(person, "open_id"))
        if uid is None or not isinstance(person, dict):
            raise client.malformed("account.read")
        followers = None
        if FANS_SCOPE in (tokens.scopes or ()):
            followers = await fans(client, tokens, "data/external/user/fans/")
        return [Candidate(read_profile(uid, person, followers), tokens)]

    # Works

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """One call; a page that the platform filtered empty is passed over, three at most."""
        assert isinstance(page, CursorRequest)
        cursor = page.position or "0"
        for _ in range(1 + EMPTY_PAGES):
            listing = await self._list(client, account, tokens, cursor, page.limit)
            items = [item for item in rows(listing.get("list")) if work_id(item)]
            following = read_next(listing, cursor)
            if items or following is None:
                break
            cursor = following
        return WorksPage(items=[read_work(item, account) for item in items], next=following)

    async def _list(
        self, client: PlatformClient, account: Account, tokens: Tokens, cursor: str, limit: int
    ) -> dict[str, Any]:
        answer = await client.get(
            f"{API}/api/douyin/v1/video/video_list/",
            operation="works.list",
            params={"open_id": account.uid, "cursor": cursor, "count": limit},
            headers=access(tokens.access_token),
        )
        listing = dig(answer, "data")
        if not isinstance(listing, dict) or not listing.keys() & {"list", "has_more"}:
            raise client.malformed("works.list")
        return listing

    # What the platform sends and how it refuses

    async def push(self, client: PlatformClient, push: InboundMessage) -> InboundResult | None:
        """https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/overview"""
        secret = client.app.client_secret.encode()
        digest = hashlib.sha1(secret + push.body, usedforsecurity=False).hexdigest()
        signature = push.headers.get("x-douyin-signature", "")
        if not hmac.compare_digest(digest.encode(), signature.encode()):
            raise InboundRefused("the signature is not ours")
        try:
            event = json.loads(push.body)
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        return read_event(event, client.clock())

    def classify(self, answer: Answer) -> Failure | None:
        return classify_douyin(answer)


def is_miniapp(app: App) -> bool:
    return bool(app.option("form") == "miniapp")


def read_event(event: Any, now: float) -> InboundResult:
    person = text(dig(event, "from_user_id"))
    if dig(event, "event") == "verify_webhook":
        body = json.dumps({"challenge": dig(event, "content", "challenge")})
        return InboundResult(body, "application/json; charset=utf-8")
    if dig(event, "event") == "unauthorize" and person:
        return InboundResult(revoked={person: now})
    return InboundResult()


def read_profile(uid: str, person: Mapping[str, Any], followers: int | None) -> Profile:
    return Profile(
        platform=Platform("douyin"),
        uid=uid,
        handle=uid,
        nickname=text(person.get("nickname")) or uid,
        avatar=https(person.get("avatar")),
        counters=Counters(fans=followers),
    )


def read_next(listing: Mapping[str, Any], cursor: str) -> str | None:
    """Where the list goes on; never to where one is already."""
    following = text(listing.get("cursor")) if listing.get("has_more") else None
    return None if following == cursor else following


def work_id(item: Mapping[str, Any]) -> str | None:
    return text(item.get("video_id")) or text(item.get("item_id"))


def read_work(item: Mapping[str, Any], account: Account) -> Work:
    """https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management/douyin/search-video/account-video-list"""
    images = whole(item.get("media_type")) == IMAGES
    title = text(item.get("title"))
    return Work(
        id=str(work_id(item)),
        mode=ContentMode.IMAGE if images else ContentMode.VIDEO,
        title=title,
        description=title,
        url=read_url(item, "note" if images else "video"),
        cover_url=https(item.get("cover")),
        published_at=moment(item.get("create_time")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=read_status(item),
        metrics=read_metrics(item.get("statistics")),
    )


def read_url(item: Mapping[str, Any], kind: str) -> str | None:
    number = text(item.get("video_id"))
    return f"https://www.douyin.com/{kind}/{number}" if number else https(item.get("share_url"))


def read_status(item: Mapping[str, Any]) -> WorkStatus | None:
    status = STATUSES.get(whole(item.get("video_status")) or 0)
    if status is None and item.get("is_reviewed") is False:
        return WorkStatus.REVIEWING
    return status


def read_metrics(statistics: Any) -> Metrics:
    """Reposts inside Douyin (`forward_count`) and downloads have no place among our metrics."""
    plays = count(dig(statistics, "play_count"))
    return Metrics(
        views=plays,
        plays=plays,
        likes=count(dig(statistics, "digg_count")),
        comments=count(dig(statistics, "comment_count")),
        shares=count(dig(statistics, "share_count")),
    )
