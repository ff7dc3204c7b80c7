"""Rate limits of platforms: remembers empty buckets and records the cost of calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from openchannels.core.clock import Clock
from openchannels.core.limit_exchange import digest
from openchannels.core.platform_errors import Bucket, Failure, FailureKind, RemainingQuota

PAUSE_SECONDS = 60.0
"""How long a bucket counts as empty when the platform gives no time."""
LONGEST_SECONDS = 31 * 86400.0
"""The longest wait that is believed: no platform has windows longer than a month."""

SPARED_SHARE = 0.2
"""What of a limit is left to the calls that somebody waits for."""

RecordUsage = Callable[[str, int, float], None]
"""Takes operation, number of calls and cost in the platform's own unit."""


Entries = dict[tuple[str, str], tuple[float, FailureKind, float]]
"""By host and bucket: until when something is so, the kind of the limit, and when it was noted."""

Tell = Callable[[str, float, str], None]
"""Tells other processes: which table, host and bucket, for how long, and the kind of the limit."""
EMPTY, LOW = "empty", "low"


def tell_nobody(name: str, seconds: float, kind: str) -> None:
    """What a process does that shares nothing."""


class BucketState:
    """A platform's buckets that are empty or low, as this process knows.

    It tells other processes by `tell`, and learns from them by `adopt`.

    At each host there is one of the app and of each account. Hosts count apart: the spent quota of
    one API says nothing of another or of a token endpoint. A bucket is low while no more than
    SPARED_SHARE of it is left, as far as answers tell its size.
    """

    def __init__(self, clock: Clock, tell: Tell = tell_nobody) -> None:
        self._clock = clock
        self._tell = tell
        self._empty: Entries = {}
        self._low: Entries = {}
        self._tables = {EMPTY: self._empty, LOW: self._low}

    def exhausted(
        self, host: str, account: str, *, sparing: bool = False
    ) -> tuple[float, FailureKind] | None:
        """Returns until when a bucket is empty and the kind of its limit; None if none is.

        If `sparing`, the same of one that is low.
        """
        tables = (self._empty, self._low) if sparing else (self._empty,)
        if not any(tables):
            return None
        now = self._clock()
        names = ("app", _account_name(account))
        found = [table.get((host, name)) for table in tables for name in names]
        # What was noted ahead of the clock would keep a bucket empty for too long.
        waits = [entry[:2] for entry in found if entry and entry[2] <= now < entry[0]]
        return max(waits, default=None)

    @property
    def spent(self) -> int:
        """Number of buckets that are empty now."""
        now = self._clock()
        return sum(noted <= now < until for until, _, noted in self._empty.values())

    def mark_exhausted(
        self, host: str, account: str, bucket: Bucket, until: float, kind: FailureKind
    ) -> None:
        """Marks a bucket as empty."""
        self._note(EMPTY, _key(host, account, bucket), until, kind)

    def mark_low(self, host: str, account: str, bucket: Bucket, until: float) -> None:
        """Marks a bucket as low."""
        self._note(LOW, _key(host, account, bucket), until, FailureKind.RATE_LIMITED)

    def clear_low(self, host: str, account: str, bucket: Bucket) -> None:
        """Notes that enough of a bucket is left."""
        key = _key(host, account, bucket)
        if self._low.pop(key, None) is not None:
            self._tell("/".join((LOW, *key)), 0.0, "")

    def adopt(self, name: str, seconds: float, kind: str) -> None:
        """Takes what another process has told."""
        table, host, bucket = name.split("/", 2)
        if seconds <= 0:
            self._tables[table].pop((host, bucket), None)
        else:
            until = self._clock() + min(seconds, LONGEST_SECONDS)
            self._keep(self._tables[table], (host, bucket), until, FailureKind(kind))

    def _note(self, table: str, key: tuple[str, str], until: float, kind: FailureKind) -> None:
        self._keep(self._tables[table], key, until, kind)
        self._tell("/".join((table, *key)), until - self._clock(), kind)

    def _keep(self, table: Entries, key: tuple[str, str], until: float, kind: FailureKind) -> None:
        """Adds an entry, and removes those of buckets that are full again."""
        now = self._clock()
        for old in [old for old, (moment, *_) in table.items() if moment <= now]:
            del table[old]
        table[key] = (until, kind, now)


def _key(host: str, account: str, bucket: Bucket) -> tuple[str, str]:
    return host, "app" if bucket == "app" else _account_name(account)


def _account_name(account: str) -> str:
    return f"account:{digest(account)}"


@dataclass(frozen=True, slots=True)
class PlatformRateLimits:
    """The rate limits that apply to one account's calls, and the recorder of their cost.

    Calls that are `sparing` leave the last of a limit to others: see SPARED_SHARE.
    """

    limits: BucketState
    clock: Clock
    record_usage: RecordUsage
    account: str | None = None
    sparing: bool = False

    def exhausted_failure(self, host: str) -> Failure | None:
        """Returns the failure of a call made now; None while no bucket is empty."""
        if self.account is None:
            return None
        waiting = self.limits.exhausted(host, self.account, sparing=self.sparing)
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
        """Marks the buckets of which an answer says that nothing or little remains."""
        if self.account is None:
            return
        for bucket in {quota.bucket for quota in quotas if quota.limit}:
            self._note_share(host, bucket, [q for q in quotas if q.limit and q.bucket == bucket])
        spent = [
            (self._until(quota.reset_at, quota.reset_in), quota)
            for quota in quotas
            if quota.remaining <= 0
        ]
        # The latest reset of a bucket comes last and stays.
        for until, quota in sorted(spent, key=lambda entry: entry[0]):
            self.limits.mark_exhausted(
                host, self.account, quota.bucket, until, FailureKind.RATE_LIMITED
            )

    def _note_share(self, host: str, bucket: Bucket, quotas: Sequence[RemainingQuota]) -> None:
        """Marks one bucket as low, or as low no more, by what is left of its limits."""
        assert self.account is not None
        low = [q for q in quotas if q.limit and q.remaining <= SPARED_SHARE * q.limit]
        if low:
            until = max(self._until(quota.reset_at, quota.reset_in) for quota in low)
            self.limits.mark_low(host, self.account, bucket, until)
        else:
            self.limits.clear_low(host, self.account, bucket)
