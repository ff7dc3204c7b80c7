"""Rate limits of platforms: remembers empty buckets and records the cost of calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from openchannels.core.clock import Clock
from openchannels.core.platform_errors import Bucket, Failure, FailureKind, RemainingQuota

PAUSE_SECONDS = 60.0
"""How long a bucket counts as empty when the platform gives no time."""
LONGEST_SECONDS = 31 * 86400.0
"""The longest wait that is believed: no platform has windows longer than a month."""

RecordUsage = Callable[[str, int, float], None]
"""Takes operation, number of calls and cost in the platform's own unit."""


class BucketState:
    """A platform's empty buckets in this process: at each host one of the app and of each account.

    Hosts count apart: the spent quota of one API says nothing of another or of a token endpoint.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._empty: dict[tuple[str, str], tuple[float, FailureKind, float]] = {}
        """Until when a bucket is empty, the kind of its limit, and when that was noted."""

    def exhausted(self, host: str, account: str) -> tuple[float, FailureKind] | None:
        """Returns until when a bucket is empty and the kind of its limit; None if none is."""
        if not self._empty:
            return None
        now = self._clock()
        found = [self._empty.get((host, name)) for name in ("app", f"account:{account}")]
        # What was noted ahead of the clock would keep a bucket empty for too long.
        waits = [entry[:2] for entry in found if entry and entry[2] <= now < entry[0]]
        return max(waits, default=None)

    def mark_exhausted(
        self, host: str, account: str, bucket: Bucket, until: float, kind: FailureKind
    ) -> None:
        """Marks a bucket as empty, and removes the entries of those that are full again."""
        now = self._clock()
        for key in [key for key, (moment, *_) in self._empty.items() if moment <= now]:
            del self._empty[key]
        self._empty[host, "app" if bucket == "app" else f"account:{account}"] = (until, kind, now)


@dataclass(frozen=True, slots=True)
class PlatformRateLimits:
    """The rate limits that apply to one account's calls, and the recorder of their cost."""

    limits: BucketState
    clock: Clock
    record_usage: RecordUsage
    account: str | None = None

    def exhausted_failure(self, host: str) -> Failure | None:
        """Returns the failure of a call made now; None while no bucket is empty."""
        waiting = self.limits.exhausted(host, self.account) if self.account else None
        if waiting is None:
            return None
        until, kind = waiting
        wait = max(1.0, until - self.clock())
        return Failure(kind, code="waiting", retry_after=wait, reset_at=until)

    def note_refusal(self, host: str, reading: Failure) -> Failure:
        """Notes a refusal by a limit; returns the failure with the time of its reset."""
        if reading.kind not in (FailureKind.RATE_LIMITED, FailureKind.QUOTA):
            return reading
        now = self.clock()
        until = self._until(reading.reset_at, reading.retry_after)
        if self.account is not None:
            self.limits.mark_exhausted(host, self.account, reading.bucket, until, reading.kind)
        return replace(reading, reset_at=until, retry_after=max(1.0, until - now))

    def _until(self, reset_at: float | None, wait: float | None = None) -> float:
        """Returns when the bucket is full again; a reset in the past is ignored."""
        now = self.clock()
        until = reset_at if reset_at and reset_at > now else now + (wait or PAUSE_SECONDS)
        return min(until, now + LONGEST_SECONDS)

    def note_remaining(self, host: str, quotas: Sequence[RemainingQuota]) -> None:
        """Marks the buckets as empty of which an answer says that nothing remains."""
        if self.account is None:
            return
        spent = [(self._until(quota.reset_at), quota) for quota in quotas if quota.remaining <= 0]
        # The latest reset of a bucket comes last and stays.
        for until, quota in sorted(spent, key=lambda entry: entry[0]):
            self.limits.mark_exhausted(
                host, self.account, quota.bucket, until, FailureKind.RATE_LIMITED
            )
