"""`openchannels migrate`."""

from openchannels.cli import common


def migrate(
    data_dir: common.DataDir = None, config: common.Config = None, json: common.Json = False
) -> None:
    """Bring the database up to the present schema, as serve does before it answers."""
    settings = common.read_settings(data_dir, config)
    from openchannels.app.store import migrate_store
    from openchannels.server.serve import run_async

    with common.refusals():
        migrated = run_async(migrate_store(settings))
    if json:
        common.say_json({"migrated": migrated})
    else:
        print("The schema is now up to date." if migrated else "The schema was up to date.")
