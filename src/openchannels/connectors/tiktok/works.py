"""TikTok: listing public videos."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, https, moment, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.tiktok.api import API
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

# https://developers.tiktok.com/doc/tiktok-api-v2-video-object
VIDEO_FIELDS = (
    "id,create_time,title,video_description,cover_image_url,share_url,"
    "like_count,comment_count,share_count,view_count"
)


def read_paging(page: CursorRequest) -> dict[str, int]:
    start = {} if page.position is None else {"cursor": int(page.position)}
    return {"max_count": page.limit, **start}


def next_position(answer: Any, videos: list[Item], _page: CursorRequest) -> str | None:
    """Returns the cursor, a time in milliseconds; None on the last page, which has one, too."""
    listing = dig(answer, "data")
    if dig(listing, "has_more") is not True:
        return None
    oldest = moment(videos[-1].get("create_time")) if videos else None
    position = count(dig(listing, "cursor")) or (int(oldest * 1000) if oldest else None)
    return text(position)


def is_video_list(answer: Any) -> bool:
    """Returns whether an answer without a list means an empty list."""
    listing = dig(answer, "data")
    return isinstance(listing, dict) and bool(listing.keys() & {"cursor", "has_more"})


def read_mode(video: Any) -> ContentMode:
    return ContentMode.IMAGE if "/photo/" in (read_url(video) or "") else ContentMode.VIDEO


def read_title(video: Any) -> str | None:
    """Returns the title, or the first line of the description."""
    description = text(dig(video, "video_description")) or ""
    return text(dig(video, "title")) or text(description.split("\n")[0])


def read_url(video: Any) -> str | None:
    """Returns the address without TikTok's tracking parameters."""
    parts = urlsplit(https(dig(video, "share_url")) or "")
    query = [pair for pair in parse_qsl(parts.query) if not pair[0].startswith("utm_")]
    return parts._replace(query=urlencode(query)).geturl() or None


# The list contains public works only. The cover's address is valid for six hours.
WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "title": read_title,
        "description": "video_description",
        "url": read_url,
        "cover_url": "cover_image_url",
        "published_at": "create_time",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics={
        "views": "view_count",
        "plays": "view_count",
        "likes": "like_count",
        "comments": "comment_count",
        "shares": "share_count",
    },
)
VIDEOS = CursorList(
    url=f"{API}/video/list/",
    items="data.videos",
    in_body=True,
    paging=read_paging,
    next=next_position,
    empty=is_video_list,
)


class TikTokWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=20)
    coverage = WORK.coverage
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of videos.

        https://developers.tiktok.com/doc/tiktok-api-v2-video-list
        """
        fields = {"fields": VIDEO_FIELDS}
        videos = await VIDEOS.page(client, page, params=fields, headers=bearer(tokens))
        return videos.works(WORK, account)
