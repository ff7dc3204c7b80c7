"""Looks at a work that is out, and changes it."""

import structlog

from openchannels.core.events import EventType
from openchannels.core.publications import (
    Later,
    PublicationRefused,
    Published,
    PublishStatus,
    Stage,
)
from openchannels.service.publishing import jobs
from openchannels.service.publishing.outcomes import FIRST_LOOK_SECONDS, bounded, work_columns
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.stage_work import StageWork

log = structlog.get_logger()


class Verifying(StageWork):
    """The work on a publication that is out: whether it stays, and changes that callers ask for."""

    async def verify(self, held: HeldPublication) -> bool:
        """Looks at the work once it is out: whether it stays, and its link."""
        one, now = held.publication, self._context.clock()
        publisher = self._publisher(held)
        try:
            result = await self._call(held, publisher, jobs.verifying(publisher, one.work_id or ""))
        except PublicationTaken:
            raise
        except PublicationRefused as refused:
            return await self._failures.handle(held, refused)
        except Exception as error:
            log.info("a published work could not be looked at", cause=repr(error))
            result = Later(self._look_again(held))
        if isinstance(result, Published):
            await self._outcomes.published(held, result, done=True)
        elif now - one.stage_since > publisher.poll_seconds * 3:
            await self._transitions.move(held, stage=Stage.DONE)
        else:
            await self._transitions.move(held, due_at=now + bounded(result.seconds))
        return False

    async def update(self, held: HeldPublication) -> bool:
        """Makes the change that a caller has asked for."""
        publisher = self._publisher(held)
        try:
            result = await self._call(held, publisher, jobs.updating(publisher, held))
        except PublicationTaken:
            raise
        except Exception as error:
            await self._failures.update_failed(held, error)
            return False
        reviewed = publisher.reviews_updates
        await self._transitions.move(
            held,
            EventType.PUBLISH_UPDATED,
            stage=Stage.VERIFYING if reviewed else Stage.DONE,
            status=PublishStatus.PUBLISHED,
            error=None,
            sealed=held.sealed_after_change(),
            due_at=self._context.clock() + FIRST_LOOK_SECONDS if reviewed else None,
            **work_columns(held, result),
        )
        return False
