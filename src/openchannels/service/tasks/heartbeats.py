"""Who does background work, and who has stopped: heartbeats in the store.

A process says that it lives by changing its row every few seconds. The others judge it by
whether the row changes while they watch, each by its own steady clock, so that machines whose
clocks differ do not bury each other. A row of zero is a process that left work behind and said so.
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

        Both clocks are real: how long a process has been silent is not for a simulated one.
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
        """Of each other process its last beat, and when that was first seen by our clock."""

    async def heartbeat(self) -> None:
        """Say that this process lives; it is entered again where others had struck it off."""
        now = self._clock()
        await self._db.write(store.heartbeat, self.id, self._version, self._started_at, now)

    async def claim_dead(self) -> Sequence[str]:
        """Processes that have fallen silent, claimed: no other takes over their work just now.

        Call `remove_worker` when that is done; a claim whose holder dies falls silent in its turn.
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

    async def claim_strangers(self, owners: Sequence[str]) -> Sequence[str]:
        """Those who hold work and have no row, claimed like the dead: none has ever beaten."""
        known = {worker_id for worker_id, _ in await self._db.read(store.heartbeats)}
        return [
            owner
            for owner in owners
            if owner not in known
            and await self._db.write(store.register, owner, self._version, self._clock())
        ]

    async def leave(self, *, finished: bool) -> None:
        """Go: without a trace, or leaving work for others to take up at once."""
        if finished:
            await self._db.write(store.unregister, self.id)
        else:
            await self._db.write(store.heartbeat, self.id, self._version, self._started_at, GONE)
