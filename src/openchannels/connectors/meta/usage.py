"""What Meta's answers tell, in headers, of its limits.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from openchannels.connectors.base.parse import count, rows
from openchannels.core.platform_errors import Bucket, RemainingQuota
from openchannels.transport.client import Answer

USAGE_SHARES = ("call_count", "total_time", "total_cputime")
USAGE_HEADERS: Mapping[str, Bucket] = {
    "x-business-use-case-usage": "account",
    "x-app-usage": "app",
    "x-page-usage": "account",
}
"""The headers that tell in per cent what is used of a limit, and whose limit it is."""
USAGE_SECONDS = 3600.0
"""How long what is told of a limit holds: calls count for an hour at least."""


def read_throttle_wait(answer: Answer) -> float | None:
    """Returns the seconds until a throttle ends; the usage headers give minutes."""
    usage = [row for name in USAGE_HEADERS for row in usage_rows(answer, name)]
    spent = [row for row in usage if is_spent(row)]
    waits = (count(row.get("estimated_time_to_regain_access")) for row in spent or usage)
    return max((minutes * 60.0 for minutes in waits if minutes), default=None)


def read_quotas(answer: Answer) -> list[RemainingQuota]:
    """Returns what is left of each limit that the usage headers name, of a hundred.

    A limit that is used up counts as nearly so: the refusal of a call says how long to wait.
    """
    return [
        RemainingQuota(max(100 - used, 1), bucket=bucket, limit=100, reset_in=USAGE_SECONDS)
        for name, bucket in USAGE_HEADERS.items()
        for row in usage_rows(answer, name)
        if (used := used_share(row)) is not None
    ]


def used_share(usage: dict[str, Any]) -> int | None:
    """Returns how much of a limit is used, in per cent; None if it is not told."""
    shares = (count(usage.get(name)) for name in USAGE_SHARES)
    return max((share for share in shares if share is not None), default=None)


def is_spent(usage: dict[str, Any]) -> bool:
    """Returns whether a limit is used up."""
    return (used_share(usage) or 0) >= 100


def usage_rows(answer: Answer, name: str) -> Iterator[dict[str, Any]]:
    """Yields the usage objects of a header: a single one, or lists by business object."""
    try:
        header = json.loads(answer.headers.get(name, "{}"))
    except (ValueError, RecursionError):
        return
    if isinstance(header, dict):
        yield header
        for entries in header.values():
            yield from rows(entries)
