"""What one process learns of limits holds in all, on both stores and whatever their clocks."""

import asyncio
import itertools
import time
from typing import Any

import pytest
from sqlalchemy import select

from openchannels.core import errors
from openchannels.core.exceptions import TooManyRequests
from openchannels.core.limit_exchange import LimitExchange, Note
from openchannels.core.platform_errors import FailureKind
from openchannels.core.rate_limits import InboundLimits, InboundRates, Limit
from openchannels.metrics import declared as metric
from openchannels.service.shared_limits import SharedLimits
from openchannels.store.database import Database
from openchannels.store.tables import shared_limits
from openchannels.transport.circuit_breaker import CircuitBreaker, CircuitOpen
from openchannels.transport.rate_limits import BucketState
from tests.harness.rig import Rig, twin
from tests.harness.waiting import until
from tests.metrics.scraped import Scraped

NOW = 1_800_000_000.0
HOST = "api.example.com"
PER_MINUTE = 60
KIND = FailureKind.RATE_LIMITED


class Counted:
    """A database that counts what is written, and may be away."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.away = False
        self.writes = 0

    async def read(self, *query: Any) -> Any:
        return await self._db.read(*self._reached(query))

    async def write(self, *query: Any) -> Any:
        self.writes += 1
        return await self._db.write(*self._reached(query))

    def _reached(self, query: Any) -> Any:
        if self.away:
            raise errors.unavailable("store")
        return query


class Process:
    """What one process knows, its clock ahead of the others' by some seconds."""

    def __init__(self, db: Database, ahead: float = 0.0) -> None:
        self.db = Counted(db)
        self.now = NOW + ahead
        exchange = LimitExchange()
        exchange.adopt = self._adopt
        self.buckets = BucketState(lambda: self.now, exchange.tell)
        self.breaker = CircuitBreaker(
            lambda: self.now, failures=1, longest=600, spread=lambda _, most: most,
            tell=lambda seconds, openings: exchange.tell("open", seconds, str(openings)),
        )  # fmt: skip
        rates = InboundRates(start=PER_MINUTE, works=100 * PER_MINUTE)
        self.inbound = InboundLimits(rates, clock=lambda: 0.0)
        self.shared = SharedLimits(self.db, exchange, self.inbound)  # type: ignore[arg-type]

    def _adopt(self, note: Note) -> None:
        if note.name == "open":
            self.breaker.adopt(note.seconds, int(note.detail))
        else:
            self.buckets.adopt(note.name, note.seconds, note.detail)

    def fail(self) -> None:
        permit = self.breaker.acquire_permit(interactive=True)
        permit.answered = False
        permit.report_outcome()

    def requests(self, most: int, key: str = "key-1", limit: Limit = Limit.START) -> int:
        """How many requests are allowed, of so many."""
        for number in range(most):
            try:
                self.inbound.count_request(limit, key)
            except TooManyRequests:
                return number
        return most


async def sync(*processes: Process) -> None:
    for process in processes:
        await process.shared.sync()


async def test_a_bucket_is_empty_for_all_whatever_their_clocks(db: Database) -> None:
    first, second = Process(db), Process(db, ahead=300.0)
    await sync(first, second)
    first.buckets.mark_exhausted(HOST, "account-1", "account", first.now + 600, KIND)
    first.buckets.mark_low(HOST, "account-1", "app", first.now + 600)
    await sync(first, second)
    third = Process(db, ahead=-300.0)
    await sync(third)
    for other in (second, third):
        found = other.buckets.exhausted(HOST, "account-1")
        assert found is not None
        assert 0 < found[0] - other.now <= 600
        assert found[1] == KIND
        assert other.buckets.exhausted(HOST, "account-2") is None
        assert other.buckets.exhausted(HOST, "account-2", sparing=True) is not None
    second.buckets.clear_low(HOST, "account-1", "app")
    await sync(second, first, third)
    for process in (first, third):
        assert process.buckets.exhausted(HOST, "account-2", sparing=True) is None
        assert process.buckets.exhausted(HOST, "account-1") is not None
    rows = await db.read(lambda c: c.execute(select(shared_limits)).all())
    assert "account-1" not in str(rows)


async def test_a_circuit_breaker_opens_and_closes_for_all(db: Database) -> None:
    first, second = Process(db), Process(db, ahead=300.0)
    await sync(first, second)
    for _ in range(10):
        # Each opening is longer, so that this one outlasts the test.
        first.now += 1000
        first.fail()
    await sync(first, second)
    with pytest.raises(CircuitOpen):
        second.breaker.acquire_permit()
    permit = second.breaker.acquire_permit(interactive=True)
    permit.answered = True
    permit.report_outcome()
    await sync(second, first)
    assert first.breaker.closed


async def test_requests_of_a_key_count_together(db: Database) -> None:
    """What all have used counts once; while the test runs a little is refilled."""
    first, second = Process(db), Process(db)
    began = time.monotonic()
    assert first.requests(40) == 40
    await sync(first, second, first, second)
    left = second.requests(PER_MINUTE)
    assert 20 <= left <= 21 + time.monotonic() - began
    await sync(second, first, second)
    assert first.requests(PER_MINUTE) <= 4 + time.monotonic() - began
    assert first.requests(PER_MINUTE, key="key-2") == PER_MINUTE


async def test_a_busy_key_does_not_flood_the_database(db: Database) -> None:
    process = Process(db)
    await sync(process)
    before, allowed = process.db.writes, 0
    while (some := process.requests(50, limit=Limit.WORKS)) == 50:
        allowed += some
        await sync(process)
    assert allowed >= 100 * PER_MINUTE - 50
    assert process.db.writes - before <= 21


async def test_while_the_database_is_away_each_takes_its_share(db: Database) -> None:
    first, second = Process(db), Process(db)
    await sync(second, first)
    first.db.away = True
    first.buckets.mark_exhausted(HOST, "account-1", "app", first.now + 600, KIND)
    running = asyncio.create_task(first.shared.run())
    keys = map(str, itertools.count())
    await until(lambda: first.requests(PER_MINUTE, next(keys)) == PER_MINUTE / 2)
    first.db.away = False
    await until(lambda: first.requests(PER_MINUTE, next(keys)) == PER_MINUTE)
    await sync(second)
    assert second.buckets.exhausted(HOST, "account-1") is not None
    running.cancel()


@pytest.mark.asyncio(loop_scope="module")
async def test_services_over_one_store_wait_together(rig: Rig) -> None:
    tool = await rig.tool()
    account = await tool.connected("tiktok")
    async with twin(rig) as other:
        await rig.fault(("open.tiktokapis.com", "/v2/video/list/"), "rate_limit")
        rig.clock.hold()
        assert (await tool.works("tiktok", account)).code == 15071
        before = await rig.count(("open.tiktokapis.com", "/v2/video/list/"))

        async def heard() -> bool:
            async with rig.http.get(f"{other}/metrics") as page:
                seen = Scraped(await page.text())
            return seen.value(metric.SPENT_LIMITS, platform="tiktok") == 1

        await until(heard)
        headers = {"X-Api-Key": tool.key.key}
        path = f"{other}/api/v2/channels/works/tiktok?accountId={account}"
        async with rig.http.get(path, headers=headers) as answer:
            body = await answer.json()
        assert (body["code"], body["data"]["category"]) == (15071, "rate_limit")
        assert 1 <= body["data"]["retryAfter"] <= 60
        assert await rig.count(("open.tiktokapis.com", "/v2/video/list/")) == before
