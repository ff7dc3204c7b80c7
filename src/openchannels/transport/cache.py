"""A connector's cache of values that are cheap to lose."""

from typing import Any

from openchannels.core.clock import Clock


class Cache:
    """Values by key for some minutes, in this process only; holds no secret.

    At most `limit` entries are kept; the oldest are dropped first.
    """

    def __init__(self, clock: Clock, limit: int = 10_000) -> None:
        self._clock = clock
        self._limit = limit
        self._entries: dict[str, tuple[float, Any]] = {}

    def get(self, key: str) -> Any:
        entry = self._entries.get(key)
        return entry[1] if entry and entry[0] > self._clock() else None

    def put(self, key: str, value: Any, seconds: float) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self._limit:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (self._clock() + seconds, value)
