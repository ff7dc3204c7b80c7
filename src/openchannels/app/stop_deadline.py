"""Ends a process that was told to stop when its time is over, whatever still waits."""

import os
import sys
import threading
from collections.abc import Callable, Mapping

import structlog

LEAST_SECONDS = 5.0
"""What even a process with a shorter time gets to hand its work over."""

log = structlog.get_logger()


class StopDeadline:
    """A thread that ends the process, because the event loop may wait for what is away."""

    def __init__(self, seconds: float, left_behind: Callable[[], Mapping[str, int]]) -> None:
        """`left_behind` counts by name what is in progress; it is called from another thread."""
        self._left_behind = left_behind
        self._timer = threading.Timer(max(seconds, LEAST_SECONDS), self._expire)
        self._timer.daemon = True

    def start(self) -> None:
        """Starts the time, at the first call; safe in a signal handler."""
        if not self._timer.is_alive():
            self._timer.start()

    def _expire(self) -> None:
        log.error("the time to stop is over; the process ends", left=dict(self._left_behind()))
        end_process()


def end_process() -> None:
    """Ends the process with code 0 at once, without waiting for threads that hang."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
