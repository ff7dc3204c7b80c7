"""Circuit breakers: a host that does not answer is not called for a while.

    closed --- a run of failures ---> open --- its time is over ---> half-open
      ^                                ^                              |    |
      |                                +---- the probe fails ---------+    |
      +--------------------------------------- the probe succeeds ---------+

A failure is a missing answer, or one with a status of 500 and above that the connector classifies
as unavailable. Every other answer counts as a success. Processes tell each other when a circuit
breaker opens and closes; each makes a probe of its own, unless one that failed was told before.
"""

import random
from collections.abc import Callable

from openchannels.core.clock import Clock

FIRST_SECONDS = 1.0
"""The longest duration of the first opening; it doubles with each further one."""
PROBE_SECONDS = 1.0
"""The `retry_after` of a refusal while a probe is in flight."""
DOUBLINGS = 30


Tell = Callable[[float, int], None]
"""Tells other processes for how many seconds it is open, 0 if it closes, and its openings."""


def tell_nobody(seconds: float, openings: int) -> None:
    """What a process does that shares nothing."""


class CircuitOpen(Exception):
    """The circuit breaker refuses calls for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"for {seconds:.1f} s")


class Permit:
    """Permission to make one call; `answered` is its outcome, None while it is unknown."""

    __slots__ = ("_breaker", "answered", "generation", "probing")

    def __init__(self, breaker: "CircuitBreaker", generation: int, *, probing: bool) -> None:
        self._breaker = breaker
        self.generation = generation
        self.probing = probing
        self.answered: bool | None = None

    def report_outcome(self) -> None:
        """Reports the outcome to the circuit breaker; must be called exactly once."""
        self._breaker.record_outcome(self)


class CircuitBreaker:
    """The circuit breaker of one host. A run of `failures` opens it (0: never).

    `longest` is in seconds. Each opening and closing begins a generation; outcomes of calls from
    an earlier one are ignored, so calls in flight at an opening neither close nor lengthen it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        failures: int,
        longest: float,
        spread: Callable[[float, float], float] = random.uniform,
        tell: Tell = tell_nobody,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._failures = failures
        self._longest = longest
        self._spread = spread
        self._generation = 0
        self._run = 0
        self._openings = 0
        self._until: float | None = None
        self._probe: Permit | None = None

    @property
    def closed(self) -> bool:
        return self._until is None

    def acquire_permit(self, *, interactive: bool = False) -> Permit:
        """Returns a permit for one call. Raises CircuitOpen.

        Interactive calls always get one; a call that succeeds closes the circuit breaker.
        """
        if self._until is None:
            return Permit(self, self._generation, probing=False)
        wait = self._until - self._clock()
        # It never stays open for longer than this, so the clock was set back.
        over = wait <= 0 or wait > self._longest
        due = over and self._probe is None
        if not due and not interactive:
            raise CircuitOpen(PROBE_SECONDS if over else wait)
        permit = Permit(self, self._generation, probing=due)
        if due:
            self._probe = permit
        return permit

    def record_outcome(self, permit: Permit) -> None:
        """Updates the state with the outcome of a finished call."""
        if permit is self._probe:
            self._probe = None
        if permit.generation != self._generation or permit.answered is None:
            return
        if permit.answered:
            if self._until is not None:
                self._tell(0.0, 0)
            self._close()
        elif self._until is None:
            self._run += 1
            if self._run == self._failures:
                self._open()
        elif permit.probing:
            self._open()

    def _close(self) -> None:
        self._run = 0
        if self._until is not None:
            self._until = None
            self._openings = 0
            self._generation += 1

    def _open(self) -> None:
        window = min(self._longest, FIRST_SECONDS * 2.0 ** min(self._openings, DOUBLINGS))
        seconds = self._spread(0.0, window)
        self._until = self._clock() + seconds
        self._openings += 1
        self._generation += 1
        self._tell(seconds, self._openings)

    def adopt(self, seconds: float, openings: int) -> None:
        """Takes what another process has told."""
        if not self._failures:
            return
        if seconds <= 0:
            self._close()
            return
        if self._until is None:
            self._generation += 1
        until = self._clock() + min(seconds, self._longest)
        self._until = max(until, self._until or until)
        self._openings = max(openings, self._openings)
