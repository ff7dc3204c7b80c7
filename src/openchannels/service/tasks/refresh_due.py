"""Refreshes ahead of use, where waiting for the next use would lose the grant."""

from collections.abc import Sequence

from openchannels.core.exceptions import AuthorizationError
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.credentials.refresh import CredentialRefresh
from openchannels.service.tasks.due_credentials import DueCredentials
from openchannels.store.queries.leases import CLOCK_SKEW_SECONDS


class RefreshDue:
    """Refreshes unused credentials."""

    name = "refresh"
    every = 5.0
    at_once = 8

    def __init__(self, context: Context, refreshing: CredentialRefresh) -> None:
        self._due_batches = DueCredentials(context, schedule.REFRESH)
        self._clock = context.clock
        self._refreshing = refreshing

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        return await self._due_batches.claim(batches)

    async def run(self, ids: Sequence[str]) -> None:
        await self._due_batches.for_each(ids, self._refresh)

    async def _refresh(self, live: OpenCredential, online: bool) -> None:
        if not online:
            await self._due_batches.set_due(live, None)
            return
        due = schedule.refresh_due(live.connector, live.account.id, live.tokens, live.came_at)
        now = self._clock()
        # Tokens issued ahead of the clock have wrong times, which a refresh puts right.
        misdated = live.came_at > now + CLOCK_SKEW_SECONDS
        if due is None or (due > now and not misdated):
            # It was used meanwhile, or this batch runs for the second time.
            await self._due_batches.set_due(live, due)
            return
        if not live.connector.auth.refreshable(live.tokens, now):
            # The clock says that it is too late, or too early; it may be wrong.
            await self._due_batches.hold(live, schedule.LONGEST_BACK_OFF)
            return
        try:
            # None: another process refreshes it, and sets when it is due again.
            await self._refreshing.attempt(live)
        except AuthorizationError:
            # The account is offline, with its event; nothing more is due.
            return
