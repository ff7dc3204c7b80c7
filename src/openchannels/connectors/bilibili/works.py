"""Bilibili: listing videos; the counts of each take a call."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import Item, PageList
from openchannels.connectors.base.parse import count, dig, integer, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.bilibili.api import API, may_have_scope, signing_client
from openchannels.connectors.bilibili.statistics import read_statistics
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import PagePaging, PageRequest, WorksPage
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

# The platform documents only 0 and -2; the others are reported by its users.
STATES = {
    0: WorkStatus.PUBLISHED,
    **dict.fromkeys((-2, -3, -4, -5, -16), WorkStatus.REJECTED),
    -40: WorkStatus.SCHEDULED,
    -100: WorkStatus.DELETED,
}


def video_id(video: Any) -> str:
    return text(dig(video, "resource_id")) or ""


def read_status(video: Any) -> WorkStatus | None:
    state = integer(dig(video, "addit_info", "state"))
    if state is None or state > 0:
        return None
    return STATES.get(state, WorkStatus.REVIEWING)


def is_listing(answer: Any) -> bool:
    """Returns whether an answer is a page of videos, which may have no list if it is empty."""
    return count(dig(answer, "data", "page", "total")) is not None


def is_public(video: Item) -> bool:
    return read_status(video) is WorkStatus.PUBLISHED


# https://open.bilibili.com/doc/4/a24030b7-6b8f-b36c-32d8-a4aae67fcc35
WORK = WorkMap(
    {
        "id": "resource_id",
        "mode": ContentMode.VIDEO,
        "title": "title",
        "description": "desc",
        "url": lambda video: f"https://www.bilibili.com/video/{video_id(video)}",
        "cover_url": "cover",
        "published_at": "ptime",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics_at="counts",
    metrics={
        "views": "view",
        "plays": "view",
        "likes": "like",
        "comments": "reply",
        "collects": "favorite",
        "saves": "favorite",
        "shares": "share",
    },
    scoped=dict.fromkeys(
        (
            *("viewCount", "playCount", "likeCount", "commentCount"),
            *("collectCount", "saveCount", "shareCount"),
        ),
        "ARC_DATA",
    ),
)
VIDEOS = PageList(
    url=f"{API}/archive/viewlist",
    items="data.list",
    id="resource_id",
    size="ps",
    number="pn",
    total="data.page.total",
    empty=is_listing,
)


class BilibiliWorks(WorksReader):
    paging = PagePaging(default=20, maximum=50, total=True)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        signed_client = signing_client(client, tokens)
        videos = await VIDEOS.page(signed_client, page, params={"status": "all"})
        counted = await with_counts(signed_client, account, tokens, videos.items)
        return replace(videos, items=counted).works(WORK, account)


async def with_counts(
    signed_client: PlatformClient, account: Account, tokens: Tokens, videos: Sequence[Item]
) -> list[Item]:
    """Returns videos with the counts of those that are public, if the scope for them is granted."""
    counts: dict[str, Any] = {}
    if may_have_scope(tokens, "ARC_DATA"):
        public = [video_id(video) for video in videos if is_public(video)]
        counts = await read_statistics(signed_client, account.id, public)
    return [{**video, "counts": counts.get(video_id(video))} for video in videos]
