"""Iterates over all works of an account, and can go on later where it stopped."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from openchannels.client.models import Work
from openchannels.client.works_position import WorksFilter, WorksPosition

if TYPE_CHECKING:
    from openchannels.client.sync.works import Works


class WorksIterator(Iterator[Work]):
    """Yields works; after an error, or in another process, another one continues at `position`."""

    def __init__(
        self,
        works: "Works",
        platform: str,
        account_id: str,
        wanted: WorksFilter,
        position: str | None,
    ) -> None:
        self._works = works
        self._of = (platform, account_id)
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
            self._read_page()

    def _read_page(self) -> None:
        length = self._works.longest_page(self._of[0])
        query = {**self._wanted.query(), **self._position.query(length)}
        page = self._works.list(*self._of, **query)
        self._page = self._position.take(page, self._wanted)
