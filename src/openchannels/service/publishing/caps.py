"""Keeps the limits that platforms set on publications, by waiting instead of hitting them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from openchannels.connectors.registry import Publisher
from openchannels.core.clock import next_midnight
from openchannels.core.platforms import Platform
from openchannels.core.publications import Cap, Publication
from openchannels.store.database import Connection
from openchannels.store.queries import publications as store
from openchannels.transport.platform_app import App


@dataclass(frozen=True, slots=True)
class CapState:
    """What is left of a cap; `free_at` is when the next publication fits, None for now."""

    cap: Cap
    left: int
    free_at: float | None


def limits_of(publisher: Publisher, app: App | None) -> Sequence[Cap]:
    """Returns the caps that count for what is published with an app."""
    return publisher.caps if app is None else publisher.caps_for(app)


def begin(
    connection: Connection, publication: Publication, caps: Sequence[Cap], now: float
) -> float | None:
    """Returns None if the call that publishes may be made now, else when it may.

    Within the transaction that writes down that it is made: whoever counts holds the caps' rows.
    """
    one = publication
    waits = []
    for cap in sorted(caps, key=lambda cap: (cap.scope, cap.seconds)):
        key = one.account_id if cap.scope == "account" else one.platform
        store.lock_cap(connection, f"{cap.scope}:{key}")
        state = state_of(connection, one.account_id, one.platform, cap, now, besides=one.id)
        if state.free_at is not None:
            waits.append(state.free_at)
    return max(waits, default=None)


def state_of(
    connection: Connection,
    account_id: str,
    platform: Platform,
    cap: Cap,
    now: float,
    *,
    besides: str = "",
) -> CapState:
    """Returns what is left of a cap by the publications that were begun; planned ones do not count.

    `besides` is a publication that is not counted.
    """
    by_account = cap.scope == "account"
    condition = store.of_account(account_id) if by_account else store.of_platform(platform)
    begun = store.commits(connection, condition, window_start(cap, now), besides, cap.most)
    left = cap.most - len(begun)
    if left > 0:
        return CapState(cap, left, None)
    if cap.day is not None:
        return CapState(cap, 0, next_midnight(ZoneInfo(cap.day), now))
    return CapState(cap, 0, begun[0] + cap.seconds)


def window_start(cap: Cap, now: float) -> float:
    """Returns from when on publications count toward a cap, in Unix seconds."""
    if cap.day is None:
        return now - cap.seconds
    zone = ZoneInfo(cap.day)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    # Commits at exactly midnight belong to the new day.
    return (midnight - timedelta(microseconds=1)).timestamp()
