"""Lets time pass for the service and the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openchannels.testing.local_service import LocalService

STEP_SECONDS = 86_400.0
"""Time passes in steps, and the background work of each is done before the next: tokens are
refreshed before they end, as by a service that ran all the time."""


class ServiceClock:
    """The time of the service and of the sandbox: real time, until a test moves it ahead."""

    def __init__(self, local: "LocalService") -> None:
        self._local = local

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._local.clock(), UTC)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Lets time pass; returns once the background work that became due is done.

        That are refreshes and probes of accounts, daily snapshots and webhooks. Raises ValueError
        for a time in the past.
        """
        left = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        if left < 0:
            raise ValueError("time cannot go back")
        # What is in progress ends in the time in which it began.
        self._local.run_background_work()
        while left > 0:
            step = min(left, STEP_SECONDS)
            self._local.clock.advance(step)
            self._local.run_background_work()
            left -= step
