"""Pages by cursor: of works, and of comments.

https://developers.facebook.com/docs/graph-api/results
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import from_base64url
from openchannels.sandbox.platforms.meta.graph import (
    GraphError,
    cursor,
    limit_of,
    paging_url,
    repeated,
    works_at_cursor,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, the cursors of its ends, and whether there are pages before and behind."""

    items: Sequence[T]
    before: str = ""
    after: str = ""
    has_previous: bool = False
    has_next: bool = False
    limit: int = 0

    def answer(
        self, request: Request, path: str, data: Sequence[Any], *, links: bool = True
    ) -> dict[str, Any]:
        """The answer; `data` are the items as the call asks for them.

        With `links` there are URLs of the pages beside it, which repeat the request with the token
        in them. `path` names the owner by number, even if the request says `me`.
        """
        if not self.items:
            return {"data": data}
        paging: dict[str, Any] = {"cursors": {"before": self.before, "after": self.after}}
        base = {"access_token": request.access_token, **repeated(request)}
        base["limit"] = str(self.limit)
        beside = (
            ("next", self.has_next, {"after": self.after}),
            ("previous", self.has_previous, {"before": self.before}),
        )
        for name, exists, place in beside:
            if links and exists:
                paging[name] = paging_url(request, request.host, path, {**base, **place})
        return {"data": data, "paging": paging}


def page_of(request: Request, series: Series, default: int, most: int) -> Page[Work]:
    """The requested page of works. Raises GraphError for an invalid limit or cursor."""
    query = request.query
    limit = limit_of(query.get("limit"), default, most)
    works = works_at_cursor(series, query.get("after"), query.get("before"), limit)
    if not works:
        return Page([])
    first, last = works[0].index, works[-1].index
    newer, older = bool(series.newer_than(first, 1)), bool(series.older_than(last, 1))
    return Page(works, cursor(first), cursor(last), newer, older, limit)


def page_of_rows(
    request: Request, rows: Sequence[dict[str, Any]], limit: int
) -> Page[dict[str, Any]]:
    """The requested page of objects with an `id`, which the cursors name.

    Raises GraphError 100 for a cursor that names none of them, such as one that was deleted.
    """
    after, before = request.query.get("after"), request.query.get("before")
    if after and before:
        raise GraphError(100, "(#100) Only one of after and before may be sent")
    start = _place(rows, after) + 1 if after else 0
    end = start + limit
    if before:
        end = _place(rows, before)
        start = max(0, end - limit)
    some = rows[start:end]
    if not some:
        return Page([])
    first, last = _cursor(some[0]), _cursor(some[-1])
    return Page(some, first, last, start > 0, end < len(rows), limit)


def _cursor(row: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(str(row["id"]).encode()).rstrip(b"=").decode()


def _place(rows: Sequence[Mapping[str, Any]], mark: str) -> int:
    named = from_base64url(mark)
    for place, row in enumerate(rows):
        if row["id"] == named:
            return place
    raise GraphError(100, "(#100) Invalid cursors values")
