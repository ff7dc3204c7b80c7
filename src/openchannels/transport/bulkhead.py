"""A bulkhead bounds the calls in flight to one platform.

A slow platform therefore holds no more than its share of connections and memory.
"""

import asyncio


class Bulkhead:
    """Slots for calls in flight, assigned in the order of the requests."""

    def __init__(self, slots: int) -> None:
        self._slots = asyncio.Semaphore(slots)

    async def acquire_slot(self, seconds: float) -> None:
        """Acquires a slot. Raises TimeoutError when none is free within `seconds`."""
        if not self._slots.locked():
            await self._slots.acquire()
            return
        async with asyncio.timeout(seconds):
            await self._slots.acquire()

    def release_slot(self) -> None:
        self._slots.release()
