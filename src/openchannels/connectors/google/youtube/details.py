"""YouTube: reading one video by its id, and its figures."""

import re

from openchannels.connectors.base.figures import FiguresMap, known_spans, overlaid, summed
from openchannels.connectors.base.insights import WorkDetails, WorkInsights, check_id, no_such_work
from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.google.youtube.api import API, is_listing
from openchannels.connectors.google.youtube.reports import read_days
from openchannels.connectors.google.youtube.works import (
    WORK,
    is_deleted_or_private,
    merge_upload,
    read_reports,
    read_videos,
    read_watched,
    uploads_params,
    video_id,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures, WorkSpan
from openchannels.core.works import Metrics, Work
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

OPERATION = "works.read"
WORK_ID = re.compile("[A-Za-z0-9_-]{11}")
DAYS = FiguresMap(
    Metrics,
    {
        "views": "report.views",
        "plays": "report.views",
        "likes": "report.likes",
        "comments": "report.comments",
        "shares": "report.shares",
        "watch_seconds": read_watched,
    },
)
REPORT = "views,likes,comments,shares,estimatedMinutesWatched"


class YouTubeDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches a video by one call, and by another what Analytics tells of an own one."""
        upload = await read_upload(client, account, tokens, work_id)
        author = text(dig(upload, "source", "snippet", "channelId"))
        own = [work_id] if author == (account.secondary or account.uid) else []
        reports = await read_reports(client, tokens, own)
        return DetailedWork(read_work(client, {**upload, "report": reports.get(work_id)}), author)


class YouTubeWorkInsights(WorkInsights):
    """Reads what a video has now, and what of it Analytics tells by day."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        upload = await read_upload(client, account, tokens, work_id)
        days = await read_days(
            client,
            tokens,
            "works.analytics",
            period,
            metrics=REPORT,
            filters=f"video=={work_id}",
        )
        spans = known_spans(WorkSpan(*times, DAYS.read({"report": row})) for times, row in days)
        work = read_work(client, upload)
        sums = summed(Metrics, (span.metrics for span in spans))
        within = Metrics(shares=sums.shares, watch_seconds=sums.watch_seconds)
        return WorkFigures(overlaid(work.metrics, within), work=work, spans=spans)


async def read_upload(
    client: PlatformClient, account: Account, tokens: Tokens, work_id: str
) -> Item:
    """Returns a video, or the entry of an own one that only the list of uploads shows.

    Raises PlatformFailure, NOT_FOUND, without either.
    """
    check_id(client, OPERATION, work_id, WORK_ID)
    videos = await read_videos(client, tokens, [work_id])
    entry = {"contentDetails": {"videoId": work_id}}
    if work_id not in videos:
        entry = await read_entry(client, account, tokens, work_id)
    return merge_upload(work_id, entry, videos, {})


async def read_entry(
    client: PlatformClient, account: Account, tokens: Tokens, work_id: str
) -> Item:
    """Returns the entry of a video in the channel's list of uploads. Raises as `read_upload`.

    https://developers.google.com/youtube/v3/docs/playlistItems/list
    """
    answer = await client.get(
        f"{API}/playlistItems",
        operation=OPERATION,
        params={**uploads_params(account), "videoId": work_id},
        headers=bearer(tokens),
    )
    for entry in rows_at(client, OPERATION, answer, "items", optional=is_listing(answer)):
        item = merge_upload(video_id(entry), entry, {}, {})
        if item["id"] == work_id and not is_deleted_or_private(item):
            return entry
    raise no_such_work(client, OPERATION, http_status=200)


def read_work(client: PlatformClient, upload: Item) -> Work:
    """Returns the work of a video, with its shares and watch time if there is a report of it."""
    work = WORK.read(upload)
    if work is None:
        raise client.malformed(OPERATION)
    return work
