"""`openchannels records`: what was published, and what is still to be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openchannels.cli.data.completion import platform_names
from openchannels.cli.data.confirm import confirm
from openchannels.cli.data.exits import EXIT_CODES_HELP, CommandFailed, ExitCode
from openchannels.cli.data.export_files import Format, RowFile, format_of
from openchannels.cli.data.publish_views import record_card, record_table
from openchannels.cli.data.session import Session, data_command
from openchannels.cli.data.times import Since, Until, parse_time
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import PublishRecord

app = typer.Typer(
    no_args_is_help=True,
    epilog=EXIT_CODES_HELP,
    help="Look at publications, cancel them and start them again.",
)
STATUSES = {
    "waiting": 0,
    "due": 6,
    "publishing": 2,
    "scheduled": 7,
    "held": 8,
    "published": 1,
    "change-failed": 5,
    "failed": -1,
    "cancelled": 9,
}
COLUMNS = (
    "id",
    "flowId",
    "accountId",
    "accountType",
    "type",
    "status",
    "title",
    "desc",
    "publishTime",
    "platformWorkId",
    "workLink",
    "errorMsg",
    "source",
    "createdAt",
    "updatedAt",
)
NO_RECORDS = Text("There are no such records.", "没有符合条件的发布记录。")
ASK_CANCEL = Text(
    "Cancel {id}? A work that is out is taken back.", "取消 {id}？已发布的作品会被撤回。"
)
CANCELLED = Text("Cancelled {id}.", "已取消 {id}。")
STARTED = Text("Started again: {id}.", "已重新发布：{id}。")
EXPORTED = Text("{count} records in {file}", "{file} 中共 {count} 条发布记录")
NO_PARQUET = Text(
    "Records are written as JSON lines or CSV.", "发布记录只能写为 JSON Lines 或 CSV。"
)

RecordId = Annotated[str, typer.Argument(metavar="ID", help="Id of the record, as list shows it.")]
OfAccount = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Only of this account.")
]
OfPlatform = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="PLATFORM",
        help="Only of this platform.",
        autocompletion=platform_names,
    ),
]
Status = Annotated[
    Literal[
        "waiting",
        "due",
        "publishing",
        "scheduled",
        "held",
        "published",
        "change-failed",
        "failed",
        "cancelled",
    ]
    | None,
    typer.Option("--status", help="Only in this state; held are those that a person finishes."),
]


@app.command("list")
@data_command
def list_records(
    session: Session,
    account: OfAccount = None,
    platform: OfPlatform = None,
    status: Status = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """List publications by their time, latest first, at most a thousand."""
    found = _records(session, account, platform, status, since, until)
    screen = session.screen
    screen.show_list(found, lambda records: record_table(screen, records), NO_RECORDS)


@app.command("show")
@data_command
def show_record(session: Session, record_id: RecordId) -> None:
    """Show all about a publication: its state, its work, what went wrong."""
    record = session.client.publishing.record(record_id)
    session.screen.show(record, lambda: record_card(session.screen, record))


@app.command("retry")
@data_command
def retry(
    session: Session,
    record_id: RecordId,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also one that may be out, after you have looked there."),
    ] = False,
) -> None:
    """Publish a failed one again."""
    changed = session.client.publishing.retry(record_id, force=force)
    session.screen.show_done(STARTED, changed.to_dict(), id=record_id)


@app.command("cancel")
@data_command
def cancel(
    session: Session,
    record_id: RecordId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Cancel one that waits; take back one that is out, where the platform can."""
    confirm(session.screen, ASK_CANCEL, yes=yes, id=record_id)
    changed = session.client.publishing.cancel(record_id)
    session.screen.show_done(CANCELLED, changed.to_dict(), id=record_id)


@app.command("export")
@data_command
def export(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    account: OfAccount = None,
    platform: OfPlatform = None,
    status: Status = None,
    since: Since = None,
    until: Until = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Form of the file; that of its name if not set."),
    ] = None,
) -> None:
    """Write publications to a file: JSON lines or CSV."""
    chosen = format_of(file, form)
    if chosen is Format.PARQUET:
        raise CommandFailed(ExitCode.USAGE, NO_PARQUET)
    found = _records(session, account, platform, status, since, until)
    rows = RowFile(file, chosen, 0, COLUMNS)
    for record in found:
        rows.write(record.to_dict())
    rows.close()
    session.screen.note(EXPORTED, count=len(found), file=file)


def _records(
    session: Session,
    account: str | None,
    platform: str | None,
    status: str | None,
    since: str | None,
    until: str | None,
) -> "tuple[PublishRecord, ...]":
    """Returns the records that the options name."""
    return session.client.publishing.records(
        account_id=account,
        platform=platform,
        status=None if status is None else STATUSES[status],
        since=parse_time("--since", since),
        until=parse_time("--until", until),
    )
