"""`openchannels publish`: one content on one or more accounts."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.follow_flow import follow_flow, is_under_way
from openchannels.cli.data.output import Screen
from openchannels.cli.data.preflight_views import has_issues, issue_table, preflight_view
from openchannels.cli.data.publish_request import items_of, read_options, uploads
from openchannels.cli.data.publish_views import FAILED, record_table, state_of
from openchannels.cli.data.session import Session, data_command
from openchannels.cli.durations import parse_future
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import Preflight, PublishFlow, PublishTask

POLL_SECONDS = 1.0
INTERRUPTED = 130
REFUSED = Text(
    "Nothing was published: the content breaks rules of the platforms.",
    "未发布任何内容：内容不符合平台规则。",
)
ON_ITS_WAY = Text(
    "Flow {flow} goes on without this command. See: openchannels records list",
    "发布流程 {flow} 会继续进行。查看：openchannels records list",
)
NO_RECORDS = Text("There are no such records.", "没有符合条件的发布记录。")

To = Annotated[
    list[str], typer.Option("--to", metavar="ACCOUNT", help="Id of an account; repeatable.")
]
Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE]...", help="Pictures and videos, or their addresses."),
]
Title = Annotated[str, typer.Option("--title", help="Title of the work.")]
Body = Annotated[str, typer.Option("--body", help="Text of the work, with its hashtags.")]
Cover = Annotated[
    str | None, typer.Option("--cover", metavar="FILE", help="Picture that is the cover.")
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When: 2027-01-31T18:00:00Z, or 2h from now."),
]
Option = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="PLATFORM.KEY=VALUE",
        help="An option of a platform, as its optionSchema names it; repeatable.",
    ),
]
Adapt = Annotated[
    bool, typer.Option("--adapt", help="Turn pictures into formats that the platforms take.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be wrong; publish nothing.")
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not follow the publication to its end.")
]


@data_command
def publish(
    session: Session,
    to: To,
    files: Files = None,
    title: Title = "",
    body: Body = "",
    cover: Cover = None,
    at: At = None,
    option: Option = None,
    adapt: Adapt = False,
    dry_run: DryRun = False,
    no_wait: NoWait = False,
) -> None:
    """Publish one content on accounts, and follow it until it is out.

    What breaks a rule of a platform is shown first, and nothing is published. One for later is
    not followed. Exits with 1 if a platform failed.
    """
    client, when = session.client, _time(at)
    accounts = [client.accounts.get(account_id) for account_id in to]
    options = read_options(client, option or (), {one.type for one in accounts})
    items = items_of(accounts, options)
    with uploads(client) as uploaded:
        media = [uploaded.medium(file, adapt=adapt) for file in files or ()]
        content: dict[str, Any] = {"title": title, "body": body, "media": media}
        if cover is not None:
            content["cover"] = uploaded.medium(cover, adapt=adapt)
        checked = client.publishing.preflight(items, content, at=when)
        if dry_run:
            _show_preflight(session.screen, checked)
            return
        _show_issues(session.screen, checked)
        flow = client.publishing.publish(items, content, at=when)
        uploaded.keep()
    if when is None and not no_wait:
        flow = _followed(session, flow)
    _show_end(session, flow)


def _time(at: str | None) -> datetime | None:
    """Returns the time of the option. Raises BadParameter."""
    return (
        None if at is None else datetime.fromtimestamp(parse_future("--at", at, time.time()), UTC)
    )


def _show_preflight(screen: Screen, checked: "Preflight") -> None:
    screen.show(checked, lambda: preflight_view(screen, checked))
    if not checked.ok:
        raise typer.Exit(ExitCode.USAGE)


def _show_issues(screen: Screen, checked: "Preflight") -> None:
    """Shows what is wrong beside the results. Raises CommandFailed where that forbids it."""
    if has_issues(checked):
        screen.aside(issue_table(screen, checked))
    if not checked.ok:
        raise CommandFailed(ExitCode.USAGE, REFUSED)


def _followed(session: Session, flow: "PublishFlow") -> "PublishFlow":
    screen = session.screen

    def report(task: "PublishTask") -> None:
        screen.line(f"{task.account_id}  {state_of(screen, task).plain}")

    try:
        return follow_flow(session.client, flow, report, POLL_SECONDS)
    except KeyboardInterrupt:
        screen.note(ON_ITS_WAY, flow=flow.flow_id)
        raise typer.Exit(INTERRUPTED) from None


def _show_end(session: Session, flow: "PublishFlow") -> None:
    screen = session.screen
    records = [session.client.publishing.record(task.id) for task in flow.tasks]
    screen.show_list(records, lambda found: record_table(screen, found), NO_RECORDS)
    if is_under_way(flow):
        screen.note(ON_ITS_WAY, flow=flow.flow_id)
    if any(record.status == FAILED for record in records):
        raise typer.Exit(ExitCode.REFUSED)
