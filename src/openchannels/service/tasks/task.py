"""What a background task is.

A task waits in our own tables, as times at which rows are due. A planner in each process looks
every few seconds, claims what is due and hands it on in batches of ids; `jobs/` runs the batches
so that those of a process that dies are taken up by another.
"""

from collections.abc import Sequence
from typing import Protocol


class Task(Protocol):
    """One kind of background work."""

    name: str
    """Stands in the job store: it must not change while batches of it may be waiting."""
    every: float
    """Seconds between two looks for what is due."""
    at_once: int
    """Batches that one process runs side by side."""

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Claim what is due, in at most so many batches of ids; never anything secret.

        The claim is a lease: one statement pushes the due times on, so that rows whose batch
        is lost with its process are due again.
        """

    async def run(self, ids: Sequence[str]) -> None:
        """Work on a batch. It may run twice, even at the same time; what raises is only logged."""


def in_batches(ids: Sequence[str], size: int) -> Sequence[Sequence[str]]:
    """Ids in batches of at most a size."""
    return [ids[first : first + size] for first in range(0, len(ids), size)]
