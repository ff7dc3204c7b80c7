"""Values shared by all processes: tokens of the app, tickets that the platform sent."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from openchannels.core.clock import Clock
from openchannels.core.platform_errors import PlatformFailure

T = TypeVar("T")
Fetch = Callable[[], Awaitable[tuple[str, float]]]
"""Requests a token of the app; returns it with its lifetime in seconds."""

LOCK_SECONDS = 30.0
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A value, its expiry in Unix seconds, and a version that grows with each change."""

    value: str = field(repr=False)
    expires_at: float
    version: int


class SharedState(Protocol):
    """Values of one platform by name, each with a lifetime; sealed at rest."""

    async def get(self, name: str) -> StoredValue | None:
        """Returns the value of a name; None if there is none or it has expired."""
        ...

    async def put(self, name: str, value: str, seconds: float) -> StoredValue:
        """Stores a value and replaces an existing one."""
        ...

    async def put_if_absent(self, name: str, value: str, seconds: float) -> StoredValue | None:
        """Stores a value unless one exists that has not expired; returns None then."""
        ...

    async def drop(self, name: str, version: int) -> None:
        """Deletes a value if its version is still the one given."""
        ...


class InMemoryState:
    """Shared state of a single process, not sealed; the default of a client."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, StoredValue] = {}

    async def get(self, name: str) -> StoredValue | None:
        kept = self._entries.get(name)
        return kept if kept and kept.expires_at > self._clock() else None

    async def put(self, name: str, value: str, seconds: float) -> StoredValue:
        before = self._entries.get(name)
        version = before.version + 1 if before else 1
        kept = self._entries[name] = StoredValue(value, self._clock() + seconds, version)
        return kept

    async def put_if_absent(self, name: str, value: str, seconds: float) -> StoredValue | None:
        return None if await self.get(name) else await self.put(name, value, seconds)

    async def drop(self, name: str, version: int) -> None:
        kept = self._entries.get(name)
        if kept and kept.version == version:
            self._entries[name] = StoredValue("", 0.0, version)


async def with_app_token(
    shared_state: SharedState,
    clock: Clock,
    name: str,
    fetch: Fetch,
    use: Callable[[str], Awaitable[T]],
    stale: Collection[str],
) -> T:
    """Makes a call with a token of the app.

    After a refusal with a code in `stale` it fetches a new token and repeats the call.
    """
    kept = await app_token(shared_state, clock, name, fetch)
    try:
        return await use(kept.value)
    except PlatformFailure as failure:
        if failure.reading.code not in stale:
            raise
    await shared_state.drop(name, kept.version)
    return await use((await app_token(shared_state, clock, name, fetch)).value)


async def app_token(
    shared_state: SharedState,
    clock: Clock,
    name: str,
    fetch: Fetch,
    *,
    leeway: float = 600.0,
) -> StoredValue:
    """Returns a token of the app; one process at a time fetches a new one.

    A token that is about to expire is still used while another process fetches, and when the
    platform does not answer.
    """
    give_up_at = asyncio.get_running_loop().time() + LOCK_SECONDS
    lock = None
    while lock is None and asyncio.get_running_loop().time() < give_up_at:
        kept = await shared_state.get(name)
        if kept and kept.expires_at > clock() + leeway:
            return kept
        lock = await shared_state.put_if_absent(f"{name}.lock", "", LOCK_SECONDS)
        if lock is None and kept:
            return kept
        if lock is None:
            await asyncio.sleep(PAUSE_SECONDS)
    try:
        return await _fetched(shared_state, clock, name, fetch, leeway)
    finally:
        if lock is not None:
            await shared_state.drop(f"{name}.lock", lock.version)


async def _fetched(
    shared_state: SharedState,
    clock: Clock,
    name: str,
    fetch: Fetch,
    leeway: float,
) -> StoredValue:
    # The previous holder of the lock may have fetched the token already.
    kept = await shared_state.get(name)
    if kept and kept.expires_at > clock() + leeway:
        return kept
    try:
        value, seconds = await fetch()
    except PlatformFailure:
        if kept is None:
            raise
        return kept
    return await shared_state.put(name, value, seconds)
