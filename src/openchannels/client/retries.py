"""Decides whether and when a call is sent again."""

import random
from dataclasses import dataclass

from openchannels.client.errors import ApiError, ClientError, ConnectionFailed

MAX_RETRIES = 3


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is sent again, and how long it waits: times in seconds.

    Without the service's word on when to come back, a pause is a random part of `first_pause`,
    doubled each time up to `longest_pause`. A service or platform that asks for more than
    `longest_wait` is not waited for.
    """

    max_retries: int = MAX_RETRIES
    first_pause: float = 0.5
    longest_pause: float = 10.0
    longest_wait: float = 60.0


class Attempts:
    """Counts the failures of one call."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failures = 0

    def pause_after(self, error: ClientError) -> float | None:
        """Returns the seconds until the next attempt, None if there is to be none."""
        self._failures += 1
        if self._failures > self._policy.max_retries or not _may_pass(error):
            return None
        longest = self._policy.first_pause * 2 ** (self._failures - 1)
        # Spread over the whole time, so that many clients do not come back at once.
        pause = random.uniform(0, min(longest, self._policy.longest_pause))  # noqa: S311
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is None:
            return pause
        return asked + pause if asked <= self._policy.longest_wait else None


def _may_pass(error: ClientError) -> bool:
    """Whether the same call may succeed later."""
    return isinstance(error, ApiError | ConnectionFailed) and error.retryable
