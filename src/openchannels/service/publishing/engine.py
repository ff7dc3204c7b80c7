"""The background task that publishes: each due publication is worked on under a lease.

A run does one stage after the other until the publication has to wait or has ended. All that must
survive the process is in its row: another process goes on from the stage that stands there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence

import structlog

from openchannels.core import ids
from openchannels.core.exceptions import Unavailable
from openchannels.core.metrics import outcome_of
from openchannels.core.tracing import ABANDONED
from openchannels.service.context import Context
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.reporting import about, ended_as
from openchannels.service.publishing.stages import Stages
from openchannels.store.queries import publication_leases as leases
from openchannels.store.queries import publications as store

CLAIMED = "claimed"
"""Holds a publication from the claim until a run takes it."""
LEASE_SECONDS = 60.0
RENEW_SECONDS = LEASE_SECONDS / 4
AFTER_FAULT_SECONDS = 60.0
"""From a run that a fault of ours has ended until the next."""

log = structlog.get_logger()


class PublishDue:
    """Works on publications whose time has come; see `service.tasks.task.Task`."""

    name = "publish"
    every = 0.5
    at_once = 32

    def __init__(self, context: Context, stages: Stages) -> None:
        self._context = context
        self._stages = stages

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        now = self._context.clock()
        if not await self._context.db.read(leases.any_due, now):
            return []
        claimed = await self._context.db.write(leases.claim, now, CLAIMED, LEASE_SECONDS, batches)
        return [[one] for one in claimed]

    async def run(self, ids: Sequence[str]) -> None:
        for publication_id in ids:
            await self.work_on(publication_id)

    async def work_on(self, publication_id: str) -> None:
        """Does what is due of one publication; nothing if another process does it."""
        async with self._held(publication_id) as held:
            if held is not None:
                with self._told(held):
                    await self._advance(held)

    async def _advance(self, held: HeldPublication) -> None:
        try:
            await self._stages.advance(held)
        except (PublicationTaken, Unavailable):
            raise
        except Exception:
            later = {"due_at": self._context.clock() + AFTER_FAULT_SECONDS}
            await self._context.db.write(store.change, held.publication.id, held.owner, later)
            raise

    @contextlib.contextmanager
    def _told(self, held: HeldPublication) -> Iterator[None]:
        """Names the publication in each line of the log, and makes a span of the run."""
        one = held.publication
        span = self._context.tracing.begin_publication(one)
        outcome = ABANDONED
        try:
            with structlog.contextvars.bound_contextvars(**about(one)):
                try:
                    yield
                except PublicationTaken:
                    log.info("another process works on a publication")
            outcome = ended_as(held.publication)
        except Exception as error:
            outcome = outcome_of(error)
            raise
        finally:
            span.end(outcome)

    @contextlib.asynccontextmanager
    async def held_for_caller(self, publication_id: str) -> AsyncIterator[HeldPublication | None]:
        """A publication for a request about it; None while a run works on it."""
        owner, now = ids.new_object_id(), self._context.clock()
        taken = await self._context.db.write(
            leases.take_idle, publication_id, owner, now, LEASE_SECONDS
        )
        found = await self._context.db.read(store.get, publication_id) if taken else None
        try:
            yield HeldPublication(self._context, found, owner) if found else None
        finally:
            if taken:
                await self._context.db.write(store.change, publication_id, owner, store.NO_LEASE)

    @contextlib.asynccontextmanager
    async def _held(self, publication_id: str) -> AsyncIterator[HeldPublication | None]:
        """The publication under a lease that is renewed; None if it is another's, or not due."""
        owner = ids.new_object_id()
        if not await self._lease(publication_id, owner, CLAIMED):
            yield None
            return
        working = asyncio.current_task()
        assert working is not None
        renewing = asyncio.create_task(self._renew(publication_id, owner, working))
        try:
            found = await self._context.db.read(store.get, publication_id)
            due = found is not None and found.due_at is not None
            yield HeldPublication(self._context, found, owner) if found and due else None
        finally:
            renewing.cancel()
            with contextlib.suppress(Unavailable):
                await self._context.db.write(store.change, publication_id, owner, store.NO_LEASE)

    async def _lease(self, publication_id: str, owner: str, holder: str | None = None) -> bool:
        now = self._context.clock()
        return await self._context.db.write(
            leases.lease, publication_id, owner, now, LEASE_SECONDS, holder
        )

    async def _renew(
        self, publication_id: str, owner: str, working: "asyncio.Task[object]"
    ) -> None:
        """Renew the lease while a run works; end the run once its lease is another's."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                renewed = await self._lease(publication_id, owner)
            except Unavailable:
                log.warning(
                    "the lease of a publication could not be renewed", publication=publication_id
                )
                continue
            if not renewed:
                working.cancel("the lease of a publication is lost")
                return
