"""Finds out whether a publication is out whose answer was lost: it is never repeated blindly."""

import structlog

from openchannels.core.publications import NotPublished, PublicationRefused, Settled, Undecided
from openchannels.service.publishing.committing import COMMIT_SECONDS
from openchannels.service.publishing.outcomes import FIRST_LOOK_SECONDS, bounded
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.stage_work import StageWork

log = structlog.get_logger()


class Settling(StageWork):
    """The work on a publication of which nobody knows whether it is out."""

    async def answer_lost(self, held: HeldPublication) -> bool:
        """The process that made the call has ended: its answer is lost."""
        await self._look_soon(held)
        return False

    async def settle(self, held: HeldPublication) -> bool:
        """Looks for the work by what the publisher left in it, until it is found or out of time."""
        one, now = held.publication, self._context.clock()
        publisher = self._publisher(held)
        over = now - one.stage_since > publisher.settle_seconds
        try:
            settled: Settled = await self._call(held, publisher, publisher.settle)
        except PublicationTaken:
            raise
        except PublicationRefused as refused:
            return await self._failures.handle(held, refused)
        except Exception as error:
            log.info("a publication could not be looked for", cause=repr(error))
            settled = Undecided(self._look_again(held))
        if isinstance(settled, NotPublished):
            return await self._not_published(held, settled)
        if not isinstance(settled, Undecided):
            await self._outcomes.finish(held, settled)
            return True
        if over:
            await self._failures.unconfirmed(held)
        else:
            await self._transitions.move(held, due_at=now + bounded(settled.seconds))
        return False

    async def _not_published(self, held: HeldPublication, settled: NotPublished) -> bool:
        """Publish again, once the call that was made cannot arrive any more."""
        one, now = held.publication, self._context.clock()
        arrives_until = (one.committed_at or now) + COMMIT_SECONDS + FIRST_LOOK_SECONDS
        # A commit ahead of the clock was begun while the clock was wrong.
        if now < arrives_until <= now + COMMIT_SECONDS + FIRST_LOOK_SECONDS:
            await self._transitions.move(held, due_at=arrives_until)
            return False
        return await self._failures.again(held, restart=settled.restart)
