"""Exports and imports of a store's data, for commands."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from openchannels.app.platforms import build_apps
from openchannels.app.store import existing_store, lacks_store
from openchannels.core.clock import system_clock
from openchannels.core.exceptions import StartRefused
from openchannels.core.moves import Move
from openchannels.service.moving.aitoearn.documents import Documents, read_documents
from openchannels.service.moving.aitoearn.takeover import Report, Takeover
from openchannels.service.moving.arrival import Arrival, Imported
from openchannels.service.moving.export import Departure, Exported
from openchannels.service.moving.refused import MoveRefused
from openchannels.settings import Settings
from openchannels.store.database import Database, open_database
from openchannels.store.migrate import migrate
from openchannels.store.vault.keyring import create_keyring
from openchannels.store.vault.sealed_file import SealedFileError, SealedReader
from openchannels.store.vault.vault import Vault


async def export_store(settings: Settings, path: Path, passphrase: str) -> Exported:
    """Stops a store and writes it to a sealed file. Raises StartRefused."""
    async with _departure(settings) as departure:
        return await departure.export(path, passphrase)


async def abandon_move(settings: Settings) -> Move | None:
    """Lets a store work again; returns the move, None if it was not moving."""
    async with _departure(settings) as departure:
        return await departure.end()


async def read_move(settings: Settings) -> Move | None:
    """Returns the move of a store; None if it is not moving."""
    async with _departure(settings) as departure:
        return await departure.current()


async def import_store(settings: Settings, path: Path, passphrase: str) -> Imported:
    """Imports a sealed file into a store, which is created if there is none.

    Raises StartRefused; nothing is imported then.
    """
    with refuse_moves(path), path.open("rb") as file:
        # First, so that a wrong passphrase makes no store.
        reader = SealedReader(file, passphrase)
        async with existing_store(settings, create=True) as (db, vault):
            return await Arrival(db, vault, system_clock).load(reader)


@contextlib.asynccontextmanager
async def _departure(settings: Settings) -> AsyncIterator[Departure]:
    with refuse_moves(None):
        async with existing_store(settings) as (db, vault):
            yield Departure(db, vault, system_clock)


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


async def take_over_aitoearn(
    settings: Settings, paths: Sequence[Path], user: str | None, *, dry_run: bool
) -> Report:
    """Stores the accounts in files of `mongoexport`; with `dry_run` nothing is written.

    Raises StartRefused; nothing is stored then.
    """
    with refuse_moves(None):
        documents = _documents(paths)
        async with _target(settings, dry_run=dry_run) as (db, vault):
            apps = build_apps(settings, settings.server.base_url())
            client_ids = {platform: app.client_id for platform, app in apps.items()}
            takeover = Takeover(db, vault, system_clock, client_ids)
            return await takeover.run(documents, user, dry_run=dry_run)


def _documents(paths: Sequence[Path]) -> Documents:
    found = Documents()
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig") as file:
                for document in read_documents(file):
                    found.add(document)
        except UnicodeDecodeError:
            raise StartRefused(f"{path} is no text in UTF-8.") from None
    return found


@contextlib.asynccontextmanager
async def _target(settings: Settings, *, dry_run: bool) -> AsyncIterator[tuple[Database, Vault]]:
    """The store to import into; a trial creates none, and uses an empty one of its own instead."""
    if not dry_run or not await lacks_store(settings):
        async with existing_store(settings, create=True) as target:
            yield target
        return
    with tempfile.TemporaryDirectory(prefix="openchannels-") as folder:
        url = f"sqlite:///{folder}/openchannels.db"
        await migrate(url)
        db = open_database(url)
        try:
            yield db, Vault(create_keyring(Path(folder) / "keyring.json"))
        finally:
            await db.close()
