"""Databases of tests on both kinds of store, migrated once and copied from then on."""

import asyncio
import tempfile
import threading
from functools import cache
from pathlib import Path

from openchannels.store.migrate import migrate

STORES = ("sqlite", "postgresql")


def sqlite_store(file: Path) -> str:
    """URL of a new SQLite database with the present schema."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="openchannels-migrated-") as place:
        file = Path(place) / "openchannels.db"
        # In a thread, because a loop may run in this one.
        work = threading.Thread(target=asyncio.run, args=(migrate(f"sqlite:///{file}"),))
        work.start()
        work.join()
        assert not file.with_name("openchannels.db-wal").exists()
        return file.read_bytes()
