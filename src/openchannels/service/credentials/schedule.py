"""When a credential is due for refresh, probe or notice, computed at each write.

Background tasks read these columns and need not decrypt anything. A refresh ahead of use is due
where waiting would lose the grant, a probe where nothing else verifies the credential, a notice
where the state changes by time alone.
"""

import random
import zlib
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.registry import Connector
from openchannels.core.credentials import Tokens
from openchannels.store.queries.due_times import DueColumn
from openchannels.store.queries.leases import CLOCK_SKEW_SECONDS

DAY = 86_400.0
ATTENTION_SECONDS = 7 * DAY
"""How long before a grant ends its person is asked to reconnect."""
REFRESHED_SECONDS = 2 * DAY
"""The same where a refresh ahead of use should have extended the grant long before."""
SPREAD_SECONDS = 1800.0
"""Accounts connected together are due spread over this time, or a fiftieth of the wait."""
FIRST_BACK_OFF = 60.0
LONGEST_BACK_OFF = 3600.0
DOUBLINGS = 16
LEASE_SECONDS = 300.0
"""After which a batch counts as lost; longer than a batch of a platform that hangs."""
LONGEST_HOLD = LONGEST_BACK_OFF + FIRST_BACK_OFF
REFRESH = DueColumn("refresh_at", LONGEST_HOLD)
PROBE = DueColumn("probe_at", LONGEST_HOLD, longest_wait=8 * DAY)
NOTICE = DueColumn("notice_at", LEASE_SECONDS)
SNAPSHOT = DueColumn("snapshot_at", LONGEST_HOLD, longest_wait=DAY + CLOCK_SKEW_SECONDS)
NOTHING_HELD: Mapping[str, None] = dict.fromkeys((REFRESH.hold, PROBE.hold, NOTICE.hold))


def lifetime_columns(
    connector: Connector, account_id: str, tokens: Tokens, now: float
) -> Mapping[str, Any]:
    """The columns that hold a credential's scopes, expiry and due times in the clear.

    The tokens were issued at `now` (Unix seconds).
    """
    end = connector.auth.grant_end(tokens)
    refresh_at = refresh_due(connector, account_id, tokens, now)
    return {
        "scopes": None if tokens.scopes is None else list(tokens.scopes),
        "expires_at": tokens.expires_at,
        "grant_ends_at": end,
        "refresh_at": refresh_at,
        "probe_at": probe_due(connector, account_id, tokens, now),
        "notice_at": attention_from(end, refresh_at),
        **NOTHING_HELD,
        "end_announced_at": None,
        "failures": 0,
        "updated_at": now,
    }


def refresh_due(
    connector: Connector, account_id: str, tokens: Tokens, since: float
) -> float | None:
    """When tokens issued at `since` are refreshed even if unused."""
    return _spread(connector.auth.next_refresh_at(tokens, since), since, account_id)


def probe_due(
    connector: Connector, account_id: str, tokens: Tokens, verified_at: float
) -> float | None:
    """When a credential verified at `verified_at` is verified again."""
    if not tokens.access_token:
        return None
    return _spread(connector.auth.probe_due(tokens, verified_at), verified_at, account_id)


def next_snapshot(account_id: str, now: float) -> float:
    """When an account's daily snapshot is taken next: at a time of the UTC day of its own."""
    first = now // DAY * DAY + _part(account_id) * DAY
    return first if first > now else first + DAY


def attention_from(end: float | None, refresh_at: float | None) -> float | None:
    """From when a person is asked to reconnect; None where the grant does not end.

    `refresh_at` is when a refresh ahead of use is due, None for never.
    """
    if end is None:
        return None
    return end - (ATTENTION_SECONDS if refresh_at is None else REFRESHED_SECONDS)


def _spread(due: float | None, since: float, account_id: str) -> float | None:
    """A due time delayed by a fraction that is fixed for each account."""
    if due is None:
        return None
    return due + _part(account_id) * min(SPREAD_SECONDS, max(0.0, due - since) / 50)


def _part(account_id: str) -> float:
    """A number from 0 to 1 that is fixed for each account."""
    return zlib.crc32(account_id.encode()) / 2**32


def held_off(asked: float) -> float:
    """Seconds until a call that we skipped ourselves is tried: shortly after the known wait."""
    return min(asked, LONGEST_BACK_OFF) + random.uniform(1.0, FIRST_BACK_OFF)  # noqa: S311


def back_off(failures: int, asked: float = 0.0) -> float:
    """Seconds until the next attempt after `failures` in a row: exponential, with jitter.

    `asked` is the wait that the platform asked for, honoured up to the longest pause.
    """
    window = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(failures - 1, DOUBLINGS))
    return max(random.uniform(1.0, window), min(asked, LONGEST_BACK_OFF))  # noqa: S311
