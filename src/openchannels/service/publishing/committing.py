"""From the time of a publication to the call that publishes it, which is made once.

Before the call its intent is written; its answer is written before anything else.
"""

import asyncio
import time

import structlog

from openchannels.connectors.registry import Publisher
from openchannels.core.events import EventType
from openchannels.core.exceptions import Unavailable
from openchannels.core.publications import (
    Later,
    PublicationRefused,
    PublishStatus,
    Ready,
    Stage,
)
from openchannels.service.publishing import caps, failures, jobs
from openchannels.service.publishing.outcomes import LONGEST_WAIT
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.reporting import report_stage
from openchannels.service.publishing.stage_work import StageWork
from openchannels.store.database import Connection
from openchannels.store.queries import publications as store

COMMIT_SECONDS = 120.0
"""How long the call that publishes may take, and how long nobody believes that nothing is out."""

log = structlog.get_logger()


class Committing(StageWork):
    """The work on a publication that is due or being prepared."""

    async def begin(self, held: HeldPublication) -> bool:
        """Starts an attempt; a publication that is due for too long fails."""
        now, one = self._context.clock(), held.publication
        late = now - (one.due_at or now)
        if late > self._context.rules.publishing.max_late:
            await self._failures.too_late(held)
            return False
        first = one.attempt == 0
        await self._transitions.move(
            held,
            EventType.PUBLISH_PUBLISHING if first else None,
            stage=Stage.PREPARING,
            status=PublishStatus.PUBLISHING,
            attempt=one.attempt + 1,
            error=None,
            sealed=None,
            due_at=now,
        )
        return True

    async def prepare(self, held: HeldPublication) -> bool:
        """Has the platform take what it needs before, such as files, then publishes."""
        result = await self._called(held, lambda publisher: publisher.prepare)
        if result is None:
            return False
        if isinstance(result, Later):
            await self._outcomes.wait(held, result, PublishStatus.PUBLISHING)
            return False
        assert isinstance(result, Ready)
        return await self._commit(held)

    async def _commit(self, held: HeldPublication) -> bool:
        """Write the intent, make the call that publishes once, and write what came of it."""
        publisher = self._publisher(held)
        free_at = await self._context.db.write(self._intend, held, publisher)
        if free_at is not None:
            await self._wait_for_cap(held, free_at)
            return False
        begun = {"stage": Stage.COMMITTING, "committed_at": self._context.clock()}
        committing = self._transitions.changed(held.publication, begun)
        report_stage(held.publication, committing)
        held.written(committing)
        commit = jobs.in_time(publisher.commit, time.monotonic() + COMMIT_SECONDS)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                outcome = await self._call(held, publisher, commit)
        except PublicationTaken:
            raise
        except Exception as error:
            return await self._commit_failed(held, publisher, error)
        await self._context.unwritten.write(
            f"publication {held.publication.id}",
            lambda: self._outcomes.finish(held, outcome),
            after=Unavailable,
        )
        return True

    def _intend(
        self, connection: Connection, held: HeldPublication, publisher: Publisher
    ) -> float | None:
        """Write down that the call is about to be made; else return when a cap allows it."""
        now, one = self._context.clock(), held.publication
        limits = caps.limits_of(publisher, self._context.platforms.app(one.platform))
        free_at = caps.begin(connection, one, limits, now)
        if free_at is not None:
            return free_at
        values = {
            "stage": Stage.COMMITTING.value,
            "stage_since": now,
            "status": int(PublishStatus.PUBLISHING),
            "committed_at": now,
            "error": None,
            "due_at": now,
        }
        if not store.change(connection, one.id, held.owner, values):
            raise PublicationTaken
        return None

    async def _wait_for_cap(self, held: HeldPublication, free_at: float) -> None:
        """Wait, and let what waits beside it wait as long: it would find the same, one by one."""
        now, said = self._context.clock(), failures.waiting_for_cap(free_at)
        due_at = min(free_at, now + LONGEST_WAIT)
        await self._transitions.move(held, status=PublishStatus.QUEUED, error=said, due_at=due_at)
        values = {"error": said, "due_at": due_at}
        account_id = held.publication.account_id
        await self._context.db.write(store.put_off_waiting, account_id, now, values)

    async def _commit_failed(
        self, held: HeldPublication, publisher: Publisher, error: Exception
    ) -> bool:
        """Go on after a failed call: only a failure that proves nothing is out allows another."""
        failure = failures.failure_of(error)
        if isinstance(error, PublicationRefused):
            return await self._failures.handle(held, error)
        if failure is not None and not publisher.is_doubtful(failure):
            return await self._failures.handle(held, error)
        if failure is None and failures.is_before_the_call(error):
            return await self._failures.handle(held, error)
        log.warning(
            "it is not known whether a publication is out",
            cause=repr(error),
        )
        await self._look_soon(held)
        return False
