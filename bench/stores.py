"""Measures within this process on the stores that were asked for, on a core of its own."""

import contextlib
from collections.abc import Callable

from bench.processes import SERVER_CORE, pin
from bench.report import Line
from tests.harness.postgres import Postgres
from tests.harness.stores import STORES

ASKED = (*STORES, "both")


def on_stores(asked: str, measure: Callable[[str, str | None], list[Line]]) -> list[Line]:
    """Returns the lines of each store of `ASKED`.

    `measure` takes the store's name, and the URL of an empty migrated database or None for SQLite.
    """
    stores = STORES if asked == "both" else (asked,)
    databases: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        if "postgresql" in stores:
            # Before this process has a core of its own, which its children would share.
            server = Postgres()
            stack.callback(server.stop)
            databases["postgresql"] = server.database()
        pin(SERVER_CORE)
        return [line for store in stores for line in measure(store, databases.get(store))]
