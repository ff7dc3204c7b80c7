"""Completes callbacks whose process died."""

import asyncio
from collections.abc import Sequence

import structlog

from openchannels.service.authorization.callback import Callbacks
from openchannels.service.authorization.lease import LEASE_SECONDS
from openchannels.service.context import Context
from openchannels.service.tasks.task import in_batches
from openchannels.store.queries import sessions

LAPSED = 20
"""Sessions in one batch: they are completed in parallel, each may wait for its platform."""

log = structlog.get_logger()


class RecoverCallbacks:
    """Completes sessions whose lease has lapsed."""

    name = "recovery"
    every = 2.0
    at_once = 4

    def __init__(self, context: Context, callbacks: Callbacks) -> None:
        self._context = context
        self._callbacks = callbacks

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Sessions with a lapsed lease; `Callbacks.recover` claims each before it acts."""
        now = self._context.clock()
        lapsed = await self._context.db.read(
            sessions.lapsed_claims, now, LEASE_SECONDS, batches * LAPSED
        )
        return in_batches(lapsed, LAPSED)

    async def run(self, ids: Sequence[str]) -> None:
        # In parallel: one platform that hangs does not delay the others.
        outcomes = await asyncio.gather(*map(self._callbacks.recover, ids), return_exceptions=True)
        for session_id, outcome in zip(ids, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.error("could not recover a session", session=session_id, exc_info=outcome)
