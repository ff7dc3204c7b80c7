"""Douyin: listing the videos of website apps."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, integer, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.douyin.api import API, is_miniapp, token_header
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platforms import Text
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
