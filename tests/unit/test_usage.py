"""Counts of calls that are written in batches."""

import asyncio
from typing import Any

from openchannels.core.platforms import Platform
from openchannels.service.platforms.usage import Usage


class SlowStore:
    """A store whose writes wait to be let through; a read tells what is written by then."""

    def __init__(self) -> None:
        self.let_through = asyncio.Event()
        self.written: list[Any] = []

    async def write(self, _query: Any, counts: Any) -> None:
        await self.let_through.wait()
        self.written.append(counts)

    async def read(self, *_: Any) -> list[Any]:
        assert self.written, "read before what another flush had taken was written"
        return []


async def test_a_reader_waits_for_the_flush_of_another() -> None:
    store = SlowStore()
    usage = Usage(store, lambda: 0.0)  # type: ignore[arg-type]
    usage.add("u", Platform("youtube"), "works.list", 1, 1.0)
    background = asyncio.create_task(usage.flush())
    await asyncio.sleep(0)
    reading = asyncio.create_task(usage.list_usage("u"))
    await asyncio.sleep(0)
    store.let_through.set()
    assert await reading == []
    await background
    assert len(store.written) == 1
