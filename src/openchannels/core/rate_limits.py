"""Rate limits of requests to the service: token buckets, kept together by all processes.

Each process counts in its own memory, without waiting. What it has used of a bucket is told to the
others in parts, and what they have used is taken off here: see `service/shared_limits.py`.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from openchannels.core import errors
from openchannels.core.limit_exchange import digest
from openchannels.core.metrics import NO_METRICS, RequestMetrics

MAX_BUCKETS = 4_000
TOLD_PART = 0.05
"""What is used of a bucket before it is told: a key within its limit costs 20 writes a minute."""


@dataclass(frozen=True, slots=True)
class InboundRates:
    """The operator's limits, in requests per minute; 0 disables one."""

    start: int = 0
    change: int = 0
    works: int = 0
    mcp: int = 0
    callback: int = 0
    choice: int = 0
    page: int = 0
    probe: int = 0
    platform_webhook: int = 0
    media: int = 0
    upload: int = 0
    refused_keys: int = 0


class Limit(StrEnum):
    """Limited requests: the first five by API key, the others by the client's address.

    Every operation that calls out or writes an audit entry counts under one of the first four. MCP
    counts messages of agents, MCP_ADDRESS the same before their key is checked.
    PAGE counts pages and their files, PROBE health checks, metrics, the API's document and the list
    of platforms, MEDIA files of assets that are read, UPLOAD requests that send one.
    """

    START = "start"
    CHANGE = "change"
    WORKS = "works"
    SELECTION = "selection"
    MCP = "mcp"
    MCP_ADDRESS = "mcp_address"
    CHOICE = "choice"
    CALLBACK = "callback"
    PAGE = "page"
    PROBE = "probe"
    PLATFORM_WEBHOOK = "platform_webhook"
    MEDIA = "media"
    UPLOAD = "upload"
    REFUSED_KEY = "refused_key"


class TokenBuckets:
    """One token bucket per name: a burst of one minute's tokens, refilled evenly.

    Only the time at which a bucket is full again is stored. At most `size` are stored; the least
    recently used is dropped first.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        size: int = MAX_BUCKETS,
    ) -> None:
        self._depth = 60.0
        self._each = 60.0 / per_minute if per_minute else 0.0
        self._clock = clock
        self._size = size
        self.sharing = 1
        """By how many processes a bucket is divided while they cannot tell each other."""
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._untold: dict[str, float] = {}
        """What was used here and not told, in seconds of refill."""

    def __len__(self) -> int:
        return len(self._full_at)

    def take_token(self, name: str) -> float:
        """Takes a token. Returns 0, or the seconds until one is available."""
        if not self._each:
            return 0.0
        now = self._clock()
        each = self._each * self.sharing
        full_at = max(self._full_at.get(name, now), now) + each
        # The tolerance absorbs rounding, so that the last token of a full bucket is available.
        missing = full_at - now - self._depth
        if missing > 1e-6:
            return missing
        self._untold[name] = self._untold.get(name, 0.0) + self._each
        self._store(name, full_at)
        return 0.0

    def _store(self, name: str, full_at: float) -> None:
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._size:
            oldest, _ = self._full_at.popitem(last=False)
            self._untold.pop(oldest, None)

    def take_used(self) -> dict[str, float]:
        """Returns what is to be told, in seconds of refill; that much is no longer untold."""
        least = TOLD_PART * self._depth
        used = {name: seconds for name, seconds in self._untold.items() if seconds >= least}
        for name in used:
            del self._untold[name]
        return used

    def restore_used(self, used: Mapping[str, float]) -> None:
        """Takes back what could not be told."""
        for name, seconds in used.items():
            if name in self._full_at:
                self._untold[name] = self._untold.get(name, 0.0) + seconds

    def adopt(self, name: str, seconds: float) -> None:
        """Takes the time until a bucket is full again, by what all processes have told."""
        if self._each:
            self._store(name, self._clock() + seconds + self._untold.get(name, 0.0))


class InboundLimits:
    """The limits of all processes, as this one knows them.

    Elsewhere than here a digest stands for a key or an address.
    """

    def __init__(
        self,
        rates: InboundRates,
        clock: Callable[[], float] = time.monotonic,
        metrics: RequestMetrics = NO_METRICS,
    ) -> None:
        self._metrics = metrics
        per_minute = {
            Limit.START: rates.start,
            Limit.CHANGE: rates.change,
            Limit.WORKS: rates.works,
            Limit.SELECTION: rates.choice,
            Limit.MCP: rates.mcp,
            Limit.MCP_ADDRESS: rates.mcp,
            Limit.CHOICE: rates.choice,
            Limit.CALLBACK: rates.callback,
            Limit.PAGE: rates.page,
            Limit.PROBE: rates.probe,
            Limit.PLATFORM_WEBHOOK: rates.platform_webhook,
            Limit.MEDIA: rates.media,
            Limit.UPLOAD: rates.upload,
            Limit.REFUSED_KEY: rates.refused_keys,
        }
        self._buckets = {limit: TokenBuckets(rate, clock) for limit, rate in per_minute.items()}

    def count_request(self, limit: Limit, name: str) -> None:
        """Counts one request of a key or an address. Raises TooManyRequests."""
        missing = self._buckets[limit].take_token(digest(name))
        if missing:
            self._metrics.count_limited_request(limit)
            raise errors.TOO_MANY_REQUESTS({"retryAfter": math.ceil(missing)})

    def take_used(self) -> dict[str, float]:
        """Returns what is to be told, by limit and digest."""
        return {
            f"{limit}/{name}": seconds
            for limit, buckets in self._buckets.items()
            for name, seconds in buckets.take_used().items()
        }

    def restore_used(self, used: Mapping[str, float]) -> None:
        """Takes back what could not be told."""
        for key, seconds in used.items():
            limit, _, name = key.partition("/")
            self._buckets[Limit(limit)].restore_used({name: seconds})

    def adopt(self, key: str, seconds: float) -> None:
        """Takes the time until a bucket is full again, by what all processes have told."""
        limit, _, name = key.partition("/")
        self._buckets[Limit(limit)].adopt(name, seconds)

    def share(self, processes: int) -> None:
        """Leaves this process its share of each bucket, 1 for the whole."""
        for buckets in self._buckets.values():
            buckets.sharing = processes
