"""Exports a store: it stops first, so that its tokens are used by one store at a time.

A move begins by the stage *closing*: no refresh, callback, delivery or background batch is claimed
any more, and what is in flight is finished and written. Then writes end, and the rows are read.
"""

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from openchannels.core.audit import OPERATOR, Action
from openchannels.core.clock import Clock
from openchannels.core.moves import Move
from openchannels.service.admin.environment import ENVIRONMENT
from openchannels.service.api_keys import STORE_TAG
from openchannels.service.authorization.lease import LEASE_SECONDS as CALLBACK_SECONDS
from openchannels.service.credentials.refresh import CLAIM_SECONDS
from openchannels.service.events.delivery import LEASE_SECONDS as TURN_SECONDS
from openchannels.service.moving.content import (
    BATCH,
    FORMAT,
    Manifest,
    Rows,
    end_line,
    manifest_line,
)
from openchannels.service.moving.refused import MoveRefused
from openchannels.store.database import Connection, Database
from openchannels.store.migrate import HEAD
from openchannels.store.queries import audit, metadata, moving, transfer
from openchannels.store.queries.moving import LongestClaims
from openchannels.store.vault.sealed_file import SealedWriter
from openchannels.store.vault.vault import Vault

LONGEST = LongestClaims(CLAIM_SECONDS, CALLBACK_SECONDS, TURN_SECONDS)
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Exported:
    """The move, and how many rows of each table the file holds."""

    move: Move
    rows: Mapping[str, int]


class Departure:
    """The move of a store, from its beginning to the file."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    async def current(self) -> Move | None:
        """Returns the move in progress; None while there is none."""
        return await self._db.read(moving.current)

    async def begin(self) -> Move:
        """Begins a move, or goes on with one, and returns once nothing is written any more.

        Work in flight is waited for: its claims end, or lapse after less than a minute.
        """
        await self._db.write_alone(self._begin)
        while await self._db.write_alone(self._close):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        move = await self.current()
        if move is None:
            raise MoveRefused("The move was ended by another command.")
        return move

    def _begin(self, connection: Connection) -> None:
        now = self._clock()
        if moving.begin(connection, now):
            audit.record(connection, now, None, OPERATOR, Action.STORE_MOVING)

    def _close(self, connection: Connection) -> Mapping[str, int]:
        if moving.current(connection) is None:
            return {}
        return moving.close(connection, self._clock(), LONGEST)

    async def end(self) -> Move | None:
        """Lets a store work again whose move is abandoned; returns the move, None without one."""
        return await self._db.write_alone(self._end)

    def _end(self, connection: Connection) -> Move | None:
        move = moving.end(connection)
        if move is not None:
            audit.record(connection, self._clock(), None, OPERATOR, Action.STORE_STAYED)
        return move

    async def export(self, path: Path, passphrase: str) -> Exported:
        """Begins a move and writes the store to a new file, which appears once it is complete.

        Raises MoveRefused, and OSError.
        """
        _refuse_taken(path)
        # Opened first: a directory that takes no file does not stop the store.
        with _appearing(path) as file:
            move = await self.begin()
            writer = SealedWriter(file, passphrase)
            rows = await self._write(writer, move)
            writer.close()
            if await self.current() != move:
                raise MoveRefused("The move was ended while the file was written.")
        return Exported(move, rows)

    async def _write(self, writer: SealedWriter, move: Move) -> Mapping[str, int]:
        environment = await self._db.read(metadata.get_value, ENVIRONMENT)
        tag = await self._db.read(metadata.get_value, STORE_TAG)
        writer.write(manifest_line(Manifest(FORMAT, HEAD, environment, tag, move.id, move.since)))
        rows, counts = Rows(self._vault), dict[str, int]()
        for table in transfer.MOVED:
            after = None
            # Nothing writes meanwhile, so the batches are one state of the store.
            while batch := await self._db.read(transfer.read_rows, table, after, BATCH):
                for row in batch:
                    writer.write(rows.line(table.name, row))
                counts[table.name] = counts.get(table.name, 0) + len(batch)
                after = transfer.key_of(table, batch[-1])
        writer.write(end_line(counts))
        return counts


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise MoveRefused(f"{path} exists already.")


@contextlib.contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file for its owner only, which gets its name once the block has ended well."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a renaming, fails where the name has been taken meanwhile.
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
