"""`openchannels export`, `import` and `moving`: moves a store's data to another installation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from openchannels.cli import aitoearn, common
from openchannels.cli.passphrase import PassphraseFile, new_passphrase, read_passphrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openchannels.core.moves import Move

STORE = "export-file"
"""Name of the command that `import FILE` runs; `import aitoearn` has one of its own."""


class ImportGroup(TyperGroup):
    """Takes whatever is no command for the file of `import FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [STORE, *args]
        return super().parse_args(ctx, args)


imports = typer.Typer(
    cls=ImportGroup,
    no_args_is_help=True,
    subcommand_metavar="FILE | COMMAND [ARGS]...",
    help="Import a FILE of export into this store, or the accounts of another program.",
)
imports.command("aitoearn")(aitoearn.take_over)
moving = typer.Typer(no_args_is_help=True, help="Show or abandon a move.")


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    passphrase_file: PassphraseFile = None,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Stop this store and write it to a file sealed by a passphrase, for `import`.

    From then on all processes of this installation only read; the move is abandoned by
    `openchannels moving off`. If this is interrupted, run it again.
    """
    passphrase = new_passphrase(passphrase_file)
    settings = common.read_settings(data_dir, config)
    from openchannels.app.moving import export_store
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        done = run_async(export_store(settings, file, passphrase))
    if json:
        shape = {"file": str(file), "move": done.move.id, "rows": dict(done.rows)}
        common.print_json(shape)
        return
    _show_rows(done.rows)
    typer.echo(
        f"{file} is complete. This store takes no writes any more: import the file elsewhere,"
        " once, and stop this installation.",
        err=True,
    )


@imports.command(STORE, hidden=True)
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that export wrote.")],
    passphrase_file: PassphraseFile = None,
    new_store: common.NewStore = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Import a file of `export` into this store: all of it, or nothing.

    Refused where this store holds one of the accounts, keys or users' groups already.
    """
    passphrase = read_passphrase(passphrase_file)
    settings = common.read_settings(data_dir, config)
    common.confirm_new_store(settings, new_store=new_store)
    from openchannels.app.moving import import_store
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        done = run_async(import_store(settings, file, passphrase))
    if json:
        common.print_json({"move": done.move, "rows": dict(done.rows)})
    else:
        _show_rows(done.rows)


@moving.command()
def status(
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Show whether this store is moving."""
    settings = common.read_settings(data_dir, config)
    from openchannels.app.moving import read_move
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        move = run_async(read_move(settings))
    if json:
        common.print_json(_shape(move))
    elif move is None:
        print("This store is not moving.")
    else:
        stage = "takes no writes" if move.closed else "finishes what is in flight"
        print(f"This store is moving since {common.iso_time(move.since)} and {stage}.")


@moving.command()
def off(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Abandon a move: this store works again.

    Only if its file was not imported anywhere: two stores that refresh the same tokens lose them.
    """
    if not yes:
        typer.confirm(
            "If an exported file was imported elsewhere, both stores will use the same refresh"
            " tokens, and accounts are lost. Let this store work again?",
            abort=True,
        )
    settings = common.read_settings(data_dir, config)
    from openchannels.app.moving import abandon_move
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        move = run_async(abandon_move(settings))
    if json:
        common.print_json(_shape(None))
    elif move is None:
        print("This store was not moving.")
    else:
        print("This store works again. Delete the exported files: they must not be imported.")


def _shape(move: "Move | None") -> dict[str, Any]:
    if move is None:
        return {"moving": False}
    since = common.iso_time(move.since)
    return {"moving": True, "move": move.id, "since": since, "closed": move.closed}


def _show_rows(rows: "Mapping[str, int]") -> None:
    for name, count in rows.items():
        print(f"{name:<18}  {count}")
