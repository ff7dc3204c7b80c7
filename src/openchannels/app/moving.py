"""Exports and imports of a store's data, for commands."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from openchannels.app.store import existing_store
from openchannels.core.clock import system_clock
from openchannels.core.exceptions import StartRefused
from openchannels.service.moving.arrival import Arrival, Imported
from openchannels.service.moving.export import Exported, Moving
from openchannels.service.moving.refused import MoveRefused
from openchannels.settings import Settings
from openchannels.store.queries.moving import Move
from openchannels.store.vault.sealed_file import SealedFileError


async def export_store(settings: Settings, path: Path, passphrase: str) -> Exported:
    """Stops a store and writes it to a sealed file. Raises StartRefused."""
    async with _open_moving(settings) as moving:
        return await moving.export(path, passphrase)


async def abandon_move(settings: Settings) -> Move | None:
    """Lets a store work again; returns the move, None if it was not moving."""
    async with _open_moving(settings) as moving:
        return await moving.end()


async def read_move(settings: Settings) -> Move | None:
    """Returns the move of a store; None if it is not moving."""
    async with _open_moving(settings) as moving:
        return await moving.current()


async def import_store(settings: Settings, path: Path, passphrase: str) -> Imported:
    """Imports a sealed file into a store, which is created if there is none.

    Raises StartRefused; nothing is imported then.
    """
    with refuse_moves(path):
        async with existing_store(settings, create=True) as (db, vault):
            with path.open("rb") as file:
                return await Arrival(db, vault, system_clock).load(file, passphrase)


@contextlib.asynccontextmanager
async def _open_moving(settings: Settings) -> AsyncIterator[Moving]:
    with refuse_moves(None):
        async with existing_store(settings) as (db, vault):
            yield Moving(db, vault, system_clock)


@contextlib.contextmanager
def refuse_moves(path: Path | None) -> Iterator[None]:
    """Raises StartRefused for what keeps a file from being written or read."""
    try:
        yield
    except MoveRefused as refused:
        raise StartRefused(str(refused)) from None
    except SealedFileError as refused:
        raise StartRefused(f"{path} cannot be imported: {refused}.") from None
    except OSError as error:
        raise StartRefused(f"{error.filename or path}: {error.strerror}.") from None
