"""YouTube: listing works."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from openchannels.connectors.base.parse import count, dig, moment, rows, text
from openchannels.connectors.base.works import Works
from openchannels.connectors.google.identity import bearer
from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE, API, best_thumbnail
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.platform_client import PlatformClient

REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
GONE_TITLES = ("Deleted video", "Private video")


class YouTubeWorks(Works):
    paging = CursorPaging(default=25, maximum=50, previous=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount",
        scoped=dict.fromkeys(("shareCount", "watchTimeSeconds"), ANALYTICS_SCOPE),
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        try:
            listing = await self._playlist(client, account, tokens, page)
        except PlatformFailure as failure:
            # The uploads playlist of a channel without videos may not exist.
            if failure.reading.code == "playlistNotFound":
                return WorksPage()
            raise
        entries = [item for item in rows(dig(listing, "items")) if video_id(item)]
        videos = await self._videos(client, tokens, entries)
        shares = await self._analytics(client, tokens, list(videos))
        return WorksPage(
            items=[
                work
                for entry in entries
                if (work := read_work(entry, videos.get(video_id(entry)), shares)) is not None
            ],
            next=text(dig(listing, "nextPageToken")),
            previous=text(dig(listing, "prevPageToken")),
        )

    async def _playlist(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> Any:
        channel = account.secondary or account.uid
        uploads = account.facts.get("uploads") or "UU" + channel.removeprefix("UC")
        return await client.get(
            f"{API}/playlistItems",
            operation="works.list",
            params={
                "part": "snippet,contentDetails,status",
                "playlistId": uploads,
                "maxResults": page.limit,
                "pageToken": page.position,
            },
            headers=bearer(tokens),
        )

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
        return {str(item.get("id")): item for item in rows(dig(answer, "items"))}

    async def _analytics(
        self, client: PlatformClient, tokens: Tokens, ids: list[str]
    ) -> dict[str, dict[str, Any]]:
        """Shares and watch time, where the setting asks for them; their failure costs nothing."""
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
    """The rows of an Analytics table by video; a video without data has none."""
    names = [str(column.get("name")) for column in rows(dig(table, "columnHeaders"))]
    listed = dig(table, "rows")
    lines = [line for line in listed if isinstance(line, list)] if isinstance(listed, list) else []
    read = (dict(zip(names, line, strict=False)) for line in lines)
    return {str(row.get("video")): row for row in read}


def video_id(entry: Mapping[str, Any]) -> str:
    return (
        text(dig(entry, "contentDetails", "videoId"))
        or text(dig(entry, "snippet", "resourceId", "videoId"))
        or ""
    )


def read_work(
    entry: Mapping[str, Any],
    video: Mapping[str, Any] | None,
    analytics: Mapping[str, Mapping[str, Any]],
) -> Work | None:
    """Map one upload; a video that `videos.list` does not know keeps what the playlist says."""
    if video is None and dig(entry, "snippet", "title") in GONE_TITLES:
        return None
    identifier = video_id(entry)
    source = video or entry
    snippet = source.get("snippet")
    return Work(
        id=identifier,
        mode=ContentMode.VIDEO,
        title=text(dig(snippet, "title")),
        description=text(dig(snippet, "description")),
        url=f"https://www.youtube.com/watch?v={identifier}",
        cover_url=best_thumbnail(source),
        published_at=moment(
            dig(snippet, "publishedAt")
            if video
            else dig(entry, "contentDetails", "videoPublishedAt") or dig(snippet, "publishedAt")
        ),
        author_name=text(dig(snippet, "channelTitle")),
        author_uid=text(dig(snippet, "channelId")),
        status=read_status(source),
        metrics=read_metrics(dig(video, "statistics"), analytics.get(identifier)),
    )


def read_status(item: Mapping[str, Any]) -> WorkStatus | None:
    upload = dig(item, "status", "uploadStatus")
    if upload in ("failed", "rejected", "deleted"):
        return WorkStatus(upload)
    if upload == "uploaded":
        return WorkStatus.PROCESSING
    broadcast = dig(item, "snippet", "liveBroadcastContent")
    if broadcast in ("live", "upcoming"):
        return WorkStatus(broadcast)
    privacy = dig(item, "status", "privacyStatus")
    if privacy == "private" and dig(item, "status", "publishAt"):
        return WorkStatus.SCHEDULED
    return {
        "public": WorkStatus.PUBLISHED,
        "unlisted": WorkStatus.UNLISTED,
        "private": WorkStatus.PRIVATE,
    }.get(str(privacy))


def read_metrics(statistics: Any, analytics: Mapping[str, Any] | None) -> Metrics:
    views = count(dig(statistics, "viewCount"))
    minutes = count(dig(analytics, "estimatedMinutesWatched"))
    return Metrics(
        views=views,
        plays=views,
        likes=count(dig(statistics, "likeCount")),
        comments=count(dig(statistics, "commentCount")),
        shares=count(dig(analytics, "shares")),
        watch_seconds=None if minutes is None else minutes * 60,
    )
