"""The time of a service and its sandbox, in the hands of a test."""

import time


class Clock:
    """Real time in Unix seconds until it is held or moved; thread-safe enough for one mover."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._held: float | None = None

    def __call__(self) -> float:
        return (time.time() if self._held is None else self._held) + self._ahead

    @property
    def moved(self) -> bool:
        """True unless it shows real time."""
        return bool(self._ahead) or self._held is not None

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def hold(self, moment: float | None = None) -> None:
        """Stand still, now or at a moment given in Unix seconds."""
        self._held, self._ahead = (self() if moment is None else moment), 0.0

    def reset(self) -> None:
        """Show real time again."""
        self._held, self._ahead = None, 0.0
