"""Registers all commands. Each imports what it needs when it runs, so help is instant."""

import os
from typing import Annotated

import typer

from openchannels.cli import audit, doctor, erase, keys, migrate, moving, serve, vault, webhooks
from openchannels.cli.data import api, events, usage, webhook_listener, works
from openchannels.cli.demo import command

app = typer.Typer(
    name="openchannels",
    help="One HTTP API over social platforms.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("sandbox")(serve.sandbox)
app.command("demo")(command.demo)
app.add_typer(keys.app, name="keys")
app.add_typer(vault.app, name="vault")
app.add_typer(webhooks.app, name="webhooks")
webhooks.app.command("listen")(webhook_listener.listen)
app.add_typer(works.app, name="works")
app.add_typer(events.app, name="events")
app.command("usage")(usage.usage)
app.command("api")(api.api)
app.command("audit")(audit.audit)
app.command("erase")(erase.erase)
app.command("export")(moving.export)
app.add_typer(moving.imports, name="import")
app.add_typer(moving.moving, name="moving")
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)


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
