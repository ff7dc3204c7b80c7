"""`openchannels works export`: works of many accounts in a file; goes on where it was stopped."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.exits import exit_code
from openchannels.cli.data.export_files import (
    Format,
    RowFile,
    convert_to_parquet,
    format_of,
    load_pyarrow,
    row_of,
)
from openchannels.cli.data.export_progress import (
    ExportProgress,
    load_progress,
    progress_file,
    rows_file,
)
from openchannels.cli.data.session import Session, data_command
from openchannels.cli.data.times import Since, Until, parse_time
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from openchannels.client import Account, Client
    from openchannels.client.sync.parallel import AllWorks

SAVE_EVERY = 500
"""Works between two notes of how far the export is."""
READING = Text("{works} works read", "已读取 {works} 个作品")
DONE = Text("{works} works in {file}", "{file} 中共 {works} 个作品")
RESUMED = Text("Going on behind {works} works.", "从第 {works} 个作品之后继续。")
INCOMPLETE = Text(
    "{account} was not read to its end: {cause}. The same command goes on from there.",
    "{account} 未能读完：{cause}。再次运行同一命令会从该处继续。",
)

Target = Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID", help="Only this account; may be repeated."),
]
Platforms = Annotated[
    list[str] | None,
    typer.Option("--platform", metavar="NAME", help="Only this platform; may be repeated."),
]
Form = Annotated[
    Format | None, typer.Option("--format", help="Form of the file; that of its name if not set.")
]
InFlight = Annotated[
    int, typer.Option("--in-flight", min=1, max=64, help="Accounts that are read at a time.")
]


@data_command
def export(
    session: Session,
    file: Target,
    account: Accounts = None,
    platform: Platforms = None,
    since: Since = None,
    until: Until = None,
    form: Form = None,
    in_flight: InFlight = 8,
) -> None:
    """Write all works with their figures to a file: JSON lines, CSV or Parquet.

    An export that was stopped goes on with the same command.
    """
    chosen = format_of(file, form)
    if chosen is Format.PARQUET:
        load_pyarrow()
    options = {
        "account": account,
        "platform": platform,
        "since": since,
        "until": until,
        "form": chosen.value,
    }
    progress = load_progress(file, options)
    if progress.works:
        session.screen.note(RESUMED, works=progress.works)
    works = session.client.works.iter_all(
        _accounts(session.client, account, platform),
        since=parse_time("--since", since),
        until=parse_time("--until", until),
        in_flight=in_flight,
        position=progress.position,
    )
    target = rows_file(file) if chosen is Format.PARQUET else file
    rows_here = closing(RowFile(target, chosen, progress.size))
    with works, rows_here as rows, _counter(session) as show:
        progress = _write(works, rows, progress, file, show)
    _end(session, works, file, progress, chosen)


def _accounts(
    client: "Client", ids: list[str] | None, platforms: list[str] | None
) -> "list[Account] | None":
    """Returns the accounts to read, None for all."""
    if ids:
        return [client.accounts.get(one) for one in ids]
    return [*client.accounts.iter(platforms=platforms)] if platforms else None


def _write(
    works: "AllWorks",
    rows: RowFile,
    progress: ExportProgress,
    file: Path,
    show: "Callable[[int], None]",
) -> ExportProgress:
    """Writes all rows; notes the progress at first, now and then, and at the end."""
    progress.save(file)
    written = progress.works
    for account, work in works:
        rows.write(row_of(account, work))
        written += 1
        show(written)
        if written % SAVE_EVERY == 0:
            progress = progress.at(written, rows.save(), works.position)
            progress.save(file)
    progress = progress.at(written, rows.save(), works.position)
    progress.save(file)
    return progress


def _end(
    session: Session, works: "AllWorks", file: Path, progress: ExportProgress, form: Format
) -> None:
    """Completes the file, or says which accounts were not read to their end."""
    if works.failures:
        for account, error in works.failures.items():
            session.screen.note(INCOMPLETE, account=account, cause=error)
        raise typer.Exit(max(exit_code(error) for error in works.failures.values()))
    if form is Format.PARQUET:
        convert_to_parquet(rows_file(file), file)
        rows_file(file).unlink()
    progress_file(file).unlink()
    session.screen.note(DONE, works=progress.works, file=file)


@contextmanager
def _counter(session: Session) -> "Iterator[Callable[[int], None]]":
    """Shows on standard error how many works were read; nothing if it is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(session.screen.say(READING, works=0))
        yield lambda works: bar.update(task, description=session.screen.say(READING, works=works))
