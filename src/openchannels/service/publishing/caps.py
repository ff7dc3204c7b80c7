"""Keeps the limits that platforms set on publications, by waiting instead of hitting them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from openchannels.core.clock import next_midnight
from openchannels.core.publications import Cap, Publication
from openchannels.store.database import Connection
from openchannels.store.queries import publications as store


def begin(
    connection: Connection, publication: Publication, caps: Sequence[Cap], now: float
) -> float | None:
    """Returns None if the call that publishes may be made now, else when it may.

    Within the transaction that writes down that it is made: whoever counts holds the caps' rows.
    """
    waits = [
        until
        for cap in sorted(caps, key=lambda cap: (cap.scope, cap.seconds))
        if (until := _free_at(connection, publication, cap, now)) is not None
    ]
    return max(waits, default=None)


def _free_at(
    connection: Connection, publication: Publication, cap: Cap, now: float
) -> float | None:
    """When the next publication fits under a cap; None if one does now."""
    if cap.scope == "account":
        key, condition = publication.account_id, store.of_account(publication.account_id)
    else:
        key, condition = publication.platform, store.of_platform(publication.platform)
    store.lock_cap(connection, f"{cap.scope}:{key}")
    since = window_start(cap, now)
    begun = store.commits(connection, condition, since, publication.id, cap.most)
    if len(begun) < cap.most:
        return None
    if cap.day is not None:
        return next_midnight(ZoneInfo(cap.day), now)
    return begun[0] + cap.seconds


def window_start(cap: Cap, now: float) -> float:
    """Returns from when on publications count toward a cap, in Unix seconds."""
    if cap.day is None:
        return now - cap.seconds
    zone = ZoneInfo(cap.day)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    # Commits at exactly midnight belong to the new day.
    return (midnight - timedelta(microseconds=1)).timestamp()
