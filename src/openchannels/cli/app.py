"""Registers all commands. Each imports what it needs when it runs, so help is instant."""

import os
from typing import Annotated

import typer

from openchannels.cli import (
    audit,
    doctor,
    erase,
    keys,
    mcp,
    migrate,
    moving,
    serve,
    vault,
    webhooks,
)
from openchannels.cli.data import (
    accounts,
    api,
    connect,
    events,
    groups,
    login,
    platforms,
    publish,
    records,
    usage,
    webhook_listener,
    works,
)
from openchannels.cli.data.exits import EXIT_CODES_HELP
from openchannels.cli.demo import command

DATA = "Accounts and works"
OPERATION = "The service"

app = typer.Typer(
    name="openchannels",
    help="One HTTP API over social platforms.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    epilog=EXIT_CODES_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("login", rich_help_panel=DATA)(login.login)
app.command("logout", rich_help_panel=DATA)(login.logout)
app.add_typer(login.profiles_app, name="profiles", rich_help_panel=DATA)
app.command("connect", rich_help_panel=DATA)(connect.connect)
app.add_typer(accounts.app, name="accounts", rich_help_panel=DATA)
app.add_typer(groups.app, name="groups", rich_help_panel=DATA)
app.command("platforms", rich_help_panel=DATA)(platforms.platforms)
app.add_typer(works.app, name="works", rich_help_panel=DATA)
app.command("publish", rich_help_panel=DATA)(publish.publish)
app.add_typer(records.app, name="records", rich_help_panel=DATA)
app.command("usage", rich_help_panel=DATA)(usage.usage)
app.add_typer(events.app, name="events", rich_help_panel=DATA)
app.command("api", rich_help_panel=DATA)(api.api)
webhooks.app.command("listen")(webhook_listener.listen)
app.command("serve", rich_help_panel=OPERATION)(serve.serve)
app.command("worker", rich_help_panel=OPERATION)(serve.worker)
app.command("sandbox", rich_help_panel=OPERATION)(serve.sandbox)
app.command("demo", rich_help_panel=OPERATION)(command.demo)
app.command("mcp", rich_help_panel=DATA)(mcp.mcp)
app.add_typer(keys.app, name="keys", rich_help_panel=OPERATION)
app.add_typer(vault.app, name="vault", rich_help_panel=OPERATION)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=OPERATION)
app.command("audit", rich_help_panel=OPERATION)(audit.audit)
app.command("erase", rich_help_panel=OPERATION)(erase.erase)
app.command("export", rich_help_panel=OPERATION)(moving.export)
app.add_typer(moving.imports, name="import", rich_help_panel=OPERATION)
app.add_typer(moving.moving, name="moving", rich_help_panel=OPERATION)
app.command("migrate", rich_help_panel=OPERATION)(migrate.migrate)
app.command("doctor", rich_help_panel=OPERATION)(doctor.doctor)


def _print_version(asked: bool) -> None:
    if asked:
        from openchannels import __version__

        typer.echo(f"openchannels {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """One HTTP API over social platforms."""
    # Whatever a command creates, SQLite's own files included, is for its owner only.
    os.umask(0o077)
