"""Calls in flight that several callers wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from openchannels.core.request_record import RequestRecord, current_request
from openchannels.service.credentials.in_flight import InFlight


class Platform:
    """A platform whose answer waits to be let through."""

    def __init__(self) -> None:
        self.let_through = asyncio.Event()
        self.asked = 0
        self.given_up = 0

    async def ask(self) -> list[int]:
        self.asked += 1
        try:
            await self.let_through.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return [self.asked]

    async def fail(self) -> list[int]:
        await self.ask()
        raise LookupError


async def started(
    in_flight: InFlight, make: Callable[[], Coroutine[Any, Any, Any]], *keys: str
) -> list[asyncio.Task[Any]]:
    """Callers that wait, one for each key."""
    callers = [asyncio.create_task(in_flight.result(key, make)) for key in keys]
    # Two turns of the loop: the callers' first steps, then those of the calls they make.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return callers


async def test_all_who_ask_for_the_same_get_the_one_answer() -> None:
    in_flight, platform = InFlight(), Platform()
    callers = await started(in_flight, platform.ask, "a", "a", "b", "a")
    platform.let_through.set()
    one, two, other, three = await asyncio.gather(*callers)
    assert platform.asked == 2
    assert one is two is three is not other


async def test_an_answer_is_not_kept() -> None:
    in_flight, platform = InFlight(), Platform()
    platform.let_through.set()
    assert await in_flight.result("a", platform.ask) == [1]
    assert await in_flight.result("a", platform.ask) == [2]


async def test_an_error_is_everybodys() -> None:
    in_flight, platform = InFlight(), Platform()
    callers = await started(in_flight, platform.fail, "a", "a")
    platform.let_through.set()
    for caller in callers:
        with pytest.raises(LookupError):
            await caller
    assert platform.asked == 1


@pytest.mark.parametrize("leaves", [0, 1])
async def test_a_caller_who_leaves_takes_nobody_along(leaves: int) -> None:
    in_flight, platform = InFlight(), Platform()
    callers = await started(in_flight, platform.ask, "a", "a")
    callers.pop(leaves).cancel()
    await asyncio.sleep(0)
    platform.let_through.set()
    assert await callers[0] == [1]
    assert (platform.asked, platform.given_up) == (1, 0)


async def test_the_last_caller_who_leaves_ends_the_call_and_nobody_joins_it() -> None:
    in_flight, platform = InFlight(), Platform()
    callers = await started(in_flight, platform.ask, "a", "a")
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    late = await started(in_flight, platform.ask, "a")
    platform.let_through.set()
    assert await late[0] == [2]
    assert platform.given_up == 1


async def test_who_joins_notes_the_time_that_it_waited() -> None:
    in_flight, platform = InFlight(), Platform()
    (first,) = await started(in_flight, platform.ask, "a")
    record = RequestRecord("r1")
    current_request.set(record)
    (second,) = await started(in_flight, platform.ask, "a")
    platform.let_through.set()
    await asyncio.gather(first, second)
    assert record.upstream_seconds > 0
