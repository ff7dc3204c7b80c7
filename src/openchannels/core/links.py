"""Works that public links name."""

from dataclasses import dataclass

from openchannels.core.works import ContentMode


@dataclass(frozen=True, slots=True)
class LinkedWork:
    """The work that a link names, and its canonical address without parameters of sharing.

    `listed` is False where the platform's API and lists know the work by another id than `id`,
    which is then the one that web addresses have. `mode` is None where the link does not show it.
    """

    id: str
    url: str
    mode: ContentMode | None = None
    listed: bool = True
