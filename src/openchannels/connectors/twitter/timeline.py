"""X: pages of any size, taken from fetches of the sizes that X allows."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, text
from openchannels.core.insights import Period
from openchannels.core.paging import CursorRequest

MIN_RESULTS, MAX_RESULTS = 5, 100
EARLIEST = datetime(2010, 11, 6, 0, 0, 1, tzinfo=UTC).timestamp()
"""The first second that a period may name."""
SETTLED_SECONDS = 30
"""How long ago the times of a period must at least be, with a margin for another clock."""


@dataclass(frozen=True, slots=True)
class TimelinePosition:
    """A position between two posts of a timeline, for paging in both directions.

    `token` fetches the posts around it, None the newest ones. `taken` counts the posts between
    the position and the fixed end of that fetch: its first post for a token towards older posts,
    its last for one towards newer posts (`back`). `after` is the id of the post before the
    position, which stays correct when posts are published or deleted between two fetches.
    """

    token: str | None = None
    taken: int = 0
    back: bool = False
    after: str = ""

    @classmethod
    def read(cls, position: str | None) -> "TimelinePosition":
        if position is None:
            return cls()
        direction, taken, after, token = position.split(".", 3)
        return cls(token or None, int(taken), direction == "b", after)

    def __str__(self) -> str:
        return f"{'b' if self.back else 'f'}.{self.taken}.{self.after}.{self.token or ''}"

    def params(self, page: CursorRequest, fewest: int = MIN_RESULTS) -> dict[str, Any]:
        """Returns the paging parameters; X returns five posts or more, also for smaller pages.

        `fewest` is for lists that have another minimum.
        """
        extends = self.back == (page.direction == "previous")
        wanted = self.taken + (page.limit if extends else 0)
        size = min(MAX_RESULTS, max(fewest, wanted))
        return {"max_results": size, "pagination_token": self.token}

    def index(self, ids: list[str]) -> int:
        if self.after in ids:
            return ids.index(self.after) + 1
        return max(0, len(ids) - self.taken) if self.back else min(self.taken, len(ids))

    def moved(self, ids: list[str], index: int) -> "TimelinePosition":
        """Returns another position in the same fetch."""
        taken = len(ids) - index if self.back else index
        return TimelinePosition(self.token, taken, self.back, ids[index - 1] if index else "")

    def beyond(self, token: str | None, *, back: bool) -> "TimelinePosition | None":
        """Returns the position in the fetch of a token; None if it would be this fetch again."""
        repeated = token == self.token and back == self.back
        return TimelinePosition(token, back=back) if token and not repeated else None


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """The posts of a page, taken from a fetch, and the positions at its two ends."""

    posts: list[Item]
    next: str | None
    previous: str | None

    @classmethod
    def of(cls, answer: Any, posts: list[Item], page: CursorRequest) -> "TimelinePage":
        position = TimelinePosition.read(page.position)
        ids = [str(post["id"]) for post in posts]
        index = position.index(ids)
        if page.direction == "next":
            start, end = index, min(index + page.limit, len(ids))
        else:
            start, end = max(0, index - page.limit), index
        older = text(dig(answer, "meta", "next_token"))
        newer = text(dig(answer, "meta", "previous_token"))
        following = position.beyond(older, back=False)
        preceding = position.beyond(newer, back=True)
        after = position.moved(ids, end) if end < len(ids) else following
        before = position.moved(ids, start) if start else preceding
        return cls(
            posts[start:end],
            next=str(after) if after else None,
            previous=str(before) if before else None,
        )


def period_params(period: Period, now: float) -> dict[str, str]:
    """Returns the parameters of a period, a second wider at each end, within what X accepts.

    https://docs.x.com/x-api/posts/timelines/introduction
    """
    latest = now - SETTLED_SECONDS
    params = {}
    if period.since is not None:
        start = math.floor(period.since) - 1
        params["start_time"] = _second(min(max(start, EARLIEST), latest - 1))
    if period.until is not None and (end := math.ceil(period.until) + 1) < latest:
        params["end_time"] = _second(max(end, EARLIEST + 1))
    return params


def _second(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_listing(answer: Any) -> bool:
    """Returns whether an answer is a page of posts, which has no `data` if it is empty."""
    return isinstance(dig(answer, "meta"), dict)


# The address names the account. https://docs.x.com/x-api/posts/timelines/introduction
TIMELINE = CursorList(
    items="data",
    paging=lambda page: TimelinePosition.read(page.position).params(page),
    next=lambda answer, posts, page: TimelinePage.of(answer, posts, page).next,
    previous=lambda answer, posts, page: TimelinePage.of(answer, posts, page).previous,
    empty=is_listing,
)
