"""Imports an export: all of it in one transaction, or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from openchannels.core.audit import OPERATOR, Action
from openchannels.core.clock import Clock
from openchannels.service.admin.environment import ENVIRONMENT
from openchannels.service.api_keys import STORE_TAG
from openchannels.service.moving.content import Manifest, Rows, read_manifest
from openchannels.service.moving.refused import MoveRefused
from openchannels.store.database import Connection, Database
from openchannels.store.queries import audit, metadata, transfer
from openchannels.store.queries.transfer import Values
from openchannels.store.tables import metadata as schema
from openchannels.store.vault.sealed_file import SealedReader
from openchannels.store.vault.vault import Vault

NAMED = 5
"""How many rows a refusal names."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was imported: the move's id, and how many rows of each table."""

    move: str
    rows: Mapping[str, int]


class Arrival:
    """Imports exports into a store."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    async def load(self, reader: SealedReader) -> Imported:
        """Imports a sealed file.

        Raises MoveRefused and SealedFileError; nothing is changed then, nor if the process dies.
        """
        return await self._db.write(self._load, reader)

    def _load(self, connection: Connection, reader: SealedReader) -> Imported:
        # The transaction may be run again: the lines are read from the beginning each time.
        lines = reader.lines()
        manifest = read_manifest(next(lines, b""))
        _bind(connection, manifest)
        counts: dict[str, int] = {}
        for table, rows in Events(connection).placed(Rows(self._vault).batches(lines)):
            _refuse_existing(connection, table, rows)
            transfer.insert_rows(connection, schema.tables[table], rows)
            counts[table] = counts.get(table, 0) + len(rows)
        transfer.continue_sequence(connection)
        audit.record(
            connection,
            self._clock(),
            None,
            OPERATOR,
            Action.STORE_IMPORTED,
            move=manifest.move,
            rows=counts,
        )
        return Imported(manifest.move, counts)


class Events:
    """The numbers that events get here, by which their deliveries are ordered too.

    A store without events of its own keeps the numbers of the file, and with them the positions
    up to which callers have read. In another one the file's events follow those that are there.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keeps = not transfer.has_events(connection)

    def placed(
        self, batches: Iterator[tuple[str, list[Values]]]
    ) -> Iterator[tuple[str, list[Values]]]:
        for table, rows in batches:
            if not self._keeps and table == "events":
                for row in rows:
                    del row["sequence"]
            if not self._keeps and table == "deliveries":
                numbers = transfer.sequences(self._connection, [row["event_id"] for row in rows])
                for row in rows:
                    row["sequence"] = numbers[row["event_id"]]
            yield table, rows


def _bind(connection: Connection, manifest: Manifest) -> None:
    """Gives a store without an environment that of the file. Raises MoveRefused for another."""
    if manifest.environment is not None:
        bound = metadata.put_once(connection, ENVIRONMENT, manifest.environment)
        if bound != manifest.environment:
            raise MoveRefused(
                f"The file holds {manifest.environment} data and this store {bound} data."
            )
    if manifest.store_tag is not None:
        metadata.put_once(connection, STORE_TAG, manifest.store_tag)


def _refuse_existing(connection: Connection, table: str, rows: Sequence[Values]) -> None:
    if table == "platform_state":
        return
    found = transfer.existing(connection, schema.tables[table], rows)
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        names = ", ".join(found[:NAMED]) + more
        raise MoveRefused(f"This store holds already of {table}: {names}. Nothing was imported.")
