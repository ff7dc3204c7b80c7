"""What platforms report of publications by their webhooks."""

import structlog

from openchannels.core.inbound import PublicationReport
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.store.queries import publications as store

MOST_KEPT = 20
"""Reports of one publication; of more the first ones are forgotten."""

log = structlog.get_logger()


class PublishReports:
    """Keeps reports for the publisher, and lets it look at once."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(self, platform: Platform, report: PublicationReport) -> None:
        """Adds a report; one that was delivered before, or is about no publication, is ignored."""
        now = self._context.clock()
        known = await self._context.db.write(
            store.add_report, platform, report.key, dict(report.facts), now, MOST_KEPT
        )
        if not known:
            log.info("a platform reports an unknown publication", platform=platform)
