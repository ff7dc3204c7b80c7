"""`openchannels accounts`: looks at connected accounts."""

from typing import Annotated, Literal

import typer

from openchannels.cli import common
from openchannels.cli.data import account_changes
from openchannels.cli.data.account_views import (
    account_card,
    account_table,
    figures_card,
    status_card,
)
from openchannels.cli.data.completion import platform_names
from openchannels.cli.data.exits import EXIT_CODES_HELP, ExitCode
from openchannels.cli.data.groups import find_group
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

NO_ACCOUNTS = Text(
    "There are no such accounts; connect one with openchannels connect PLATFORM.",
    "没有符合条件的账号；可用 openchannels connect PLATFORM 连接。",
)
STATUSES = {"offline": 0, "working": 1}

app = typer.Typer(
    no_args_is_help=True, epilog=EXIT_CODES_HELP, help="Look at connected accounts and change them."
)
AccountId = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the account, as list shows it.")
]


@app.command("list")
@data_command
def list_accounts(
    session: Session,
    platform: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            metavar="PLATFORM",
            help="Only of this platform; repeatable.",
            autocompletion=platform_names,
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="GROUP", help="Only of this group, by id or name."),
    ] = None,
    status: Annotated[
        Literal["working", "offline"] | None,
        typer.Option("--status", help="Only those that work, or those that do not."),
    ] = None,
) -> None:
    """List the accounts with their status and figures."""
    groups = [] if group is None else [find_group(session.client, group).id]
    found = session.client.accounts.iter(
        group_ids=groups,
        platforms=platform or (),
        status=None if status is None else STATUSES[status],
    )
    screen = session.screen
    screen.show_list(found, lambda accounts: account_table(accounts, screen), NO_ACCOUNTS)


@app.command("show")
@data_command
def show_account(session: Session, account_id: AccountId) -> None:
    """Show all that is stored about an account."""
    account = session.client.accounts.get(account_id)
    session.screen.show(account, lambda: account_card(account, session.screen))


@app.command("status")
@data_command
def show_status(session: Session, account_id: AccountId) -> None:
    """Show whether an account works; if not why, since when, and what to do.

    Exits with 5 if it must be connected again.
    """
    status = session.client.accounts.status(account_id)
    session.screen.show(status, lambda: status_card(status, session.screen))
    _exit_if_offline(status.status)


@app.command("refresh")
@data_command
def refresh_account(session: Session, account_id: AccountId) -> None:
    """Ask the platform for an account's figures now, and show them.

    Exits with 5 if the account must be connected again.
    """
    figures = session.client.accounts.analytics(account_id)
    status = session.client.accounts.status(account_id)
    if session.screen.json:
        common.print_json({**figures.to_dict(), "authStatus": status.to_dict()})
    else:
        session.screen.print(figures_card(figures, status, session.screen))
    _exit_if_offline(status.status)


app.command("reconnect")(account_changes.reconnect)
app.command("move")(account_changes.move)
app.command("delete")(account_changes.delete)


def _exit_if_offline(status: int) -> None:
    if not status:
        raise typer.Exit(ExitCode.RECONNECT)
