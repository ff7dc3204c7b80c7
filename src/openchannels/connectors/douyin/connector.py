"""Douyin: website apps connect by OAuth and list works; mini-apps connect by QR code and cannot."""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.mapping import BY_ACCOUNT, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, integer, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import (
    API,
    FAILURES,
    FANS_SCOPE,
    PROFILE,
    is_miniapp,
    open_id_of,
    read_follower_count,
    read_profile,
    token_header,
)
from openchannels.connectors.douyin.auth import DouyinAuth
from openchannels.connectors.douyin.links import LINKS
from openchannels.connectors.douyin.publishing import PUBLISHING
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

MAX_EMPTY_PAGES = 3
IMAGE_MEDIA_TYPE = 2
STATUSES = {
    1: WorkStatus.PUBLISHED,
    2: WorkStatus.REJECTED,
    4: WorkStatus.REVIEWING,
    5: WorkStatus.PUBLISHED,
    6: WorkStatus.PRIVATE,
    7: WorkStatus.PRIVATE,
}


def read_paging(page: CursorRequest) -> dict[str, str | int]:
    return {"cursor": page.position or "0", "count": page.limit}


def next_position(answer: Any, _videos: list[Item], page: CursorRequest) -> str | None:
    """Returns the cursor of the next page; None if it repeats the current one."""
    listing = dig(answer, "data")
    next_cursor = text(dig(listing, "cursor")) if dig(listing, "has_more") else None
    return None if next_cursor == (page.position or "0") else next_cursor


def is_video_list(answer: Any) -> bool:
    """Returns whether an answer without a list means an empty list."""
    listing = dig(answer, "data")
    return isinstance(listing, dict) and bool(listing.keys() & {"list", "has_more"})


def read_mode(video: Any) -> ContentMode:
    images = integer(dig(video, "media_type")) == IMAGE_MEDIA_TYPE
    return ContentMode.IMAGE if images else ContentMode.VIDEO


def read_url(video: Any) -> Any:
    video_id = text(dig(video, "video_id"))
    kind = "note" if read_mode(video) is ContentMode.IMAGE else "video"
    return f"https://www.douyin.com/{kind}/{video_id}" if video_id else dig(video, "share_url")


def read_status(video: Any) -> WorkStatus | None:
    status = STATUSES.get(integer(dig(video, "video_status")) or 0)
    if status is None and dig(video, "is_reviewed") is False:
        return WorkStatus.REVIEWING
    return status


# Reposts inside Douyin (`forward_count`) and downloads match none of our metrics.
# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management/douyin/search-video/account-video-list
WORK = WorkMap(
    {
        "id": "video_id|item_id",
        "mode": read_mode,
        "title": "title",
        "description": "title",
        "url": read_url,
        "cover_url": "cover",
        "published_at": "create_time",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics_at="statistics",
    metrics={
        "views": "play_count",
        "plays": "play_count",
        "likes": "digg_count",
        "comments": "comment_count",
        "shares": "share_count",
    },
)
VIDEOS = CursorList(
    url=f"{API}/api/douyin/v1/video/video_list/",
    items="data.list",
    id="video_id|item_id",
    paging=read_paging,
    next=next_position,
    empty=is_video_list,
)


class DouyinAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the account of a grant.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-management/get-account-open-info
        """
        if is_miniapp(client.app):
            return [await miniapp.read_candidate(client, tokens)]
        answer = await client.call(
            "POST",
            f"{API}/oauth/userinfo/",
            operation="account.read",
            idempotent=True,
            form={"open_id": open_id_of(tokens), "access_token": tokens.access_token},
        )
        user = dig(answer, "data")
        uid = open_id_of(tokens) or text(dig(user, "open_id"))
        if uid is None or not isinstance(user, dict):
            raise client.malformed("account.read")
        followers = None
        if FANS_SCOPE in (tokens.scopes or ()):
            followers = await read_follower_count(client, tokens, "data/external/user/fans/")
        return [Candidate(read_profile(uid, user, followers), tokens)]


class DouyinWorks(WorksReader):
    paging = CursorPaging(default=10, maximum=20)
    coverage = WORK.coverage

    def absent_for(self, app: App) -> Text | None:
        if not is_miniapp(app):
            return None
        return Text(
            en="Douyin's mini-apps can look up known videos but not list them; "
            "a website app can (platforms.douyin.form).",
            zh="抖音小程序只能查询已知视频，不能列出作品；网站应用可以（platforms.douyin.form）。",
        )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page; skips up to three pages that the platform's filters left empty.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management/douyin/search-video/account-video-list
        """
        assert isinstance(page, CursorRequest)
        for _ in range(1 + MAX_EMPTY_PAGES):
            videos = await VIDEOS.page(
                client,
                page,
                params={"open_id": account.uid},
                headers=token_header(tokens.access_token),
            )
            if videos.items or videos.next is None:
                break
            page = replace(page, position=videos.next)
        return videos.works(WORK, account)


class DouyinInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies a webhook and returns what it reports.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/overview
        """
        secret = client.app.client_secret.encode()
        digest = hashlib.sha1(secret + message.body, usedforsecurity=False).hexdigest()
        signature = message.headers.get("x-douyin-signature", "")
        if not hmac.compare_digest(digest.encode(), signature.encode()):
            raise InboundRefused("the signature is not ours")
        try:
            event = json.loads(message.body)
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        return read_event(event, client.clock())


def read_event(event: Any, now: float) -> InboundResult:
    open_id = text(dig(event, "from_user_id"))
    if dig(event, "event") == "verify_webhook":
        body = json.dumps({"challenge": dig(event, "content", "challenge")})
        return InboundResult(body, "application/json; charset=utf-8")
    if dig(event, "event") == "unauthorize" and open_id:
        return InboundResult(revoked={open_id: now})
    return InboundResult()


class Douyin(Connector):
    """An account's `open_id` differs per app, and so between a website app and a mini-app."""

    id = Platform("douyin")
    name = Text(en="Douyin", zh="抖音")
    mark = Mark("抖", "#17181f")
    docs_url = "https://developer.open-douyin.com/docs/resource/zh-CN/dop/overview"
    failures = FAILURES
    request_id_header = "x-tt-logid"
    auth = DouyinAuth()
    accounts = DouyinAccounts()
    publishing = PUBLISHING
    works = DouyinWorks()
    links = LINKS
    inbound = DouyinInbound()
