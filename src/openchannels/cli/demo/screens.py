"""Renders the demo's results as tables for people and as JSON values for programs."""

import re
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from openchannels.cli.demo.flow import DemoResult
from openchannels.cli.demo.platforms import PlatformResult
from openchannels.client import Work

METRICS = {
    "view_count": "views",
    "like_count": "likes",
    "comment_count": "comments",
    "share_count": "shares",
    "reach_count": "reach",
    "impression_count": "impressions",
    "play_count": "plays",
    "click_count": "clicks",
    "engagement_count": "engaged",
    "watch_time_seconds": "watched s",
}
"""Column headings by priority: a narrow table shows the first ones only."""

KINDS = {"video": "video", "article": "images", "article2": "text"}
WORK_WIDTH = 54
ABOUT_WIDTH = 19
GAP = 2
"""Extra width of a column: one space and the border."""
EDGES = 2


def show(console: Console, connected: Sequence[DemoResult]) -> None:
    """Prints the status of each account, then its works."""
    console.print()
    console.print(_accounts(connected))
    for one in connected:
        if one.pages:
            console.print(_works(one, console.width))
            last = one.pages[-1].pagination
            rest = "more available" if last.has_next else "complete"
            console.print(f"  {len(one.pages)} pages, {rest}\n", style="dim")


def show_next_steps(console: Console, url: str, key: str, path: str) -> None:
    """Prints what to open and try while the demo serves; `path` is below /channels."""
    for label, text in (
        ("home", f"{url}/"),
        ("reference", f"{url}/reference"),
        ("try", f"curl -H 'X-Api-Key: {key}' '{url}/api/v2/channels/{path}'"),
    ):
        # Not wrapped, because the lines are meant to be copied.
        console.print(f"{label:<11}{text}", soft_wrap=True)
    console.print("Ctrl-C ends the demo.", style="dim")


def as_json(connected: Sequence[DemoResult]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "platform": one.platform,
            "accountId": one.account_id,
            "displayName": one.name,
            "authStatus": one.status.status,
            **({} if one.followers is None else {"fansCount": one.followers}),
            "works": [_work(work) for page in one.pages for work in page.items],
        }
        for one in connected
    ]


def show_platforms(console: Console, results: Sequence[PlatformResult]) -> None:
    """Prints one row per platform."""
    table = _table("Platforms in the sandbox")
    table.add_column("platform", no_wrap=True)
    table.add_column("connected", overflow="fold", ratio=4)
    table.add_column("works", justify="right", no_wrap=True)
    table.add_column("calls", justify="right", no_wrap=True)
    table.add_column("metrics of that page", ratio=7)
    for one in results:
        works = str(len(one.page.items)) if one.page else "-"
        calls = "-" if one.calls is None else str(one.calls)
        table.add_row(one.platform, _connection(one), works, calls, _outcome(one))
    console.print()
    console.print(table)
    note = "works: on the first page; calls: calls to the platform for that page"
    console.print(f"  {note}", style="dim")


def platforms_as_json(results: Sequence[PlatformResult]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [_without_none(_result_shape(one)) for one in results]


def _result_shape(one: PlatformResult) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "connected": one.account is not None,
        "accountId": one.account and one.account.id,
        "displayName": one.account and one.account.name,
        "offered": one.account and one.account.offered,
        "works": one.page and len(one.page.items),
        "upstreamCalls": one.calls,
        "metrics": [_camel(name) for name in one.metrics],
        "notListed": one.no_works_reason,
        "failure": one.failure,
    }


def _connection(one: PlatformResult) -> Text:
    if one.account is None:
        return Text("failed", "red")
    text = Text(one.account.name, "green")
    if one.account.offered:
        text.append(f" (1 of {one.account.offered})", style="dim")
    return text


def _outcome(one: PlatformResult) -> Text:
    """The names of the metrics, or why there are none."""
    if one.failure is not None:
        return Text(one.failure, "red")
    if one.no_works_reason is not None:
        return Text(one.no_works_reason, "dim")
    names = [re.sub("_(count|seconds)$", "", name).replace("_", " ") for name in one.metrics]
    return Text(", ".join(names)) if names else Text("-", "dim")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _without_none(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}


def _accounts(connected: Sequence[DemoResult]) -> Table:
    table = _table("Accounts")
    for heading in ("platform", "account", "id", "status"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    table.add_column("followers", justify="right", no_wrap=True)
    for one in connected:
        works = one.status.status == 1
        state = Text("1 works" if works else f"0 {one.status.reason}", "green" if works else "red")
        followers = _count(one.followers)
        table.add_row(one.platform, Text(one.name), one.account_id, state, followers)
    return table


def _works(one: DemoResult, width: int) -> Table:
    table = _table(f"Works of {one.name} on {one.platform}")
    room = width - EDGES - ABOUT_WIDTH - 2 * GAP
    columns = _metric_columns(one, room - WORK_WIDTH)
    room -= sum(_width(heading, cells) for heading, cells in columns.items())
    # Rich would shrink every column, so the first gets its width explicitly.
    table.add_column("title\ncover", no_wrap=True, overflow="ellipsis", max_width=room)
    table.add_column("kind, status\ndate", no_wrap=True, min_width=ABOUT_WIDTH)
    for heading in columns:
        table.add_column(f"\n{heading}", justify="right", no_wrap=True)
    works = [work for page in one.pages for work in page.items]
    ends = {len(one.pages[0].items) - 1}
    for number, work in enumerate(works):
        cells = [column[number] for column in columns.values()]
        table.add_row(_title(work), _about(work), *cells, end_section=number in ends)
    return table


def _table(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    table.padding = (0, 1, 0, 0)
    return table


def _title(work: Work) -> Text:
    """The title, and below it the cover as a terminal hyperlink."""
    text = Text(" ".join((work.title or work.description or "-").split()))
    if work.cover_url:
        address = work.cover_url.removeprefix("https://")
        text.append(f"\n{address}", style=f"dim link {work.cover_url}")
    return text


def _about(work: Work) -> str:
    kind = KINDS.get(work.content_mode, work.content_mode)
    date = f"{work.published_at:%Y-%m-%d}" if work.published_at else "-"
    return f"{kind}, {work.status}\n{date}" if work.status else f"{kind}\n{date}"


def _metric_columns(one: DemoResult, room: int) -> dict[str, list[str]]:
    """Returns the metrics that at least one work has, as many columns as fit."""
    every = [work.metrics for page in one.pages for work in page.items]
    columns: dict[str, list[str]] = {}
    for name, heading in METRICS.items():
        cells = [_count(getattr(metrics, name)) for metrics in every]
        if not any(cells):
            continue
        room -= _width(heading, cells)
        if room < 0:
            break
        columns[heading] = cells
    return columns


def _width(heading: str, cells: Sequence[str]) -> int:
    return max(map(len, [heading, *cells])) + GAP


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _work(work: Work) -> dict[str, Any]:
    shape = {
        "platformWorkId": work.platform_work_id,
        "contentMode": work.content_mode,
        "title": work.title,
        "publishedAt": work.published_at.isoformat() if work.published_at else None,
        "status": work.status,
        "coverUrl": work.cover_url,
        "viewCount": work.metrics.view_count,
        "likeCount": work.metrics.like_count,
        "commentCount": work.metrics.comment_count,
    }
    return _without_none(shape)
