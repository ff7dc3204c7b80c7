"""Pages by cursor and insights of works, as Threads and Instagram share them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.meta.graph import (
    Field,
    GraphError,
    cursor,
    limit_of,
    paging_url,
    project,
    read_list,
    repeated,
    works_at_cursor,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of works, and whether there are newer and older ones."""

    works: list[Work]
    newer: bool
    older: bool
    limit: int

    def paging(self, request: Request, host: str, path: str, links: bool) -> dict[str, Any]:
        """Cursors and, with `links`, URLs that repeat the request with the token in them.

        `path` names the owner by number, even if the request says `me`.
        """
        if not self.works:
            return {}
        first, last = cursor(self.works[0].index), cursor(self.works[-1].index)
        paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
        base = {"access_token": request.access_token, **repeated(request)}
        base["limit"] = str(self.limit)
        if links and self.older:
            paging["next"] = paging_url(request, host, path, {**base, "after": last})
        if links and self.newer:
            paging["previous"] = paging_url(request, host, path, {**base, "before": first})
        return paging


def page_of(request: Request, series: Series, default: int, most: int) -> Page:
    """The requested page. Raises GraphError for an invalid limit or cursor."""
    query = request.query
    limit = limit_of(query.get("limit"), default, most)
    works = works_at_cursor(series, query.get("after"), query.get("before"), limit)
    if not works:
        return Page([], False, False, limit)
    newer = bool(series.newer_than(works[0].index, 1))
    return Page(works, newer, bool(series.older_than(works[-1].index, 1)), limit)


def select_fields(node: Mapping[str, Any], fields: list[Field], known: set[str]) -> dict[str, Any]:
    """The requested fields; absent ones are left out. Raises GraphError for unknown ones."""
    for one in fields:
        if one.name not in known:
            message = f"(#100) Tried accessing nonexisting field ({one.name})"
            raise GraphError(100, message)
    values = {
        one.name: project(node[one.name], one.fields)
        for one in fields
        if node.get(one.name) is not None
    }
    return {**values, "id": node["id"]}


def insights(identifier: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Lifetime values, one row for each metric."""
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
    """The requested metrics. Raises GraphError 100 for unknown ones."""
    metrics = read_list(text)
    if not metrics or any(name not in known for name in metrics):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return metrics
