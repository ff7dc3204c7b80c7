"""`openchannels works list|show|history`: an account's works and their figures."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.export import export
from openchannels.cli.data.id_rows import IdRow, id_rows
from openchannels.cli.data.output import NOTHING, Screen, count, moment
from openchannels.cli.data.session import Session, data_command
from openchannels.cli.data.times import Since, Until, parse_time
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from openchannels.client import DetailedWork, Metrics, Work, WorkData, WorkSnapshot

app = typer.Typer(no_args_is_help=True, help="Works of your accounts, with their figures.")
app.command("export")(export)

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id of the account.")]
WorkId = Annotated[str, typer.Argument(metavar="WORK", help="Id of the work at the platform.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="The most works to list.")]
All = Annotated[bool, typer.Option("--all", help="List all works.")]

PUBLISHED = Text("published", "发布时间")
TITLE = Text("title", "标题")
VIEWS = Text("views", "播放")
LIKES = Text("likes", "点赞")
COMMENTS = Text("comments", "评论")
SHARES = Text("shares", "分享")
WORK = Text("work", "作品")
URL = Text("address", "链接")
STATUS = Text("status", "状态")
AUTHOR = Text("author", "作者")
DESCRIPTION = Text("description", "描述")
FETCHED = Text("fetched", "获取时间")
NO_WORKS = Text("There are no works here.", "没有作品。")
NO_HISTORY = Text(
    "Nothing is stored of this work yet; figures are kept once they were asked for.",
    "该作品尚无已保存的数据；查询过的数据会被保存。",
)


@app.command("list")
@data_command
def list_works(
    session: Session,
    account: AccountId,
    limit: Limit = 20,
    every: All = False,
    since: Since = None,
    until: Until = None,
) -> None:
    """List an account's works."""
    client = session.client
    works = client.works.iter(
        client.accounts.get(account).type,
        account,
        since=parse_time("--since", since),
        until=parse_time("--until", until),
    )
    wanted = works if every else islice(works, limit)
    session.screen.show_list(wanted, lambda found: _table(session.screen, found), NO_WORKS)


@app.command("show")
@data_command
def show_work(session: Session, account: AccountId, work: WorkId) -> None:
    """Show one work, asked of the platform now."""
    client = session.client
    found = client.works.get(client.accounts.get(account).type, work, account)
    session.screen.show(found, lambda: _card(session.screen, found))


@app.command("history")
@data_command
def show_history(
    session: Session,
    account: AccountId,
    work: WorkId,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show the stored figures of a work, newest first."""
    client = session.client
    snapshots = client.works.iter_history(
        client.accounts.get(account).type,
        work,
        account,
        since=parse_time("--since", since),
        until=parse_time("--until", until),
    )
    session.screen.show_list(snapshots, lambda found: _history(session.screen, found), NO_HISTORY)


def _table(screen: Screen, works: Sequence["Work"]) -> "Group":
    headings = [screen.say(one) for one in (PUBLISHED, TITLE, VIEWS, LIKES, COMMENTS)]
    rows = [
        IdRow(
            work.platform_work_id,
            [_day(work), work.title or work.description or NOTHING, *_figures(work.metrics)],
        )
        for work in works
    ]
    return id_rows(headings, rows, width=screen.console.width, growing=1, figures=3)


def _day(work: "Work") -> str:
    return NOTHING if work.published_at is None else f"{work.published_at.astimezone():%Y-%m-%d}"


def _figures(metrics: "Metrics") -> list[str]:
    views = metrics.view_count if metrics.view_count is not None else metrics.play_count
    return [count(value) for value in (views, metrics.like_count, metrics.comment_count)]


def _card(screen: Screen, found: "WorkData") -> "Table":
    work: DetailedWork | None = found.work
    metrics = found.snapshots[0].metrics if found.snapshots else None
    return screen.card(
        {
            TITLE: work and work.title,
            DESCRIPTION: work and work.description,
            AUTHOR: work and work.author,
            PUBLISHED: work and work.published_at and moment(work.published_at),
            STATUS: work and work.status,
            URL: work and work.url,
            VIEWS: metrics and count(metrics.view_count),
            LIKES: metrics and count(metrics.like_count),
            COMMENTS: metrics and count(metrics.comment_count),
            SHARES: metrics and count(metrics.share_count),
            WORK: work and work.id,
        }
    )


def _history(screen: Screen, snapshots: Sequence["WorkSnapshot"]) -> "Table":
    table = screen.table(FETCHED, VIEWS, LIKES, COMMENTS, SHARES)
    for column in table.columns[1:]:
        column.justify = "right"
    for one in snapshots:
        figures = [*_figures(one.metrics), count(one.metrics.share_count)]
        table.add_row(moment(one.snapshot_at), *figures)
    return table
