"""Refreshes ahead of use, where waiting for the next use would lose the grant."""

from collections.abc import Sequence

from openchannels.core.exceptions import AuthorizationError
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.credentials.refresh import CredentialRefresh
from openchannels.service.tasks.due_credentials import DueCredentials


class RefreshDue:
    """Refreshes unused credentials."""

    name = "refresh"
    every = 5.0
    at_once = 8

    def __init__(self, context: Context, refreshing: CredentialRefresh) -> None:
        self._due_batches = DueCredentials(context, "refresh_at")
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
        if due is None or due > self._clock():
            # It was used meanwhile, or this batch runs for the second time.
            await self._due_batches.set_due(live, due)
            return
        try:
            # None: another process refreshes it, and sets when it is due again.
            await self._refreshing.attempt(live)
        except AuthorizationError:
            # The account is offline, with its event; nothing more is due.
            return
