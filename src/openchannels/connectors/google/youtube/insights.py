"""YouTube: the figures of a channel."""

from dataclasses import replace

from openchannels.connectors.base.figures import FiguresMap, known_spans, overlaid, summed
from openchannels.connectors.base.insights import AccountInsights, figures_of
from openchannels.connectors.google.youtube.accounts import PROFILE, read_channels
from openchannels.connectors.google.youtube.reports import read_days
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, AccountSpan, Period
from openchannels.transport.platform_client import PlatformClient

OPERATION = "account.insights"
CHANNEL = FiguresMap(AccountMetrics, {"views": "statistics.viewCount"})
DAYS = FiguresMap(
    AccountMetrics,
    {"views": "views", "likes": "likes", "comments": "comments", "forwards": "shares"},
)
REPORT = "views,likes,comments,shares"


class YouTubeInsights(AccountInsights):
    """Reads what a channel has now, and what Analytics tells of it by day."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        channels = await read_channels(client, tokens, OPERATION, "snippet,statistics")
        identity = account.secondary or account.uid
        channel = next((item for item in channels if item.get("id") == identity), None)
        if channel is None:
            raise client.malformed(OPERATION)
        days = await read_days(client, tokens, "account.analytics", period, metrics=REPORT)
        spans = known_spans(AccountSpan(*times, DAYS.read(row)) for times, row in days)
        known = figures_of(PROFILE.read(channel, account.uid))
        metrics = overlaid(known.metrics, CHANNEL.read(channel))
        sums = summed(AccountMetrics, (span.metrics for span in spans))
        return replace(known, metrics=overlaid(metrics, sums), spans=spans)
