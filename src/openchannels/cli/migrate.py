"""`openchannels migrate`."""

from openchannels.cli import common


def migrate(
    data_dir: common.DataDir = None, config: common.Config = None, json: common.Json = False
) -> None:
    """Bring the database up to the present schema, as serve does before it answers."""
    settings = common.read_settings(data_dir, config)
    from openchannels.app import bootstrap

    with common.refusals():
        migrated = bootstrap.run(bootstrap.migrate_store(settings))
    if json:
        common.say_json({"migrated": migrated})
    else:
        print("The schema is now up to date." if migrated else "The schema was up to date.")
