"""A connector's cache of values that are cheap to lose."""

from typing import Any

from openchannels.core.clock import Clock

NOTHING = (0.0, 0.0, None)


class Cache:
    """Values by key for some minutes, in this process only; holds no secret.

    At most `limit` entries are kept; the oldest are dropped first.
    """

    def __init__(self, clock: Clock, limit: int = 10_000) -> None:
        self._clock = clock
        self._limit = limit
        self._entries: dict[str, tuple[float, float, Any]] = {}
        """When an entry was stored, when it ends, its value."""

    def get(self, key: str) -> Any:
        stored_at, ends_at, value = self._entries.get(key, NOTHING)
        # One stored ahead of the clock would outlast its time.
        return value if stored_at <= self._clock() < ends_at else None

    def put(self, key: str, value: Any, seconds: float) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self._limit:
            del self._entries[next(iter(self._entries))]
        now = self._clock()
        self._entries[key] = (now, now + seconds, value)
