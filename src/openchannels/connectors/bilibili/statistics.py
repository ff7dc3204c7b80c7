"""Bilibili: counts of videos, which are not in the list and take a call for each video."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.shapes import object_at
from openchannels.connectors.bilibili.api import API
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.platform_client import PlatformClient

PARALLEL = 5
CACHE_SECONDS = 300
TIMEOUT = 5.0
SECONDS_PER_PAGE = 10
SINGLE_WORK_FAILURES = {
    FailureKind.NOT_FOUND,
    FailureKind.INVALID,
    FailureKind.UNAVAILABLE,
    FailureKind.MALFORMED,
}
"""Failures of a statistics call that do not affect the calls for other works."""
TOKEN_FAILURES = {FailureKind.TOKEN_EXPIRED, FailureKind.DEAD_GRANT}


async def read_statistics(
    client: PlatformClient, account_id: str, ids: Sequence[str]
) -> dict[str, Any]:
    """Returns counts by work, each from its own call or from the cache.

    Raises the PlatformFailure of a refused token, so that the caller refreshes it: the list call
    accepted it, so it has just expired.
    """
    calls = StatisticsCalls(client, account_id, client.clock() + SECONDS_PER_PAGE)
    counts = await asyncio.gather(*map(calls.counts, ids))
    if refused := [failure for failure in calls.fatal_failures if failure.kind in TOKEN_FAILURES]:
        raise refused[0]
    return dict(zip(ids, counts, strict=True))


@dataclass(slots=True)
class StatisticsCalls:
    """The statistics calls of one page: a few in parallel, none after `deadline`.

    A failure leaves one work without counts; after a rate limit or a missing permission, which
    are `fatal_failures`, no further call is made.
    """

    client: PlatformClient
    account_id: str
    deadline: float
    fatal_failures: list[PlatformFailure] = field(default_factory=list)
    semaphore: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL))

    async def counts(self, work_id: str) -> Any:
        key = f"bilibili:stat:{self.account_id}:{work_id}"
        cached = self.client.cache.get(key)
        if cached is not None:
            return cached
        async with self.semaphore:
            counts = await self._fetch(work_id)
        if counts is not None:
            self.client.cache.put(key, counts, CACHE_SECONDS)
        return counts

    async def _fetch(self, work_id: str) -> Any:
        if self.fatal_failures or self.client.clock() > self.deadline:
            return None
        try:
            answer = await self.client.get(
                f"{API}/data/arc/stat",
                operation="works.stats",
                params={"resource_id": work_id},
                timeout=TIMEOUT,
            )
            return object_at(self.client, "works.stats", answer, "data")
        except PlatformFailure as failure:
            if failure.kind not in SINGLE_WORK_FAILURES or failure.category == "timeout":
                self.fatal_failures.append(failure)
            return None
