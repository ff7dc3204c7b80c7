"""Heartbeats of the processes that run background work.

A process updates its row every few seconds. The others watch whether the row changes, by their
own monotonic clocks: clocks that differ between machines do not matter. A heartbeat of zero marks
a process that stopped and left work behind.
"""

import time
from collections.abc import Callable, Sequence

from openchannels.core.clock import Clock, system_clock
from openchannels.store.database import Database
from openchannels.store.queries import workers as store

GONE = 0.0


class Heartbeats:
    """The heartbeats of all processes, as one of them sees them."""

    def __init__(
        self,
        db: Database,
        worker_id: str,
        version: str,
        dead_seconds: float,
        clock: Clock = system_clock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`dead_seconds`: silence after which a process counts as dead.

        Both clocks are real ones, even where the service runs on a simulated clock.
        """
        self.id = worker_id
        self.beat_seconds = dead_seconds / 5
        self._db = db
        self._version = version
        self._dead_seconds = dead_seconds
        self._clock = clock
        self._steady = steady
        self._started_at = clock()
        self._seen: dict[str, tuple[float, float]] = {}
        """Each other process's last heartbeat, and when our monotonic clock first saw it."""

    async def heartbeat(self) -> None:
        """Write this process's heartbeat, also where others had removed its row."""
        now = self._clock()
        await self._db.write(store.heartbeat, self.id, self._version, self._started_at, now)

    async def claim_dead(self) -> Sequence[str]:
        """Claim the processes whose heartbeats have stopped, for this process to take over.

        Call `remove_worker` when that is done; the claim of a process that dies lapses likewise.
        """
        heartbeats = {
            worker_id: beat_at
            for worker_id, beat_at in await self._db.read(store.heartbeats)
            if worker_id != self.id
        }
        moment = self._steady()
        self._seen = {
            worker_id: before
            if (before := self._seen.get(worker_id)) and before[0] == beat_at
            else (beat_at, moment)
            for worker_id, beat_at in heartbeats.items()
        }
        return [
            worker_id
            for worker_id, (beat_at, since) in self._seen.items()
            if (beat_at == GONE or moment - since >= self._dead_seconds)
            and await self._db.write(store.claim, worker_id, beat_at, self._clock())
        ]

    async def remove_worker(self, worker_id: str) -> None:
        """Remove a process whose work has been taken over."""
        await self._db.write(store.unregister, worker_id)

    async def claim_unregistered(self, owners: Sequence[str]) -> Sequence[str]:
        """Claim owners of work that have no row, like processes whose heartbeats have stopped."""
        known = {worker_id for worker_id, _ in await self._db.read(store.heartbeats)}
        return [
            owner
            for owner in owners
            if owner not in known
            and await self._db.write(store.register, owner, self._version, self._clock())
        ]

    async def leave(self, *, finished: bool) -> None:
        """Remove this process's row, or mark its unfinished work for immediate takeover."""
        if finished:
            await self._db.write(store.unregister, self.id)
        else:
            await self._db.write(store.heartbeat, self.id, self._version, self._started_at, GONE)
