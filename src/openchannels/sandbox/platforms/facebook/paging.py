"""Paging of a Page's posts: by cursor as usual, by time for profile-like Pages.

https://developers.facebook.com/docs/graph-api/results
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    Field,
    cursor,
    paging_url,
    repeated,
    works_at_cursor,
)


def field_text(fields: list[Field]) -> str:
    """Fields as text, for paging links."""
    parts = []
    for one in fields:
        modifiers = "".join(f".{name}({value})" for name, value in one.modifiers.items())
        inside = f"{{{field_text(one.fields)}}}" if one.fields else ""
        parts.append(one.name + modifiers + inside)
    return ",".join(parts)


def page_of_posts(
    request: Request, token: Token, page: Page, series: Series, limit: int
) -> tuple[list[Work], dict[str, Any]]:
    """A page of works and its `paging`, by cursor or for `timeline` by time."""
    query = request.query
    by_time = page.person == "timeline"
    mark = query.get("__paging_token").removeprefix("enc_")
    after = mark if by_time and not query.get("__previous") else query.get("after")
    before = mark if by_time and query.get("__previous") else query.get("before")
    works = works_at_cursor(series, after, before, limit)
    if not works:
        return [], {}
    common = {"access_token": token.value, **repeated(request), "limit": str(limit)}
    if by_time:
        common = {name: text for name, text in common.items() if name not in ("since", "until")}
    first, last = cursor(works[0].index), cursor(works[-1].index)
    path = f"/{page.id}/{request.path.rsplit('/', 1)[-1]}"
    link: Callable[[dict[str, str]], str] = lambda more: paging_url(  # noqa: E731
        request, HOST, path, {**common, **more}
    )
    newer, older = series.newer_than(works[0].index, 1), series.older_than(works[-1].index, 1)
    paging: dict[str, Any] = {} if by_time else {"cursors": {"before": first, "after": last}}
    if older:
        until = {"until": str(works[-1].created), "__paging_token": f"enc_{last}"}
        timed = {**until, "since": "", "__previous": ""}
        paging["next"] = link(timed if by_time else {"after": last})
    if by_time:
        since = {"since": str(works[0].created), "__paging_token": f"enc_{first}"}
        paging["previous"] = link({**since, "__previous": "1"})
    elif newer:
        paging["previous"] = link({"before": first})
    return works, paging
