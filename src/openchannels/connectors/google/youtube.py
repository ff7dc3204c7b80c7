"""YouTube: channels over Google OAuth, works through the uploads playlist."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.mapping import ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.google.identity import (
    REALM,
    bearer,
    google_failures,
    google_form,
    id_token_subject,
)
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import App, PlatformClient

API = "https://www.googleapis.com/youtube/v3"
REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
READ_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
THUMBNAIL = "|".join(
    f"snippet.thumbnails.{size}.url" for size in ("maxres", "standard", "high", "medium", "default")
)
# https://developers.google.com/youtube/v3/determine_quota_cost
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
GONE_TITLES = ("Deleted video", "Private video")

# https://developers.google.com/youtube/v3/docs/errors
REASONS = {
    "authError": FailureKind.TOKEN_EXPIRED,
    "quotaExceeded": FailureKind.QUOTA,
    "dailyLimitExceeded": FailureKind.QUOTA,
    "rateLimitExceeded": FailureKind.RATE_LIMITED,
    "userRateLimitExceeded": FailureKind.RATE_LIMITED,
    "accessNotConfigured": FailureKind.MISCONFIGURED,
    "SERVICE_DISABLED": FailureKind.MISCONFIGURED,
    "invalidPageToken": FailureKind.INVALID,
    "playlistNotFound": FailureKind.NOT_FOUND,
    "youtubeSignupRequired": FailureKind.NOT_FOUND,
    "authenticatedUserAccountClosed": FailureKind.DEAD_GRANT,
    "authenticatedUserAccountSuspended": FailureKind.DEAD_GRANT,
    "authenticatedUserNotChannel": FailureKind.DEAD_GRANT,
    "accountClosed": FailureKind.DEAD_GRANT,
    "channelClosed": FailureKind.DEAD_GRANT,
    "channelSuspended": FailureKind.DEAD_GRANT,
}
FAILURES = google_failures(REASONS, cursor_codes=("invalidPageToken",), day=QUOTA_ZONE)
NO_CHANNEL = ("youtubeSignupRequired", "authenticatedUserNotChannel")


def video_id(entry: Mapping[str, Any]) -> str:
    return (
        text(dig(entry, "contentDetails", "videoId"))
        or text(dig(entry, "snippet", "resourceId", "videoId"))
        or ""
    )


def upload(
    entry: Item, videos: Mapping[str, Item], reports: Mapping[str, Mapping[str, Any]]
) -> Item:
    """One upload as three answers describe it.

    A video that `videos.list` does not know keeps what the playlist says: that is its `source`.
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


def is_gone(item: Item) -> bool:
    return item["video"] is None and dig(item, "entry", "snippet", "title") in GONE_TITLES


def read_fans(channel: Any) -> Any:
    stats = dig(channel, "statistics")
    hidden = dig(stats, "hiddenSubscriberCount") is True
    return None if hidden else dig(stats, "subscriberCount")


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


PROFILE = ProfileMap(
    Platform.YOUTUBE,
    {
        "secondary": "id",
        "handle": "snippet.customUrl",
        "nickname": "snippet.title|id",
        "avatar": THUMBNAIL,
    },
    counters={"fans": read_fans, "works": "statistics.videoCount"},
    facts={"uploads": "contentDetails.relatedPlaylists.uploads"},
)
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
)


class YouTube(Connector):
    """One authorization opens one channel: the one chosen on Google's screen."""

    id = Platform.YOUTUBE
    shared_grant_group = REALM
    name = Text(en="YouTube", zh="YouTube")
    docs_url = "https://developers.google.com/youtube/v3/docs"
    # `select_account` alone shows the chooser between a person's channels.
    oauth: ClassVar[OAuthConfig] = google_form(READ_SCOPE)
    paging = CursorPaging(default=25, maximum=50, previous=True)
    # https://developers.google.com/youtube/v3/determine_quota_cost: each list method costs 1.
    cost_unit = "quota units"
    costs: ClassVar = {"auth.exchange": 0.0, "auth.refresh": 0.0, "works.analytics": 0.0}
    account_given = PROFILE.coverage
    work_given = WORK.coverage
    empty_hint = Text(
        en="This Google account has no YouTube channel. Create one on YouTube, or choose "
        "another account, then connect again.",
        zh="该 Google 账号没有 YouTube 频道。请先在 YouTube 创建频道或换一个账号，然后重新授权。",
    )
    instructions = Text(
        en="Open the link, choose the Google account or brand account that owns the channel, "
        "and leave every permission ticked.",
        zh="打开链接，选择拥有该频道的 Google 账号或品牌账号，并保持所有权限勾选。",
    )

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Ask for the reports' scope only where the setting that reads them is on."""
        if app.option("analytics") and ANALYTICS_SCOPE not in app.scopes:
            app = replace(app, scopes=(*app.scopes, ANALYTICS_SCOPE))
        return super().authorize_url(app, state, verifier)

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        try:
            answer = await client.get(
                f"{API}/channels",
                operation="account.read",
                params={"part": "snippet,contentDetails,statistics,status", "mine": "true"},
                headers=bearer(tokens),
            )
        except PlatformFailure as failure:
            if failure.reading.code in NO_CHANNEL:
                return []
            raise
        subject = id_token_subject(tokens)
        return [
            Candidate(PROFILE.read(item, subject or channel), tokens, grant_subject=subject)
            for item in rows(dig(answer, "items"))
            if (channel := text(item.get("id")))
        ]

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        channel = account.secondary or account.uid
        uploads = account.facts.get("uploads") or "UU" + channel.removeprefix("UC")
        wanted = {"part": "snippet,contentDetails,status", "playlistId": uploads}
        try:
            listing = await UPLOADS.page(client, page, params=wanted, headers=bearer(tokens))
        except PlatformFailure as failure:
            # The uploads playlist of a channel without videos may not exist.
            if failure.reading.code == "playlistNotFound":
                return WorksPage()
            raise
        videos = await self._videos(client, tokens, listing.items)
        reports = await self._analytics(client, tokens, list(videos))
        uploaded = [upload(entry, videos, reports) for entry in listing.items]
        kept = [item for item in uploaded if not is_gone(item)]
        return replace(listing, items=kept).works(WORK, account)

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

    def classify(self, answer: Answer) -> Failure | None:
        return FAILURES.classify(answer)


def read_report(table: Any) -> dict[str, dict[str, Any]]:
    """The rows of an Analytics table by video; a video without data has none."""
    names = [str(column.get("name")) for column in rows(dig(table, "columnHeaders"))]
    listed = dig(table, "rows")
    lines = [line for line in listed if isinstance(line, list)] if isinstance(listed, list) else []
    read = (dict(zip(names, line, strict=False)) for line in lines)
    return {str(row.get("video")): row for row in read}
