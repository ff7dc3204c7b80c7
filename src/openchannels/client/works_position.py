"""Where an iterator over works is: the page that it reads, and what it gave of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.errors import ConnectionFailed
from openchannels.client.models import Pagination, Platform, Work, WorksPage


@dataclass(frozen=True, slots=True)
class WorksFilter:
    """Which works are wanted: of one kind, published from `since` to before `until`."""

    content_mode: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self) -> dict[str, Any]:
        """Returns the parameters that ask for these works."""
        return {"content_mode": self.content_mode, "since": self.since, "until": self.until}

    def holds(self, work: Work) -> bool:
        """Whether a work is within the time, which one without a time never is.

        Other services with the same API do not filter by time.
        """
        at = work.published_at
        if at is None:
            return self.since is None and self.until is None
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def ends_before(self, page: WorksPage) -> bool:
        """Whether all works of a page are older than wanted, and so those of later pages.

        Only services that do not filter by time send such a page.
        """
        times = [work.published_at for work in page.items if work.published_at is not None]
        return self.since is not None and bool(times) and max(times) < self.since


@dataclass(frozen=True, slots=True)
class PageLength:
    """How a platform pages its works, `cursor` or `page`, and the most works of one page."""

    mode: str = "cursor"
    works: int | None = None


def page_length(platform: Platform) -> PageLength:
    """Returns how a platform pages its works; the default if it does not say."""
    paging = platform.capabilities.get("work", {}).get("listWorksPagination") or {}
    mode = paging.get("mode", "cursor")
    return PageLength(mode, paging.get("maxPageSize" if mode == "page" else "maxLimit"))


@dataclass(slots=True)
class WorksPosition:
    """The page to read, and the ids of its works that were given."""

    cursor: str | None = None
    page: int = 1
    given: list[str] = field(default_factory=list)
    ended: bool = False

    @classmethod
    def parse(cls, text: str | None) -> "WorksPosition":
        """Reads a position. Raises ValueError for anything else."""
        if text is None:
            return cls()
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError):
            raise ValueError("not the position of an iterator over works") from None

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    def query(self, length: PageLength) -> dict[str, Any]:
        """Returns the parameters that ask for the page."""
        if length.mode == "page":
            return {"page": self.page, "page_size": length.works}
        return {"cursor": self.cursor, "limit": length.works}

    def take(self, page: WorksPage, wanted: WorksFilter) -> Iterator[Work]:
        """Yields a page's works that were not given before, then turns to the next page.

        Raises ConnectionFailed if the answer has a next page that cannot be asked for.
        """
        for work in page.items:
            if work.platform_work_id not in self.given and wanted.holds(work):
                self.given.append(work.platform_work_id)
                yield work
        if page.pagination.has_next and not wanted.ends_before(page):
            self._turn(page.pagination)
        else:
            self.given, self.ended = [], True

    def _turn(self, at: Pagination) -> None:
        if at.mode == "page":
            self.page = (at.page or self.page) + 1
        elif at.next_cursor in (None, self.cursor):
            raise ConnectionFailed("the answer has a next page but no new cursor")
        else:
            self.cursor = at.next_cursor
        self.given = []
