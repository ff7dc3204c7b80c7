"""Calls in flight that several callers may wait for: asked once, answered to all of them."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from openchannels.core.request_record import current_request

T = TypeVar("T")


class _Call(Generic[T]):
    """A call in flight, and how many callers wait for it."""

    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting = 0


class InFlight:
    """Makes a call once for all who ask for the same while it is in flight.

    A caller that is cancelled leaves the others waiting; the call is cancelled with its last one.
    """

    def __init__(self) -> None:
        self._calls: dict[Hashable, _Call[Any]] = {}

    async def result(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Returns what `make` returns, or what the call in flight under the same key will.

        Raises what the call raises, to all who wait for it.
        """
        call: _Call[T] | None = self._calls.get(key)
        if call is not None:
            with_others = time.perf_counter()
            try:
                return await self._wait(key, call)
            finally:
                # The platform's time is noted for the request that made the call.
                record = current_request.get()
                if record is not None:
                    record.upstream_seconds += time.perf_counter() - with_others
        call = self._calls[key] = _Call(asyncio.create_task(make()))
        call.task.add_done_callback(lambda _task: self._forget(key, call))
        return await self._wait(key, call)

    async def _wait(self, key: Hashable, call: _Call[T]) -> T:
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            call.waiting -= 1
            if not call.waiting and not call.task.done():
                # Nobody may join it any more: it has no result.
                self._forget(key, call)
                call.task.cancel()

    def _forget(self, key: Hashable, call: _Call[T]) -> None:
        if self._calls.get(key) is call:
            del self._calls[key]
