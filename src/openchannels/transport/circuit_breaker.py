"""Circuit breakers: a host that does not answer is left alone for a while.

    closed --- a run of failures ---> open --- its time is over ---> half-open
      ^                                ^                              |    |
      |                                +---- the probe fails ---------+    |
      +--------------------------------------- the probe succeeds ---------+

A failure is an answer that did not come, or came with a status of 500 and above that means
nothing but that. Whatever else a platform says shows that it answers. The state is this
process's own: others find out for themselves.
"""

import random
from collections.abc import Callable

from openchannels.core.clock import Clock

FIRST_SECONDS = 1.0
"""The longest that the first opening lasts; each further one may last twice as long."""
PROBE_SECONDS = 1.0
"""What callers are told to wait while a probe is out."""
DOUBLINGS = 30


class CircuitOpen(Exception):
    """No call may be made for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"for {seconds:.1f} s")


class Permit:
    """Leave to make one call; `answered` is what came of it, None while nothing was learnt."""

    __slots__ = ("_breaker", "answered", "generation", "probing")

    def __init__(self, breaker: "CircuitBreaker", generation: int, *, probing: bool) -> None:
        self._breaker = breaker
        self.generation = generation
        self.probing = probing
        self.answered: bool | None = None

    def report_outcome(self) -> None:
        """Hand the outcome in. To be called once, whatever happened."""
        self._breaker.record_outcome(self)


class CircuitBreaker:
    """One host's. `failures` in a row open it, 0 never; `longest` is in seconds.

    Each opening and closing begins an era. What calls of an earlier era report says nothing of
    the present one, so those in flight at an opening neither close nor lengthen it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        failures: int,
        longest: float,
        spread: Callable[[float, float], float] = random.uniform,
    ) -> None:
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
        """Ask for leave. Raises Open.

        Insistent calls always get it; one that succeeds closes the breaker.
        """
        if self._until is None:
            return Permit(self, self._generation, probing=False)
        wait = self._until - self._clock()
        # Nothing is shut for longer than this, so the clock was set back.
        over = wait <= 0 or wait > self._longest
        due = over and self._probe is None
        if not due and not interactive:
            raise CircuitOpen(PROBE_SECONDS if over else wait)
        permit = Permit(self, self._generation, probing=due)
        if due:
            self._probe = permit
        return permit

    def record_outcome(self, permit: Permit) -> None:
        """Learn from a call that is over."""
        if permit is self._probe:
            self._probe = None
        if permit.generation != self._generation or permit.answered is None:
            return
        if permit.answered:
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
        self._until = self._clock() + self._spread(0.0, window)
        self._openings += 1
        self._generation += 1
