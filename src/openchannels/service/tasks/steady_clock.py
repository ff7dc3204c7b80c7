"""A clock that jumps is not believed for an hour: what is deleted cannot be brought back."""

LONGEST_LOOK = 900.0
"""Seconds between two looks beyond which the clock has jumped, or the process stood still."""
STEADY_SECONDS = 3600.0
"""How long a clock that has jumped must go on from there before anything is deleted."""


class SteadyClock:
    """Remembers when it looked at the clock."""

    def __init__(self) -> None:
        self._looked_at: float | None = None
        self._steady_from = 0.0

    def is_steady(self, now: float) -> bool:
        """Whether the clock has gone on evenly since the last look, for an hour after a jump."""
        before, self._looked_at = self._looked_at, now
        if before is not None and not before - LONGEST_LOOK <= now <= before + LONGEST_LOOK:
            self._steady_from = now + STEADY_SECONDS
        return now >= self._steady_from
