"""Waiting for a condition that another thread makes true."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_SECONDS = 0.02


def wait_until(found: Callable[[], T], seconds: float, otherwise: Callable[[], str]) -> T:
    """Asks until there is something, and returns it; fails with a message after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() >= end:
            raise AssertionError(otherwise())
        time.sleep(PAUSE_SECONDS)
    return answer
