"""The time of a service and its sandbox, in the hands of the test."""

import time


class Clock:
    """Real time until it is held or moved; thread-safe enough for one mover."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._held: float | None = None

    def __call__(self) -> float:
        return (time.time() if self._held is None else self._held) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def hold(self, moment: float | None = None) -> None:
        """Stand still, now or at a moment given in Unix seconds."""
        self._held, self._ahead = (self() if moment is None else moment), 0.0


class SkewedClock:
    """Another clock with an error, in seconds: the service's own where a test makes it wrong."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.skew = 0.0

    def __call__(self) -> float:
        return self._right() + self.skew
