"""Douyin: listing works."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import count, dig, https, moment, rows, text, whole
from openchannels.connectors.base.works import Works
from openchannels.connectors.douyin.api import API, access, is_miniapp
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

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
MINIAPPS_LIST_NOTHING = Text(
    en="Douyin's mini-apps can look up known videos but not list them; "
    "a website app can (platforms.douyin.form).",
    zh="抖音小程序只能查询已知视频，不能列出作品；网站应用可以（platforms.douyin.form）。",
)


class DouyinWorks(Works):
    paging = CursorPaging(default=10, maximum=20)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount shareCount"
    )

    def absent_for(self, app: App) -> Text | None:
        return MINIAPPS_LIST_NOTHING if is_miniapp(app) else None

    async def fetch_page(
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
