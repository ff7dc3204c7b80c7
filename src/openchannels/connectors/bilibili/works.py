"""Bilibili: listing works."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.parse import count, dig, https, moment, rows, text, whole
from openchannels.connectors.base.works import Works
from openchannels.connectors.bilibili.api import API, granted, signed
from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.platform_client import PlatformClient

STATS_AT_ONCE = 5
STATS_KEPT = 300
STATS_TIMEOUT = 5.0
STATS_PATIENCE = 10
ONE_WORK_ONLY = {
    FailureKind.NOT_FOUND,
    FailureKind.INVALID,
    FailureKind.UNAVAILABLE,
    FailureKind.MALFORMED,
}
"""Failures of a statistics call that say nothing about the calls for other works."""
REFUSED_TOKEN = {FailureKind.TOKEN_EXPIRED, FailureKind.DEAD_GRANT}

# Beyond 0 and -2 the platform publishes no list; these are the ones its community reports.
STATES = {
    0: WorkStatus.PUBLISHED,
    **dict.fromkeys((-2, -3, -4, -5, -16), WorkStatus.REJECTED),
    -40: WorkStatus.SCHEDULED,
    -100: WorkStatus.DELETED,
}


class BilibiliWorks(Works):
    paging = PagePaging(default=20, maximum=50, total=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            (
                "viewCount",
                "playCount",
                "likeCount",
                "commentCount",
                "collectCount",
                "saveCount",
                "shareCount",
            ),
            "ARC_DATA",
        ),
    )

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, NumberRequest)
        line = signed(client, tokens)
        answer = await line.get(
            f"{API}/archive/viewlist",
            operation="works.list",
            params={"pn": page.page, "ps": page.size, "status": "all"},
        )
        listing = dig(answer, "data")
        total = count(dig(listing, "page", "total"))
        if total is None:
            raise client.malformed("works.list")
        items = [item for item in rows(dig(listing, "list")) if work_id(item)]
        public = dict.fromkeys(work_id(item) for item in items if state_of(item) == 0)
        metrics = await self._metrics(line, account, tokens, list(public))
        return WorksPage(
            items=[read_work(item, account, metrics) for item in items],
            has_next=page.page * page.size < total,
            total=total,
        )

    async def _metrics(
        self, line: PlatformClient, account: Account, tokens: Tokens, ids: list[str]
    ) -> dict[str, Metrics]:
        """Counts by work, each from its own call or from the last minutes.

        A refused token is raised: the list was read with it a moment ago, so it has just ended,
        and the caller knows how to refresh.
        """
        if not granted(tokens, "ARC_DATA"):
            return {}
        asking = Asking(line, account.id, line.clock() + STATS_PATIENCE)
        found = await asyncio.gather(*map(asking.metrics, ids))
        if refused := [f for f in asking.ended if f.kind in REFUSED_TOKEN]:
            raise refused[0]
        return dict(zip(ids, found, strict=True))


@dataclass(slots=True)
class Asking:
    """The statistics calls of one page: a few at a time, none after `until` or once `ended`.

    A failure leaves one work without counts; a limit or a missing permission ends the asking.
    """

    line: PlatformClient
    account_id: str
    until: float
    ended: list[PlatformFailure] = field(default_factory=list)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STATS_AT_ONCE))

    async def metrics(self, work_id: str) -> Metrics:
        key = f"bilibili:stat:{self.account_id}:{work_id}"
        kept: Metrics | None = self.line.cache.get(key)
        if kept is not None:
            return kept
        async with self.gate:
            fresh = await self._fetch(work_id)
        if fresh is None:
            return Metrics()
        self.line.cache.put(key, fresh, STATS_KEPT)
        return fresh

    async def _fetch(self, work_id: str) -> Metrics | None:
        if self.ended or self.line.clock() > self.until:
            return None
        try:
            answer = await self.line.get(
                f"{API}/data/arc/stat",
                operation="works.stats",
                params={"resource_id": work_id},
                timeout=STATS_TIMEOUT,
            )
        except PlatformFailure as failure:
            if failure.kind not in ONE_WORK_ONLY or failure.category == "timeout":
                self.ended.append(failure)
            return None
        return read_metrics(dig(answer, "data"))


def read_metrics(stats: Any) -> Metrics:
    views = count(dig(stats, "view"))
    favorites = count(dig(stats, "favorite"))
    return Metrics(
        views=views,
        plays=views,
        likes=count(dig(stats, "like")),
        comments=count(dig(stats, "reply")),
        collects=favorites,
        saves=favorites,
        shares=count(dig(stats, "share")),
    )


def work_id(item: Mapping[str, Any]) -> str:
    return text(item.get("resource_id")) or ""


def state_of(item: Mapping[str, Any]) -> int | None:
    return whole(dig(item, "addit_info", "state"))


def read_status(state: int | None) -> WorkStatus | None:
    if state is None or state > 0:
        return None
    return STATES.get(state, WorkStatus.REVIEWING)


def read_work(item: Mapping[str, Any], account: Account, metrics: Mapping[str, Metrics]) -> Work:
    """https://open.bilibili.com/doc/4/a24030b7-6b8f-b36c-32d8-a4aae67fcc35"""
    identifier = work_id(item)
    return Work(
        id=identifier,
        mode=ContentMode.VIDEO,
        title=text(item.get("title")),
        description=text(item.get("desc")),
        url=f"https://www.bilibili.com/video/{identifier}",
        cover_url=https(item.get("cover")),
        published_at=moment(item.get("ptime")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=read_status(state_of(item)),
        metrics=metrics.get(identifier, Metrics()),
    )
