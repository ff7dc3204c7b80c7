"""When a credential needs something: worked out at each write, so that no job opens a secret.

A refresh ahead of use is due where waiting would lose the grant, a probe where nothing else
proves the credential, and a look at the clock where the state changes by time alone.
"""

import random
import zlib
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.registry import Connector
from openchannels.core.credentials import Tokens

DAY = 86_400.0
ATTENTION_SECONDS = 7 * DAY
"""How long before a grant ends a person is asked to come back."""
REFRESHED_SECONDS = 2 * DAY
"""The same where a refresh ahead of use should have put the end off long before."""
SPREAD_SECONDS = 1800.0
"""What connected together falls due within this time, or within a fiftieth of the wait."""
FIRST_BACK_OFF = 60.0
LONGEST_BACK_OFF = 3600.0
DOUBLINGS = 16


def lifetime_columns(
    connector: Connector, account_id: str, tokens: Tokens, now: float
) -> Mapping[str, Any]:
    """The columns that say, without the secret, what a credential is worth and when it is due.

    The tokens have just come from the platform, or from a person, at `now` (Unix seconds).
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
        "failures": 0,
        "updated_at": now,
    }


def refresh_due(
    connector: Connector, account_id: str, tokens: Tokens, since: float
) -> float | None:
    """When tokens that came at `since` are to be refreshed though nobody uses them."""
    return _spread(connector.auth.next_refresh_at(tokens, since), since, account_id)


def probe_due(
    connector: Connector, account_id: str, tokens: Tokens, verified_at: float
) -> float | None:
    """When a credential that was proved at a moment is to be proved again."""
    if not tokens.access_token:
        return None
    return _spread(connector.auth.probe_due(tokens, verified_at), verified_at, account_id)


def attention_from(end: float | None, refresh_at: float | None) -> float | None:
    """From when a person should be asked to come back; None where the grant has no end.

    `refresh_at` is when a refresh ahead of use is due, None for never.
    """
    if end is None:
        return None
    return end - (ATTENTION_SECONDS if refresh_at is None else REFRESHED_SECONDS)


def _spread(due: float | None, since: float, account_id: str) -> float | None:
    """Later by a part of its own for each account; what is due leaves an hour at the least."""
    if due is None:
        return None
    part = zlib.crc32(account_id.encode()) / 2**32
    return due + part * min(SPREAD_SECONDS, max(0.0, due - since) / 50)


def held_off(asked: float) -> float:
    """Seconds until what was not asked at all is tried: soon after the wait named, spread."""
    return min(asked, LONGEST_BACK_OFF) + random.uniform(1.0, FIRST_BACK_OFF)  # noqa: S311


def back_off(failures: int, asked: float = 0.0) -> float:
    """Seconds until what failed so often in a row is tried again: evenly spread, ever longer.

    `asked` is what the platform asks for; it counts up to the longest pause.
    """
    window = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(failures - 1, DOUBLINGS))
    return max(random.uniform(1.0, window), min(asked, LONGEST_BACK_OFF))  # noqa: S311
