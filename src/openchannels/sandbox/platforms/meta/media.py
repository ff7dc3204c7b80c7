"""What the lists of Threads and Instagram share: pages by cursor, and insights of one work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.meta.graph import (
    Field,
    GraphError,
    cursor,
    limit_of,
    project,
    read_cursor,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A page of works with its position: whether newer and older ones stand beside it."""

    works: list[Work]
    newer: bool
    older: bool
    limit: int

    def paging(self, request: Request, host: str, links: bool) -> dict[str, Any]:
        """Cursors, and links that carry the token where the platform sends links at all."""
        if not self.works:
            return {}
        first, last = cursor(self.works[0].index), cursor(self.works[-1].index)
        paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
        base = {"access_token": request.access_token}
        address = f"https://{host}{request.path}?"
        if links and self.older:
            more = {**base, "limit": str(self.limit), "after": last}
            paging["next"] = address + urlencode(more)
        if links and self.newer:
            more = {**base, "limit": str(self.limit), "before": first}
            paging["previous"] = address + urlencode(more)
        return paging


def window(request: Request, series: Series, default: int, most: int) -> Window:
    """The page a request asks for. Raises GraphError for bad limits and cursors."""
    query = request.query
    limit = limit_of(query.get("limit"), default, most)
    after, before = query.get("after"), query.get("before")
    if after and before:
        raise GraphError(100, "(#100) Only one of after and before may be sent")
    if before:
        works = series.newer_than(read_cursor(before), limit)
    elif after:
        works = series.older_than(read_cursor(after), limit)
    else:
        works = series.slice(0, limit)
    if not works:
        return Window([], False, False, limit)
    newer = bool(series.newer_than(works[0].index, 1))
    return Window(works, newer, bool(series.older_than(works[-1].index, 1)), limit)


def shown(whole: Mapping[str, Any], fields: list[Field], known: set[str]) -> dict[str, Any]:
    """The fields asked for; absent ones are left out, unknown ones refuse the whole call."""
    for one in fields:
        if one.name not in known:
            message = f"(#100) Tried accessing nonexisting field ({one.name})"
            raise GraphError(100, message)
    kept = {
        one.name: project(whole[one.name], one.fields)
        for one in fields
        if whole.get(one.name) is not None
    }
    return {**kept, "id": whole["id"]}


def insights(identifier: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Lifetime values, one row a metric."""
    return {
        "data": [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": count}],
                "title": name.replace("_", " ").title(),
                "description": "",
                "id": f"{identifier}/insights/{name}/lifetime",
            }
            for name, count in counts.items()
        ]
    }


def metrics_of(text: str, known: set[str]) -> list[str]:
    """The metrics asked for. Raises GraphError #100 when one of them does not exist."""
    metrics = [name for name in text.split(",") if name]
    if not metrics or any(name not in known for name in metrics):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return metrics
