"""What is done in each stage of a publication.

Each step returns whether the next one can be done at once. A publication found in `COMMITTING` has
lost its answer: the process that made the call has ended.
"""

from collections.abc import Awaitable, Callable

from openchannels.core.publications import Stage
from openchannels.service.context import Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.publishing.committing import Committing
from openchannels.service.publishing.jobs import MediaPreparation
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.settling import Settling
from openchannels.service.publishing.verifying import Verifying
from openchannels.service.publishing.watching import Watching

Step = Callable[[HeldPublication], Awaitable[bool]]


class Stages:
    """The work on a publication, stage by stage."""

    def __init__(self, context: Context, calls: AccountCalls, media: MediaPreparation) -> None:
        committing = Committing(context, calls, media)
        settling = Settling(context, calls, media)
        watching = Watching(context, calls, media)
        verifying = Verifying(context, calls, media)
        self._steps: dict[Stage, Step] = {
            Stage.QUEUED: committing.begin,
            Stage.PREPARING: committing.prepare,
            Stage.COMMITTING: settling.answer_lost,
            Stage.SETTLING: settling.settle,
            Stage.POLLING: watching.poll,
            Stage.HELD: watching.check_held,
            Stage.VERIFYING: verifying.verify,
            Stage.UPDATING: verifying.update,
        }

    async def advance(self, held: HeldPublication) -> None:
        """Does all that can be done of a publication now.

        Raises PublicationTaken and Unavailable.
        """
        while (step := self._steps.get(held.publication.stage)) is not None:
            if not await step(held):
                return
