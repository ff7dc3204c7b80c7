"""`openchannels import aitoearn`: takes accounts over from AiToEarn's database."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.service.moving.aitoearn.takeover import Report


def take_over(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files of mongoexport: accounts, credentials, groups."
        ),
    ],
    source_stopped: Annotated[
        bool,
        typer.Option("--source-stopped", help="AiToEarn has been stopped, and will stay so."),
    ] = False,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            help="Give all accounts to this user; else users keep their ids.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the report and write nothing.")
    ] = False,
    new_store: common.NewStore = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Import the accounts of AiToEarn from files of mongoexport, with their ids.

    Stop AiToEarn first: two programs that refresh the same tokens lose them. Rows that cannot be
    imported are listed with the reason.
    """
    if not (source_stopped or dry_run):
        common.fail(
            "Stop AiToEarn for good, then repeat this with --source-stopped: two programs that"
            " refresh the same tokens lose them."
        )
    settings = common.read_settings(data_dir, config)
    if not dry_run:
        common.confirm_new_store(settings, new_store=new_store)
    from openchannels.app.moving import take_over_aitoearn
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        report = run_async(take_over_aitoearn(settings, files, user, dry_run=dry_run))
    if json:
        common.print_json(_shape(report, dry_run=dry_run))
    else:
        _show(report, dry_run=dry_run)


def _shape(report: "Report", *, dry_run: bool) -> dict[str, Any]:
    return {
        "dryRun": dry_run,
        "accounts": report.accounts,
        "offline": report.offline,
        "inDefaultGroup": report.in_default_group,
        "groups": report.groups,
        "skipped": [
            {
                "kind": one.kind,
                "id": one.id,
                "reason": one.why.value,
                **({"fields": list(one.fields)} if one.fields else {}),
            }
            for one in report.left_out
        ],
    }


def _show(report: "Report", *, dry_run: bool) -> None:
    for one in report.left_out:
        fields = f": {', '.join(one.fields)}" if one.fields else ""
        print(f"skipped  {one.kind:<10}  {one.id or '(no id)'}  {one.why.value}{fields}")
    for why, count in sorted(Counter(one.why.value for one in report.left_out).items()):
        print(f"{why:<18}  {count}")
    print(f"{'accounts':<18}  {report.accounts}")
    print(f"{'  offline':<18}  {report.offline}")
    print(f"{'  default group':<18}  {report.in_default_group}")
    print(f"{'groups':<18}  {report.groups}")
    if dry_run:
        typer.echo("Nothing was written.", err=True)
