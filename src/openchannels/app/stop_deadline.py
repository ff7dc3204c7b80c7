"""Ends a process that was told to stop when its time is over, whatever still waits."""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping

import structlog

LEAST_SECONDS = 5.0
"""What even a process with a shorter time gets to hand its work over."""

log = structlog.get_logger()


class StopDeadline:
    """A thread that ends the process, because the event loop may wait for what is away."""

    def __init__(self, seconds: float, left_behind: Callable[[], Mapping[str, int]]) -> None:
        """`left_behind` counts by name what is in progress; it is called from another thread."""
        self._seconds = max(seconds, LEAST_SECONDS)
        self._left_behind = left_behind
        # Unlike an Event or the start of a thread, putting is safe in a signal handler.
        self._begun: queue.SimpleQueue[None] = queue.SimpleQueue()
        threading.Thread(target=self._watch, name="stop-deadline", daemon=True).start()

    def start(self) -> None:
        """Starts the time, at the first call; safe in a signal handler."""
        self._begun.put(None)

    def _watch(self) -> None:
        self._begun.get()
        time.sleep(self._seconds)
        log.error("the time to stop is over; the process ends", left=dict(self._left_behind()))
        end_process()


def end_process() -> None:
    """Ends the process with code 0 at once, without waiting for threads that hang."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
