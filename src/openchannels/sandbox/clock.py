"""The sandbox's time, which can be moved forward so that lifetimes end while a test runs."""

from collections.abc import Callable

from openchannels.sandbox.state import State


class Clock:
    """The given clock plus what was advanced; the advance survives a restart with the state."""

    def __init__(self, source: Callable[[], float], state: State) -> None:
        self._source = source
        self._state = state
        self.advanced = float(state.fact("advanced", "0"))

    def given(self) -> float:
        """Unix seconds as others count them, without what was advanced here."""
        return self._source()

    def now(self) -> float:
        """Unix seconds."""
        return self._source() + self.advanced

    def advance(self, seconds: float) -> None:
        """Move the clock forward by so many seconds."""
        self.advanced += seconds
        self._state.set_fact("advanced", repr(self.advanced))
