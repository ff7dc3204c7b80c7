"""Iterates over all works of an account, and can go on later where it stopped."""

from collections.abc import Iterator
from typing import Protocol

from openchannels.client.models import Work, WorksPage
from openchannels.client.works_position import WorksFilter, WorksPosition


class ReadPage(Protocol):
    """Reads the page at a position."""

    def __call__(self, at: WorksPosition, /) -> WorksPage: ...


class WorksIterator(Iterator[Work]):
    """Yields works; after an error, or in another process, another one continues at `position`."""

    def __init__(self, read: ReadPage, wanted: WorksFilter, position: str | None) -> None:
        self._read = read
        self._wanted = wanted
        self._position = WorksPosition.parse(position)
        self._page: Iterator[Work] = iter(())

    @property
    def position(self) -> str:
        """Where the works that were given end, as a text to be kept."""
        return str(self._position)

    def __next__(self) -> Work:
        while True:
            for work in self._page:
                return work
            if self._position.ended:
                raise StopIteration
            page = self._read(self._position)
            self._page = self._position.take(page, self._wanted)
