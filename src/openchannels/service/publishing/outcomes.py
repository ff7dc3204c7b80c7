"""Writes what came of a publication: out, accepted, held, or to be looked at again."""

from typing import Any

from openchannels.core.events import EventType
from openchannels.core.publications import (
    Accepted,
    Later,
    LinkStatus,
    NeedsAction,
    Outcome,
    Published,
    PublishStatus,
    Scheduled,
    Stage,
)
from openchannels.service.context import Context
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.transitions import Transitions

FIRST_LOOK_SECONDS = 3.0
"""From a lost answer, or a published work, until the platform is first looked at."""
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 6 * 3600.0


class Outcomes:
    """Writes outcomes, as long as the run holds the publication. Methods raise PublicationTaken."""

    def __init__(self, context: Context, transitions: Transitions) -> None:
        self._context = context
        self._transitions = transitions

    async def finish(self, held: HeldPublication, outcome: Outcome) -> None:
        """Writes the outcome of the call that publishes, or of a look at its progress."""
        now = self._context.clock()
        match outcome:
            case Published():
                await self.published(held, outcome)
            case Accepted(seconds, work_id):
                await self._transitions.move(
                    held,
                    stage=Stage.POLLING,
                    error=None,
                    due_at=now + bounded(seconds),
                    work_id=work_id or held.publication.work_id,
                )
            case Scheduled(at):
                await self._transitions.move(
                    held,
                    EventType.PUBLISH_SCHEDULED,
                    stage=Stage.HELD,
                    status=PublishStatus.SCHEDULED,
                    error=None,
                    due_at=min(max(at, now + SHORTEST_WAIT), now + LONGEST_WAIT),
                    **work_columns(held, outcome),
                )
            case NeedsAction(reason):
                await self._transitions.move(
                    held,
                    EventType.PUBLISH_NEEDS_ACTION,
                    stage=Stage.HELD,
                    status=PublishStatus.NEEDS_ACTION,
                    error={"type": "needs_action", "code": reason},
                    due_at=now + FIRST_LOOK_SECONDS,
                    **work_columns(held, outcome),
                )

    async def published(
        self, held: HeldPublication, outcome: Published, *, done: bool = False
    ) -> None:
        """Writes that the work is out; one that is not `done` is verified."""
        one, now = held.publication, self._context.clock()
        new, known = one.status is not PublishStatus.PUBLISHED, outcome.link or one.work_link
        stage = Stage.DONE if done or outcome.work_id is None else Stage.VERIFYING
        warnings = (*one.warnings, *({"text": text} for text in outcome.warnings))
        await self._transitions.move(
            held,
            EventType.PUBLISH_PUBLISHED if new else None,
            stage=stage,
            status=PublishStatus.PUBLISHED,
            link_status=outcome.link_status if known else LinkStatus.PENDING,
            link_meta={**(one.link_meta or {}), **outcome.link_meta} or None,
            warnings=warnings,
            error=None,
            due_at=now + FIRST_LOOK_SECONDS if stage is Stage.VERIFYING else None,
            **work_columns(held, outcome),
        )

    async def wait(self, held: HeldPublication, later: Later, status: PublishStatus) -> None:
        """Has the same stage done again later, and says what is waited for."""
        now = self._context.clock()
        said = {"type": "waiting", "code": later.reason, "expectedAt": later.expected_at}
        await self._transitions.move(
            held, status=status, error=said, due_at=now + bounded(later.seconds)
        )


def work_columns(
    held: HeldPublication, outcome: Published | Scheduled | NeedsAction
) -> dict[str, Any]:
    """Returns what an outcome says of the work; what it does not say stays."""
    one = held.publication
    return {"work_id": outcome.work_id or one.work_id, "work_link": outcome.link or one.work_link}


def bounded(seconds: float) -> float:
    """Returns a wait that is neither too short nor too long."""
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)
