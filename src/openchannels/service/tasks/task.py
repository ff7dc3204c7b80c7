"""The protocol of a background task.

Due times in our own tables say what is to do. A planner in each process claims due rows every few
seconds and passes them on in batches of ids; `jobs/` runs the batches, and reruns those of a
process that dies in another.
"""

from collections.abc import Sequence
from typing import Protocol


class Task(Protocol):
    """One kind of background work."""

    name: str
    """Recorded in the job store: it must not change while batches of it may be waiting."""
    every: float
    """Seconds between two claims."""
    at_once: int
    """Batches that one process runs in parallel."""

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Claim due rows, as at most `batches` batches of ids; never anything secret.

        The claim is a lease: one statement moves the due times ahead, and rows whose batch is
        lost with its process become due again.
        """

    async def run(self, ids: Sequence[str]) -> None:
        """Process a batch. It may run twice, even concurrently; exceptions are only logged."""


def in_batches(ids: Sequence[str], size: int) -> Sequence[Sequence[str]]:
    """Ids in batches of at most a size."""
    return [ids[first : first + size] for first in range(0, len(ids), size)]
