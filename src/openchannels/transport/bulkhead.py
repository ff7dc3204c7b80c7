"""What stands between the service and one platform, so that its troubles stay its own.

A bulkhead bounds the calls in flight, so that a slow platform holds no more than its share of
connections and memory. Breakers, one per host, spare callers the wait for one that is down: a
token endpoint that fails is not hidden by an API that works. All state is this process's own.
"""

import asyncio
from dataclasses import dataclass

from openchannels.core.clock import Clock
from openchannels.transport.circuit_breaker import CircuitBreaker

HOSTS = 64
"""Breakers kept of one platform; connectors name far fewer hosts."""


@dataclass(frozen=True, slots=True)
class Protection:
    """How a platform is guarded. Times are in seconds.

    `timeout` bounds a call with its waits and its repetition. `in_flight` calls are made at
    once; further ones wait for a place, at most `queue`. So many `failures` in a row open a
    breaker, 0 never; it stays open for `longest` at most.
    """

    timeout: float = 20.0
    in_flight: int = 64
    queue: float = 2.0
    failures: int = 10
    longest: float = 30.0


class Bulkhead:
    """Places for calls in flight, given in the order of asking."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    async def enter(self, seconds: float) -> None:
        """Take a place, to be given back by `leave`. Raises TimeoutError when none gets free."""
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout(seconds):
            await self._places.acquire()

    def leave(self) -> None:
        self._places.release()


class PlatformGuard:
    """One platform's bulkhead and breakers. An operator has one app there, so it is the app's."""

    def __init__(self, clock: Clock, protection: Protection) -> None:
        self.protection = protection
        self.bulkhead = Bulkhead(protection.in_flight)
        self._clock = clock
        self._breakers: dict[str, CircuitBreaker] = {}

    def breaker(self, url: str) -> CircuitBreaker:
        """The breaker of an address's host."""
        host = url.split("/", 3)[2]
        known = self._breakers.get(host)
        if known is not None:
            return known
        if len(self._breakers) >= HOSTS:
            self._breakers.clear()
        fresh = self._breakers[host] = CircuitBreaker(
            self._clock, failures=self.protection.failures, longest=self.protection.longest
        )
        return fresh
