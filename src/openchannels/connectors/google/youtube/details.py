"""YouTube: reading one video by its id, and its figures."""

import re
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.figures import FiguresMap, known_spans, overlaid, summed
from openchannels.connectors.base.insights import WorkDetails, WorkInsights, check_id, no_such_work
from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.google.youtube.reports import read_days
from openchannels.connectors.google.youtube.works import (
    WORK,
    merge_upload,
    read_reports,
    read_videos,
    read_watched,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures, WorkSpan
from openchannels.core.works import Metrics, Work
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
        video = await read_video(client, tokens, work_id)
        author = text(dig(video, "snippet", "channelId"))
        own = [work_id] if author == (account.secondary or account.uid) else []
        reports = await read_reports(client, tokens, own)
        return DetailedWork(read_work(client, video, reports), author)


class YouTubeWorkInsights(WorkInsights):
    """Reads what a video has now, and what of it Analytics tells by day."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        video = await read_video(client, tokens, work_id)
        days = await read_days(
            client,
            tokens,
            "works.analytics",
            period,
            metrics=REPORT,
            filters=f"video=={work_id}",
        )
        spans = known_spans(WorkSpan(*times, DAYS.read({"report": row})) for times, row in days)
        work = read_work(client, video, {})
        sums = summed(Metrics, (span.metrics for span in spans))
        within = Metrics(shares=sums.shares, watch_seconds=sums.watch_seconds)
        return WorkFigures(overlaid(work.metrics, within), work=work, spans=spans)


async def read_video(client: PlatformClient, tokens: Tokens, work_id: str) -> Item:
    """Returns a video. Raises PlatformFailure: NOT_FOUND without one that YouTube shows."""
    check_id(client, OPERATION, work_id, WORK_ID)
    videos = await read_videos(client, tokens, [work_id])
    if work_id not in videos:
        raise no_such_work(client, OPERATION, http_status=200)
    return videos[work_id]


def read_work(client: PlatformClient, video: Item, reports: Mapping[str, Any]) -> Work:
    """Returns the work of a video, with its shares and watch time if there is a report of it."""
    entry = {"contentDetails": {"videoId": video["id"]}}
    work = WORK.read(merge_upload(entry, {video["id"]: video}, reports))
    if work is None:
        raise client.malformed(OPERATION)
    return work
