"""How often who may do what: token buckets in the memory of this process."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from openchannels.core import errors

MAX_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class InboundRates:
    """The operator's limits, in requests a minute; 0 switches one off."""

    start: int = 0
    callback: int = 0
    choice: int = 0
    refused_keys: int = 0


class Limit(StrEnum):
    """What is limited: the first two by API key, the others by the client's address."""

    START = "start"
    SELECTION = "selection"
    CHOICE = "choice"
    CALLBACK = "callback"
    REFUSED_KEY = "refused_key"


class Buckets:
    """One token bucket per name: a minute's worth at once, then evenly.

    Of each bucket only the moment at which it is full again is kept. At most `size` are: the one
    unused for longest goes first, and is as good as full unless that many others came since.
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
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, name: str) -> float:
        """Take a token. Returns 0, or the seconds after which one will be there."""
        if not self._each:
            return 0.0
        now = self._clock()
        full_at = max(self._full_at.get(name, now), now) + self._each
        # A little room for sums of fractions: the last token of a full bucket is there.
        missing = full_at - now - self._depth
        if missing > 1e-6:
            return missing
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._size:
            self._full_at.popitem(last=False)
        return 0.0


class InboundLimits:
    """The limits of this process; several processes count apart."""

    def __init__(self, rates: InboundRates, clock: Callable[[], float] = time.monotonic) -> None:
        per_minute = {
            Limit.START: rates.start,
            Limit.SELECTION: rates.choice,
            Limit.CHOICE: rates.choice,
            Limit.CALLBACK: rates.callback,
            Limit.REFUSED_KEY: rates.refused_keys,
        }
        self._buckets = {limit: Buckets(rate, clock) for limit, rate in per_minute.items()}

    def spend(self, limit: Limit, name: str) -> None:
        """Count one request of a key or an address. Raises TooManyRequests."""
        missing = self._buckets[limit].take(name)
        if missing:
            raise errors.TOO_MANY_REQUESTS({"retryAfter": math.ceil(missing)})
