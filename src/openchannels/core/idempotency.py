"""Requests that a client may send again under the same key without acting twice."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
KEPT_SECONDS = 86_400.0
"""From the first request with a key until the key may be used for another one."""
LEASE_SECONDS = 60.0
"""After which the request of a process that died may run again."""
WAIT_SECONDS = 10.0
"""How long a repeat waits for the answer to a request that still runs."""


@dataclass(frozen=True)
class KeyedRequest:
    """A request of a user under a key; `digest` is the same for a repeat of it only."""

    user_id: str
    key: str
    digest: bytes

    @cached_property
    def id(self) -> str:
        """What user and key are stored as: 64 hex digits."""
        # A key contains no line break, so no two pairs make the same text.
        return hashlib.sha256(f"{self.key}\n{self.user_id}".encode()).hexdigest()
