"""Waiting for a condition. The bound is generous: it only ends what would never end."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

from openchannels.testing import waiting

T = TypeVar("T")
PATIENCE = 180.0
"""Seconds that even a machine under heavy load has enough of."""
PAUSE = 0.02


def wait_until(found: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Ask until there is something; returns it."""
    return waiting.wait_until(found, seconds, lambda: f"nothing came in {seconds:.0f} s")


async def until(found: Callable[[], T | Awaitable[T]], seconds: float = PATIENCE) -> T:
    """The same for conditions that are awaited, or that only an awaiting test lets come true."""
    async with asyncio.timeout(seconds):
        while True:
            answer = found()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(PAUSE)
