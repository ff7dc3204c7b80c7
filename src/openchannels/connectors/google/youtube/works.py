"""YouTube: listing works."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE, API, THUMBNAIL, is_listing
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
PLACEHOLDER_TITLES = ("Deleted video", "Private video")


def video_id(entry: Mapping[str, Any]) -> str:
    return (
        text(dig(entry, "contentDetails", "videoId"))
        or text(dig(entry, "snippet", "resourceId", "videoId"))
        or ""
    )


def merge_upload(
    entry: Item, videos: Mapping[str, Item], reports: Mapping[str, Mapping[str, Any]]
) -> Item:
    """Returns one upload merged from three answers.

    `source` is the video, or the playlist entry if `videos.list` does not return the video.
    """
    identifier = video_id(entry)
    video = videos.get(identifier)
    return {
        "id": identifier,
        "entry": entry,
        "video": video,
        "source": video or entry,
        "report": reports.get(identifier),
    }


def is_deleted_or_private(item: Item) -> bool:
    return item["video"] is None and dig(item, "entry", "snippet", "title") in PLACEHOLDER_TITLES


def read_published(item: Any) -> Any:
    published = dig(item, "source", "snippet", "publishedAt")
    if dig(item, "video"):
        return published
    return dig(item, "entry", "contentDetails", "videoPublishedAt") or published


def read_watched(item: Any) -> int | None:
    minutes = count(dig(item, "report", "estimatedMinutesWatched"))
    return None if minutes is None else minutes * 60


def read_status(item: Any) -> WorkStatus | None:
    source = dig(item, "source")
    state = dig(source, "status", "uploadStatus")
    if state in ("failed", "rejected", "deleted"):
        return WorkStatus(state)
    if state == "uploaded":
        return WorkStatus.PROCESSING
    broadcast = dig(source, "snippet", "liveBroadcastContent")
    if broadcast in ("live", "upcoming"):
        return WorkStatus(broadcast)
    privacy = dig(source, "status", "privacyStatus")
    if privacy == "private" and dig(source, "status", "publishAt"):
        return WorkStatus.SCHEDULED
    return {
        "public": WorkStatus.PUBLISHED,
        "unlisted": WorkStatus.UNLISTED,
        "private": WorkStatus.PRIVATE,
    }.get(str(privacy))


WORK = WorkMap(
    {
        "id": "id",
        "mode": ContentMode.VIDEO,
        "title": "source.snippet.title",
        "description": "source.snippet.description",
        "url": lambda item: f"https://www.youtube.com/watch?v={dig(item, 'id')}",
        "cover_url": lambda item: value_at(dig(item, "source"), THUMBNAIL),
        "published_at": read_published,
        "author_name": "source.snippet.channelTitle",
        "author_uid": "source.snippet.channelId",
        "status": read_status,
    },
    metrics={
        "views": "video.statistics.viewCount",
        "plays": "video.statistics.viewCount",
        "likes": "video.statistics.likeCount",
        "comments": "video.statistics.commentCount",
        "shares": "report.shares",
        "watch_seconds": read_watched,
    },
    scoped=dict.fromkeys(("shareCount", "watchTimeSeconds"), ANALYTICS_SCOPE),
)
UPLOADS = CursorList(
    url=f"{API}/playlistItems",
    items="items",
    id="contentDetails.videoId|snippet.resourceId.videoId",
    size="maxResults",
    cursor="pageToken",
    next="nextPageToken",
    previous="prevPageToken",
    empty=is_listing,
)


class YouTubeWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=50, previous=True)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        channel = account.secondary or account.uid
        uploads = account.facts.get("uploads") or "UU" + channel.removeprefix("UC")
        params = {"part": "snippet,contentDetails,status", "playlistId": uploads}
        try:
            listing = await UPLOADS.page(client, page, params=params, headers=bearer(tokens))
        except PlatformFailure as failure:
            # The uploads playlist of a channel without videos may not exist.
            if failure.reading.code == "playlistNotFound":
                return WorksPage()
            raise
        videos = await self._videos(client, tokens, listing.items)
        reports = await self._analytics(client, tokens, list(videos))
        merged = [merge_upload(entry, videos, reports) for entry in listing.items]
        items = [item for item in merged if not is_deleted_or_private(item)]
        return replace(listing, items=items).works(WORK, account)

    async def _videos(
        self, client: PlatformClient, tokens: Tokens, entries: list[dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        ids = list(dict.fromkeys(video_id(entry) for entry in entries))
        if not ids:
            return {}
        answer = await client.get(
            f"{API}/videos",
            operation="works.read",
            params={
                "part": "snippet,statistics,status,contentDetails,liveStreamingDetails",
                "id": ",".join(ids),
            },
            headers=bearer(tokens),
        )
        optional = is_listing(answer)
        items = rows_at(client, "works.read", answer, "items", optional=optional)
        return {str(item.get("id")): item for item in items}

    async def _analytics(
        self, client: PlatformClient, tokens: Tokens, ids: list[str]
    ) -> dict[str, dict[str, Any]]:
        """Returns shares and watch time if the setting is on; empty if the call fails."""
        refused = tokens.scopes is not None and ANALYTICS_SCOPE not in tokens.scopes
        if not ids or refused or not client.app.option("analytics"):
            return {}
        today = datetime.fromtimestamp(client.clock(), ZoneInfo("UTC"))
        try:
            table = await client.get(
                REPORTS,
                operation="works.analytics",
                params={
                    "ids": "channel==MINE",
                    "startDate": "2005-02-14",
                    "endDate": f"{today:%Y-%m-%d}",
                    "metrics": "shares,estimatedMinutesWatched",
                    "dimensions": "video",
                    "filters": "video==" + ",".join(ids),
                },
                headers=bearer(tokens),
            )
        except PlatformFailure:
            return {}
        return read_report(table)


def read_report(table: Any) -> dict[str, dict[str, Any]]:
    """Returns the rows of an Analytics table by video; videos without data have no row."""
    names = [str(column.get("name")) for column in rows(dig(table, "columnHeaders"))]
    raw_rows = dig(table, "rows")
    table_rows = (
        [values for values in raw_rows if isinstance(values, list)]
        if isinstance(raw_rows, list)
        else []
    )
    records = (dict(zip(names, values, strict=False)) for values in table_rows)
    return {str(row.get("video")): row for row in records}
