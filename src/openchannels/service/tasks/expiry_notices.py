"""Notices about grants that end soon, or have ended."""

from collections.abc import Sequence

import structlog

from openchannels.core.accounts import NORMAL
from openchannels.core.clock import iso
from openchannels.core.credentials import Reason
from openchannels.core.events import EventType
from openchannels.service.context import Context
from openchannels.service.credentials.health import AccountHealth
from openchannels.service.credentials.schedule import (
    LEASE_SECONDS,
    NOTHING_HELD,
    NOTICE,
    attention_from,
)
from openchannels.service.tasks.task import in_batches
from openchannels.store.database import AnyRow, Connection
from openchannels.store.queries import accounts, due_times, events
from openchannels.store.queries import credentials as store

BATCH = 100

log = structlog.get_logger()


class ExpiryNotices:
    """Writes the events for expiry states that auth-status already shows.

    They follow the clock in both directions: an end that lies ahead again is taken back.
    """

    name = "notice"
    every = 10.0
    at_once = 2

    def __init__(self, context: Context, account_health: AccountHealth) -> None:
        self._context = context
        self._account_health = account_health

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        now = self._context.clock()
        lease, most = now + LEASE_SECONDS, batches * BATCH
        found = await self._context.db.write(due_times.claim_due, NOTICE, now, lease, most)
        if not found:
            # Not claimed: whoever is first takes a notice back.
            found = await self._context.db.read(_too_early, now, most)
        return in_batches(found, BATCH)

    async def run(self, ids: Sequence[str]) -> None:
        for account_id in ids:
            try:
                await self._context.db.write(self._notice, account_id)
            except Exception:
                log.exception("could not write an expiry notice", account=account_id)

    def _notice(self, connection: Connection, account_id: str) -> None:
        """Write the event for each change of state by time, once; runs in one transaction."""
        accounts.lock_account(connection, account_id)
        holder, row = (
            accounts.any_users_account(connection, account_id),
            store.get_credential(connection, account_id),
        )
        if holder is None or row is None:
            return
        end, now = row.grant_ends_at, self._context.clock()
        if holder.status != NORMAL or end is None:
            self._plan(connection, row, notice_at=None, end_announced_at=None)
        elif end <= now:
            self._end(connection, holder, row)
        elif row.end_announced_at is not None:
            self._take_back(connection, holder, row)
        else:
            self._advise(connection, holder, row)

    def _plan(self, connection: Connection, row: AnyRow, **values: float | None) -> bool:
        """Set due times; False if the grant was replaced meanwhile."""
        free = {NOTICE.hold: None, **values}
        return due_times.reschedule(connection, row.account_id, row.version, free)

    def _end(self, connection: Connection, holder: AnyRow, row: AnyRow) -> None:
        now, rest = self._context.clock(), dict.fromkeys(("notice_at", "refresh_at", "probe_at"))
        ended = {**NOTHING_HELD, **rest, "end_announced_at": now}
        if row.end_announced_at is None and self._plan(connection, row, **ended):
            account = accounts.account_from_row(holder)
            self._account_health.announce_end(connection, account)

    def _take_back(self, connection: Connection, holder: AnyRow, row: AnyRow) -> None:
        now = self._context.clock()
        # Each task computes from the tokens when its own work is due.
        again = dict.fromkeys(("notice_at", "refresh_at", "probe_at"), now)
        if self._plan(connection, row, **NOTHING_HELD, **again, end_announced_at=None):
            account = accounts.account_from_row(holder)
            self._account_health.record_recovery(connection, account)

    def _advise(self, connection: Connection, holder: AnyRow, row: AnyRow) -> None:
        end, now = row.grant_ends_at, self._context.clock()
        advised = attention_from(end, row.refresh_at)
        assert advised is not None
        # First: this fails for a grant that was replaced meanwhile, which gets no notice.
        present = self._plan(connection, row, notice_at=advised if advised > now else end)
        since = max(advised, holder.login_at or 0.0)
        reason = Reason.RECONNECT_ADVISED.value
        if not present:
            return
        if advised > now:
            calm = {"attention": None, "attention_since": None}
            accounts.update_account(connection, holder.id, calm)
        elif accounts.set_attention(connection, holder.id, reason, since):
            about = (holder.id, holder.platform)
            events.record_event(
                connection,
                now,
                holder.user_id,
                EventType.ATTENTION,
                about,
                reason=reason,
                reconnectBy=iso(end),
            )


def _too_early(connection: Connection, now: float, limit: int) -> Sequence[str]:
    """Accounts with a notice of what lies ahead: it was written while a clock was ahead."""
    ended = due_times.ended_too_early(connection, now, limit)
    return ended or accounts.advised_too_early(connection, now, limit)
