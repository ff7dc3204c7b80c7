"""Watches what becomes of a publication that the platform has: processed, reviewed, held."""

from openchannels.connectors.registry import ReportedPublisher
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    PublicationRefused,
    Published,
    PublishStatus,
    Scheduled,
    Stage,
)
from openchannels.service.publishing.outcomes import LONGEST_WAIT, bounded
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.stage_work import StageWork
from openchannels.service.publishing.transitions import ENDS
from openchannels.store.queries import accounts


class Watching(StageWork):
    """The work on a publication that the platform processes or holds."""

    async def poll(self, held: HeldPublication) -> bool:
        """Asks how far the platform is with what it has accepted."""
        if await self._reported(held):
            return True
        result = await self._called(held, lambda publisher: publisher.poll)
        if result is None:
            return False
        one, now = held.publication, self._context.clock()
        if isinstance(result, Later | Accepted):
            if now - one.stage_since > self._publisher(held).poll_seconds:
                await self._failures.unconfirmed(held)
            else:
                later = result if isinstance(result, Later) else Later(result.seconds)
                await self._outcomes.wait(held, later, PublishStatus.PUBLISHING)
            return False
        await self._outcomes.finish(held, result)
        return True

    async def check_held(self, held: HeldPublication) -> bool:
        """Asks whether a work is out that the platform holds until its time or for a person."""
        if await self._reported(held):
            return True
        if held.publication.status in ENDS:
            await self._transitions.move(held, stage=Stage.DONE)
            return False
        result = await self._called(held, lambda publisher: publisher.held)
        if result is None:
            return False
        one, now = held.publication, self._context.clock()
        if not isinstance(result, Later):
            await self._outcomes.finish(held, result)
            return True
        person = one.status is PublishStatus.NEEDS_ACTION
        longest = self._context.rules.publishing.held
        if person and now - one.stage_since >= longest:
            await self._failures.not_finished(held)
            return False
        most = one.stage_since + longest - now if person else LONGEST_WAIT
        await self._transitions.move(held, due_at=now + min(bounded(result.seconds), most))
        return False

    async def _reported(self, held: HeldPublication) -> bool:
        """Writes what webhooks prove without a call, even if the account's grant has ended."""
        one, publisher = held.publication, self._publisher(held)
        content, ended = Content.from_json(one.content), one.status in ENDS
        if isinstance(publisher, ReportedPublisher):
            return await self._due(
                held, publisher.report(content, one.option, self._context.clock())
            )
        account = None
        if one.reports:
            account = await self._context.db.read(accounts.get_account, one.account_id, one.user_id)
        if account is None:
            return False
        try:
            outcome = publisher.reported(account, content, held.state, one.reports)
        except PublicationRefused as refused:
            if ended:
                return False
            await self._failures.handle(held, refused)
            return True
        if outcome is None or (ended and not isinstance(outcome, Published)):
            return False
        await self._outcomes.finish(held, outcome)
        return True

    async def _due(self, held: HeldPublication, outcome: Published | Scheduled) -> bool:
        """Writes that the time of a work has come which a person has scheduled."""
        if not isinstance(outcome, Published):
            return False
        await self._outcomes.published(held, outcome, done=True)
        return True
