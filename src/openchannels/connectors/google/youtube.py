"""YouTube: channels over Google OAuth, works through the uploads playlist."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, moment, rows, text
from openchannels.connectors.google.identity import (
    REALM,
    bearer,
    classify_google,
    google_form,
    id_token_subject,
)
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import App, PlatformClient

API = "https://www.googleapis.com/youtube/v3"
REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
READ_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
THUMBNAILS = ("maxres", "standard", "high", "medium", "default")
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
NO_CHANNEL = ("youtubeSignupRequired", "authenticatedUserNotChannel")


class YouTube(Connector):
    """One authorization opens one channel: the one chosen on Google's screen."""

    id = Platform("youtube")
    shared_grant_group = REALM
    name = Text(en="YouTube", zh="YouTube")
    mark = Mark("YT", "#cc0000")
    docs_url = "https://developers.google.com/youtube/v3/docs"
    # `select_account` alone shows the chooser between a person's channels.
    oauth: ClassVar[OAuthConfig] = google_form(READ_SCOPE)
    paging = CursorPaging(default=25, maximum=50, previous=True)
    # https://developers.google.com/youtube/v3/determine_quota_cost: each list method costs 1.
    cost_unit = "quota units"
    costs: ClassVar = {"auth.exchange": 0.0, "auth.refresh": 0.0, "works.analytics": 0.0}
    account_given = FieldCoverage("uid account nickname avatar fansCount workCount")
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount",
        scoped=dict.fromkeys(("shareCount", "watchTimeSeconds"), ANALYTICS_SCOPE),
    )
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
            Candidate(read_channel(item, subject), tokens, grant_subject=subject)
            for item in rows(dig(answer, "items"))
            if text(item.get("id"))
        ]

    async def works(
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

    def classify(self, answer: Answer) -> Failure | None:
        reading = classify_google(answer, REASONS)
        if reading is not None and reading.kind is FailureKind.QUOTA:
            return replace(reading, day=QUOTA_ZONE)
        if reading is not None and reading.code == "invalidPageToken":
            return replace(reading, cursor=True)
        return reading


def read_report(table: Any) -> dict[str, dict[str, Any]]:
    """The rows of an Analytics table by video; a video without data has none."""
    names = [str(column.get("name")) for column in rows(dig(table, "columnHeaders"))]
    listed = dig(table, "rows")
    lines = [line for line in listed if isinstance(line, list)] if isinstance(listed, list) else []
    read = (dict(zip(names, line, strict=False)) for line in lines)
    return {str(row.get("video")): row for row in read}


def read_channel(item: Mapping[str, Any], subject: str | None) -> Profile:
    channel = str(item["id"])
    stats = item.get("statistics")
    hidden = dig(stats, "hiddenSubscriberCount") is True
    return Profile(
        platform=Platform("youtube"),
        uid=subject or channel,
        secondary=channel,
        handle=text(dig(item, "snippet", "customUrl")),
        nickname=text(dig(item, "snippet", "title")) or channel,
        avatar=best_thumbnail(item),
        counters=Counters(
            fans=None if hidden else count(dig(stats, "subscriberCount")),
            works=count(dig(stats, "videoCount")),
        ),
        facts={"uploads": text(dig(item, "contentDetails", "relatedPlaylists", "uploads"))},
    )


def video_id(entry: Mapping[str, Any]) -> str:
    return (
        text(dig(entry, "contentDetails", "videoId"))
        or text(dig(entry, "snippet", "resourceId", "videoId"))
        or ""
    )


def best_thumbnail(item: Mapping[str, Any]) -> str | None:
    sizes = dig(item, "snippet", "thumbnails")
    return next(filter(None, (text(dig(sizes, size, "url")) for size in THUMBNAILS)), None)


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
