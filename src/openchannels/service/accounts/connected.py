"""Reports that accounts were stored: one log line each, and one connection counted."""

from collections.abc import Iterable

import structlog

from openchannels.core.metrics import SUCCESS, ConnectionMetrics
from openchannels.core.platforms import Platform

log = structlog.get_logger()


def report_connected(
    metrics: ConnectionMetrics, platform: Platform, user_id: str, account_ids: Iterable[str]
) -> None:
    """Reports one authorization, or one login of a plug-in, and the accounts that came of it."""
    metrics.count_connection(platform, SUCCESS)
    for account_id in account_ids:
        log.info("account connected", account=account_id, platform=platform, user=user_id)
