"""Facebook: the kinds of works, which are published by different calls."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.publisher import Job, PublishedWork
from openchannels.connectors.base.turn import Turn
from openchannels.core.publications import (
    Later,
    NeedsAction,
    Outcome,
    Published,
    Ready,
    Scheduled,
    Settled,
)

DRAFT, SCHEDULED, PUBLISHED = "DRAFT", "SCHEDULED", "PUBLISHED"


class WorkKind:
    """One way of publishing. Methods are those of `base.publisher.Publisher`, for one kind."""

    schedules = True
    """Whether Facebook can hold such a work until its time."""

    async def prepare(self, turn: Turn) -> Ready | Later:
        raise NotImplementedError

    async def commit(self, turn: Turn) -> Outcome:
        raise NotImplementedError

    async def settle(self, turn: Turn) -> Settled:
        raise NotImplementedError

    async def poll(self, turn: Turn) -> Published | Scheduled | NeedsAction | Later:
        raise NotImplementedError

    async def held(self, turn: Turn) -> Published | Later:
        raise NotImplementedError

    async def verify(self, turn: Turn, work_id: str) -> Published | Later:
        raise NotImplementedError

    def changes(self, job: Job) -> Mapping[str, Any]:
        """Returns the parameters that change a published work."""
        raise NotImplementedError

    def object_of(self, work: PublishedWork) -> str:
        """Returns the id under which a published work is changed."""
        return work.work_id


def post_id(page: str, number: str) -> str:
    """Returns the id of a post, which some answers give without that of its Page."""
    return number if "_" in number else f"{page}_{number}"
