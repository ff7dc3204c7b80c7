"""YouTube: listing works."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from openchannels.connectors.base.figures import day_of
from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.google.youtube.api import (
    ANALYTICS_SCOPE,
    API,
    is_listing,
    thumbnail_of,
)
from openchannels.connectors.google.youtube.reports import (
    FIRST_DAY,
    may_read_analytics,
    read_table,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Text
from openchannels.core.unusable import Unusable
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400
PRIVACY = {
    "public": WorkStatus.PUBLISHED,
    "unlisted": WorkStatus.UNLISTED,
    "private": WorkStatus.PRIVATE,
}
PLACEHOLDER_TITLES = ("Deleted video", "Private video")


def not_listed(missing: int) -> Text:
    return Text(
        en=f"YouTube counts {missing} more public videos than its list of uploads contains; they "
        "cannot be listed.",
        zh=f"YouTube 统计的公开视频比其上传列表多 {missing} 个，这些视频无法列出。",
    )


def video_id(entry: Mapping[str, Any]) -> str:
    return (
        text(dig(entry, "contentDetails", "videoId"))
        or text(dig(entry, "snippet", "resourceId", "videoId"))
        or ""
    )


def merge_upload(
    identifier: str,
    entry: Item,
    videos: Mapping[str, Item],
    reports: Mapping[str, Mapping[str, Any]],
) -> Item:
    """Returns one upload merged from three answers.

    `source` is the video, or the playlist entry if `videos.list` does not return the video.
    """
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
    published = dig(item["source"], "snippet", "publishedAt")
    if item["video"]:
        return published
    return dig(item["entry"], "contentDetails", "videoPublishedAt") or published


def read_watched(item: Any) -> int | None:
    minutes = count(dig(item["report"], "estimatedMinutesWatched"))
    return None if minutes is None else minutes * 60


def read_status(item: Any) -> WorkStatus | None:
    source = item["source"]
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
    return PRIVACY.get(str(privacy))


WORK = WorkMap(
    {
        "id": "id",
        "mode": ContentMode.VIDEO,
        "title": "source.snippet.title",
        "description": "source.snippet.description",
        "url": lambda item: f"https://www.youtube.com/watch?v={item['id']}",
        "cover_url": thumbnail_of("source.snippet"),
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
        params = uploads_params(account)
        try:
            listing = await UPLOADS.page(client, page, params=params, headers=bearer(tokens))
        except PlatformFailure as failure:
            # The uploads playlist of a channel without videos may not exist.
            if failure.reading.code == "playlistNotFound":
                return WorksPage(unusable=await self._unlisted(client, account, tokens, page, 0))
            raise
        total = count(dig(listing.answer, "pageInfo", "totalResults"))
        unlisted = await self._unlisted(client, account, tokens, page, total)
        entries = {video_id(entry): entry for entry in listing.items}
        videos = await read_videos(client, tokens, entries)
        reports = await read_reports(client, tokens, list(videos))
        merged = [merge_upload(id, entry, videos, reports) for id, entry in entries.items()]
        items = [item for item in merged if not is_deleted_or_private(item)]
        works = replace(listing, items=items).works(WORK, account)
        return replace(works, unusable=unlisted)

    async def _unlisted(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        page: PageRequest,
        listed: int | None,
    ) -> tuple[Unusable, ...]:
        """Returns how many public videos the list of uploads lacks, on its first page.

        The channel is asked only where its last known number of public videos is higher than the
        number of all uploads in the list.
        """
        known = account.counters.works
        first_page = isinstance(page, CursorRequest) and page.position is None
        if not first_page or listed is None or known is None or known <= listed:
            return ()
        counted = await self._public_videos(client, account, tokens)
        missing = (counted or 0) - listed
        return (Unusable("uploads", not_listed(missing)),) if missing > 0 else ()

    async def _public_videos(
        self, client: PlatformClient, account: Account, tokens: Tokens
    ) -> int | None:
        """Returns the channel's number of public videos, kept for a day; None if the call fails."""
        key = f"youtube.public_videos:{account.id}"
        kept = client.cache.get(key)
        if isinstance(kept, int):
            return kept
        try:
            answer = await client.get(
                f"{API}/channels",
                operation="account.stats",
                params={"part": "statistics", "id": account.secondary or account.uid},
                headers=bearer(tokens),
            )
        except PlatformFailure:
            return None
        number = count(dig(answer, "items", 0, "statistics", "videoCount"))
        if number is not None:
            client.cache.put(key, number, DAY)
        return number


def uploads_params(account: Account) -> Params:
    """Returns the parameters of a channel's list of uploads."""
    channel = account.secondary or account.uid
    uploads = account.facts.get("uploads") or "UU" + channel.removeprefix("UC")
    return {"part": "snippet,contentDetails,status", "playlistId": uploads}


async def read_videos(
    client: PlatformClient, tokens: Tokens, ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Returns videos by id, up to 50 in one call; those that YouTube does not show are missing."""
    wanted = ",".join(dict.fromkeys(ids))
    if not wanted:
        return {}
    answer = await client.get(
        f"{API}/videos",
        operation="works.read",
        params={
            "part": "snippet,statistics,status,contentDetails,liveStreamingDetails",
            "id": wanted,
        },
        headers=bearer(tokens),
    )
    optional = is_listing(answer)
    items = rows_at(client, "works.read", answer, "items", optional=optional)
    return {str(item.get("id")): item for item in items}


async def read_reports(
    client: PlatformClient, tokens: Tokens, ids: list[str]
) -> dict[str, dict[str, Any]]:
    """Returns shares and watch time by video if the setting is on; empty if the call fails.

    Videos without data are missing.
    """
    if not ids or not may_read_analytics(client, tokens):
        return {}
    try:
        found = await read_table(
            client,
            tokens,
            "works.analytics",
            days=(FIRST_DAY, day_of(client.clock(), UTC)),
            metrics="shares,estimatedMinutesWatched",
            dimensions="video",
            filters="video==" + ",".join(ids),
        )
    except PlatformFailure:
        return {}
    return {str(row.get("video")): row for row in found}
