"""`openchannels migrate`: migrates the database."""

from openchannels.cli import common


def migrate(
    new_store: common.NewStore = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Migrate the database to the current schema, as serve does at its start."""
    settings = common.read_settings(data_dir, config)
    common.confirm_new_store(settings, new_store=new_store)
    from openchannels.app.store import migrate_store
    from openchannels.server.serve import run_async

    with common.fail_on_refusal():
        migrated = run_async(migrate_store(settings))
    if json:
        common.print_json({"migrated": migrated})
    else:
        print("The schema is now up to date." if migrated else "The schema was up to date.")
