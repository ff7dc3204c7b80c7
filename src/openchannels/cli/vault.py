"""`openchannels vault`: shows and rotates the master keys, also while servers run."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.service.admin.key_rotation import KeyringStatus, Rotation, RotationResult

T = TypeVar("T")
SHOWN = 10

app = typer.Typer(no_args_is_help=True, help="Show and rotate the master keys.")


@app.command()
def rotate(
    keep_key: Annotated[
        bool,
        typer.Option(
            "--keep-key", help="Create no key: wrap the remaining records by the active one."
        ),
    ] = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Create a master key and wrap all records by it, while servers run.

    Old keys stay in the keyring until they are retired. Ends with code 1 if a record could not
    be wrapped again. If the keys are in the settings, no key is created, and the
    records are wrapped by `vault.active`.
    """
    done, in_settings = _with_rotation(data_dir, config, lambda one: _rotate(one, keep_key))
    if json:
        common.print_json(_shape(done))
    else:
        _show(done)
    if in_settings and not keep_key:
        typer.echo("The keys are in the settings, so none was created.", err=True)
    if done.unreadable:
        raise typer.Exit(1)


async def _rotate(rotation: "Rotation", keep_key: bool) -> "tuple[RotationResult, bool]":
    in_settings = rotation.in_settings
    return await rotation.rotate(new_key=not keep_key and not in_settings), in_settings


@app.command()
def status(
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """List the master keys and how many records each of them wraps."""
    found = _with_rotation(data_dir, config, lambda one: one.status())
    if json:
        common.print_json(_status_shape(found))
    else:
        _show_status(found)


@app.command()
def retire(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as status shows it.")],
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Remove a master key from the keyring file, if no record needs it.

    Backups made before the rotation still need it: keep a copy of the keyring with them.
    """
    _with_rotation(data_dir, config, lambda one: one.retire(key_id))
    if json:
        common.print_json({"id": key_id, "retired": True})
    else:
        print(f"Retired {key_id}.")


def _with_rotation(
    data_dir: Path | None,
    config: Path | None,
    use: "Callable[[Rotation], Coroutine[Any, Any, T]]",
) -> T:
    settings = common.read_settings(data_dir, config)
    from openchannels.app.store import open_rotation
    from openchannels.server.serve import run_async

    async def opened() -> T:
        async with open_rotation(settings) as rotation:
            return await use(rotation)

    with common.fail_on_refusal():
        return run_async(opened())


def _shape(done: "RotationResult") -> dict[str, Any]:
    return {
        "active": done.active,
        "made": done.made,
        "records": done.records,
        "rewrapped": done.rewrapped,
        "unreadable": list(done.unreadable),
        "seconds": done.seconds,
    }


def _show(done: "RotationResult") -> None:
    print(f"active      {done.active}{' (new)' if done.made else ''}")
    print(f"records     {done.records}")
    print(f"rewrapped   {done.rewrapped}")
    print(f"unreadable  {len(done.unreadable)}")
    for row in done.unreadable[:SHOWN]:
        typer.echo(f"No key opens {row}.", err=True)


def _status_shape(found: "KeyringStatus") -> dict[str, Any]:
    shape: dict[str, Any] = {
        "active": found.active,
        "keys": [
            {"id": key_id, "active": key_id == found.active, "records": count}
            for key_id, count in found.records.items()
        ],
        "unknown": [{"id": key_id, "records": n} for key_id, n in found.unknown.items()],
    }
    if found.file is not None:
        shape["file"] = found.file
    return shape


def _show_status(found: "KeyringStatus") -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("id", "state", "records"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "records" else "left")
    for key_id, count in found.records.items():
        unused = "old" if count else "unused"
        table.add_row(key_id, "active" if key_id == found.active else unused, str(count))
    for key_id, count in found.unknown.items():
        table.add_row(key_id, "missing", str(count))
    common.console().print(table)
    print(f"keys from   {found.file or 'the settings, vault.keys'}")
