"""Notices about grants that end soon, or have ended."""

from collections.abc import Sequence

import structlog

from openchannels.core.accounts import NORMAL
from openchannels.core.clock import iso
from openchannels.core.credentials import Reason
from openchannels.core.events import EventType
from openchannels.service.context import Context
from openchannels.service.credentials.health import AccountHealth
from openchannels.service.credentials.schedule import attention_from
from openchannels.service.tasks.due_credentials import LEASE_SECONDS
from openchannels.service.tasks.task import in_batches
from openchannels.store.database import AnyRow, Connection
from openchannels.store.queries import accounts, due_times, events
from openchannels.store.queries import credentials as store

BATCH = 100

log = structlog.get_logger()


class ExpiryNotices:
    """Writes the events for expiry states that auth-status already shows."""

    name = "notice"
    every = 10.0
    at_once = 2

    def __init__(self, context: Context, account_health: AccountHealth) -> None:
        self._context = context
        self._account_health = account_health

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        now = self._context.clock()
        lease, most = now + LEASE_SECONDS, batches * BATCH
        found = await self._context.db.write(due_times.claim_due, "notice_at", now, lease, most)
        return in_batches(found, BATCH)

    async def run(self, ids: Sequence[str]) -> None:
        for account_id in ids:
            try:
                await self._context.db.write(self._notice, account_id)
            except Exception:
                log.exception("could not write an expiry notice", account=account_id)

    def _notice(self, connection: Connection, account_id: str) -> None:
        """Write the event for each change of state by time, once; runs in one transaction."""
        holder, row = (
            accounts.any_users_account(connection, account_id),
            store.get(connection, account_id),
        )
        if holder is None or row is None:
            return
        end, now = row.grant_ends_at, self._context.clock()
        if holder.status != NORMAL or end is None:
            due_times.reschedule(connection, account_id, row.version, {"notice_at": None})
        elif end <= now:
            account = accounts.account_from_row(holder)
            self._account_health.mark_offline_within(
                connection, account, row.version, Reason.GRANT_ENDED, {}, end
            )
        else:
            advised = attention_from(end, row.refresh_at)
            assert advised is not None
            again = advised if advised > now else end
            # First: this fails for a grant that was replaced meanwhile, which gets no notice.
            present = due_times.reschedule(
                connection, account_id, row.version, {"notice_at": again}
            )
            if present and advised <= now:
                self._advise(connection, holder, end, max(advised, holder.login_at or 0.0))

    def _advise(self, connection: Connection, holder: AnyRow, end: float, since: float) -> None:
        reason = Reason.RECONNECT_ADVISED.value
        if not accounts.set_attention(connection, holder.id, reason, since):
            return
        events.record_event(
            connection,
            self._context.clock(),
            holder.user_id,
            EventType.ATTENTION,
            (holder.id, holder.platform),
            reason=reason,
            reconnectBy=iso(end),
        )
