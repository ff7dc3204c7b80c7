"""Bilibili: the counts of videos, which the list leaves out; each video costs a call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.parse import dig
from openchannels.connectors.bilibili.api import API
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.platform_client import PlatformClient

AT_ONCE = 5
KEPT_SECONDS = 300
TIMEOUT = 5.0
SECONDS_PER_PAGE = 10
ONE_WORK_ONLY = {
    FailureKind.NOT_FOUND,
    FailureKind.INVALID,
    FailureKind.UNAVAILABLE,
    FailureKind.MALFORMED,
}
"""Failures of a statistics call that say nothing about the calls for other works."""
REFUSED_TOKEN = {FailureKind.TOKEN_EXPIRED, FailureKind.DEAD_GRANT}


async def read_statistics(
    client: PlatformClient, account_id: str, ids: Sequence[str]
) -> dict[str, Any]:
    """Counts by work, each from its own call or from the last minutes.

    Raises the PlatformFailure of a refused token: the list was read with it a moment ago, so it
    has just ended, and the caller knows how to refresh.
    """
    calls = StatisticsCalls(client, account_id, client.clock() + SECONDS_PER_PAGE)
    found = await asyncio.gather(*map(calls.counts, ids))
    if refused := [failure for failure in calls.ended if failure.kind in REFUSED_TOKEN]:
        raise refused[0]
    return dict(zip(ids, found, strict=True))


@dataclass(slots=True)
class StatisticsCalls:
    """The statistics calls of one page: a few at a time, none after `until` or once `ended`.

    A failure leaves one work without counts; a limit or a missing permission ends the calls.
    """

    client: PlatformClient
    account_id: str
    until: float
    ended: list[PlatformFailure] = field(default_factory=list)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def counts(self, work_id: str) -> Any:
        key = f"bilibili:stat:{self.account_id}:{work_id}"
        kept = self.client.cache.get(key)
        if kept is not None:
            return dig(kept, "data")
        async with self.gate:
            answer = await self._fetch(work_id)
        if answer is not None:
            self.client.cache.put(key, answer, KEPT_SECONDS)
        return dig(answer, "data")

    async def _fetch(self, work_id: str) -> Any:
        if self.ended or self.client.clock() > self.until:
            return None
        try:
            return await self.client.get(
                f"{API}/data/arc/stat",
                operation="works.stats",
                params={"resource_id": work_id},
                timeout=TIMEOUT,
            )
        except PlatformFailure as failure:
            if failure.kind not in ONE_WORK_ONLY or failure.category == "timeout":
                self.ended.append(failure)
            return None
