"""`openchannels migrate`: migrates the database, or says whether that is to be done."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.settings import Settings

Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Change nothing; end with code 0 if the schema is current, 1 if it is to be migrated.",
    ),
]


def migrate(
    check: Check = False,
    new_store: common.NewStore = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Migrate the database to the current schema, as serve does at its start."""
    settings = common.read_settings(data_dir, config)
    if check:
        _check(settings, json)
        return
    common.confirm_new_store(settings, new_store=new_store)
    from openchannels.app.store import migrate_store
    from openchannels.server.serve import run_async

    began = time.monotonic()
    with common.fail_on_refusal():
        migrated = run_async(migrate_store(settings))
    if json:
        common.print_json({"migrated": migrated, "seconds": round(time.monotonic() - began, 3)})
    else:
        print("The schema is now up to date." if migrated else "The schema was up to date.")


def _check(settings: "Settings", json: bool) -> None:
    """Prints the schema's revision and those to come; ends with code 1 if there are any."""
    from openchannels.app.store import inspect_schema
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        found = run_async(inspect_schema(settings))
    if json:
        common.print_json(
            {
                "current": found.up_to_date,
                "revision": found.revision,
                "pending": list(found.pending),
            }
        )
    elif found.up_to_date:
        print(f"The schema is current: {found.revision}.")
    else:
        before = "There is no schema yet" if found.revision is None else f"Schema {found.revision}"
        print(f"{before}; pending: {', '.join(found.pending)}.")
    if not found.up_to_date:
        raise typer.Exit(1)
