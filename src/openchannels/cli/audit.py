"""`openchannels audit`: prints the audit log of the whole store or of one user."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openchannels.cli import common, durations

if TYPE_CHECKING:
    from openchannels.core.audit import AuditEntry, AuditFilter
    from openchannels.settings import Settings


def audit(
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only entries about this user.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only entries about this account.")
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this action, such as account.deleted.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only entries since: 24h or 7d ago, or 2027-01-31."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Only entries before.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="Maximum number of entries.")
    ] = 100,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Show the audit log, newest entries first."""
    from openchannels.core.audit import Action, AuditFilter

    common.check_choice("--action", action, Action)
    now = time.time()
    wanted = AuditFilter(
        account_id=account,
        action=action,
        since=None if since is None else durations.parse_past("--since", since, now),
        until=None if until is None else durations.parse_past("--until", until, now),
    )
    entries = _read_entries(common.read_settings(data_dir, config), user, wanted, limit)
    if json:
        for entry in entries:
            common.print_json(_shape(entry))
    elif entries:
        _show(entries)
    else:
        print("There are no entries.")


def _read_entries(
    settings: "Settings", user: str | None, wanted: "AuditFilter", limit: int
) -> "Sequence[AuditEntry]":
    from openchannels.app.store import open_audit
    from openchannels.server.serve import run_async

    async def opened() -> "Sequence[AuditEntry]":
        async with open_audit(settings) as log:
            return await log.list_entries(user, wanted, limit)

    with common.fail_on_refusal():
        return run_async(opened())


def _shape(entry: "AuditEntry") -> dict[str, Any]:
    shape = {
        "id": entry.id,
        "at": common.iso_time(entry.at),
        "user": entry.user_id,
        "actor": entry.actor,
        "action": entry.action,
        "accountId": entry.account_id,
    }
    known = {name: value for name, value in shape.items() if value is not None}
    return {**known, "details": dict(entry.details)}


def _show(entries: "Sequence[AuditEntry]") -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("at", "user", "actor", "action", "account", "details"):
        table.add_column(heading, no_wrap=heading in ("at", "action"))
    for entry in entries:
        details = "\n".join(f"{name}: {value}" for name, value in entry.details.items())
        at = str(common.iso_time(entry.at))[:19]
        columns = (at, entry.user_id or "-", entry.actor, entry.action, entry.account_id or "-")
        table.add_row(*columns, details)
    common.console().print(table)
