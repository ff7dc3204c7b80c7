"""KWAI: listing videos, with their counts, by one call."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.kwai.api import SITE, credential_params
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

MAXIMUM = 200


def read_paging(page: CursorRequest) -> dict[str, str | int | None]:
    """Requests more items than the page holds, to know whether another page follows."""
    # One for the next page, and one for the cursor's item, which may be returned again.
    size = min(page.limit + (2 if page.position else 1), MAXIMUM)
    return {"count": size, "cursor": page.position}


def newest_first(items: list[Item], page: CursorRequest) -> list[Item]:
    """Returns items newest first, without the cursor's item; undated items come first."""
    others = [item for item in items if text(item["photo_id"]) != page.position]
    return sorted(others, key=lambda item: -(moment(item.get("create_time")) or float("inf")))


def next_position(_answer: Any, items: list[Item], page: CursorRequest) -> str | None:
    """Returns the id of the page's oldest item: the answer contains no cursor and no total."""
    sorted_items = newest_first(items, page)
    requested = read_paging(page)["count"]
    has_more = len(sorted_items) > page.limit or (requested == MAXIMUM and len(items) >= MAXIMUM)
    shown_items = sorted_items[: page.limit]
    return text(shown_items[-1]["photo_id"]) if shown_items and has_more else None


def read_status(item: Any) -> WorkStatus:
    return WorkStatus.PENDING if dig(item, "pending") is True else WorkStatus.PUBLISHED


# https://open.kuaishou.com/platformDocs/develop/web-app.html
WORK = WorkMap(
    {
        "id": "photo_id",
        "mode": ContentMode.VIDEO,
        "title": "caption",
        "description": "caption",
        "url": lambda item: f"https://www.kuaishou.com/short-video/{text(dig(item, 'photo_id'))}",
        "cover_url": "cover",
        "published_at": "create_time",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics={
        "views": "view_count",
        "plays": "view_count",
        "likes": "like_count",
        "comments": "comment_count",
    },
)
VIDEOS = CursorList(
    url=f"{SITE}/openapi/photo/list",
    items="video_list",
    id="photo_id",
    paging=read_paging,
    next=next_position,
)


class KwaiWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=MAXIMUM)
    coverage = WORK.coverage
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        videos = await VIDEOS.page(client, page, params=credential_params(client, tokens))
        shown_items = newest_first(videos.items, page)[: page.limit]
        return replace(videos, items=shown_items).works(WORK, account)
