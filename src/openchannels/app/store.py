"""Opening a store by the settings: its schema, its master keys, its API keys. No service yet."""

import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from openchannels.app.platforms import outbound_client
from openchannels.core.clock import Clock, system_clock
from openchannels.core.exceptions import ServiceError, StartRefused
from openchannels.core.webhooks import WebhookTransport
from openchannels.service.admin.audit import Audit
from openchannels.service.admin.key_rotation import Rotation
from openchannels.service.api_keys import ApiKeys
from openchannels.service.events.delivery import Deliveries
from openchannels.service.events.log import EventLog
from openchannels.service.events.webhooks import Webhooks
from openchannels.service.sealing import metadata_row
from openchannels.settings import Settings
from openchannels.store.database import Database, open_database
from openchannels.store.inspect import DatabaseState, explain, inspect_database
from openchannels.store.migrate import migrate
from openchannels.store.queries import metadata
from openchannels.store.queries.metadata import VAULT_CHECK
from openchannels.store.vault.keyring import Keyring, VaultError, create_keyring, load_keyring
from openchannels.store.vault.vault import Vault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeysOnly:
    """The part of a context that API keys need."""

    db: Database
    vault: Vault
    clock: Clock


@dataclass(frozen=True, slots=True)
class WebhooksOnly:
    """The part of a context that webhooks need."""

    db: Database
    vault: Vault
    webhook_client: WebhookTransport
    clock: Clock


def load_vault(settings: Settings, *, may_create: bool) -> Vault:
    """The vault; on SQLite a master key is made where none is configured. Raises StartRefused."""
    keys = settings.vault.master_keys()
    if keys:
        return Vault(Keyring(keys, settings.vault.active_id or next(iter(keys))))
    path = settings.keyring_path
    keyring = _read_keyring(path)
    if keyring is None:
        if not may_create:
            raise _keyring_lost(path)
        if settings.uses_postgresql:
            raise StartRefused(
                "PostgreSQL needs a master key that all machines share: set vault.keys"
                " or vault.keyring_file."
            )
        try:
            keyring = create_keyring(path)
        except OSError as error:
            raise StartRefused(f"Cannot write {path}: {error.strerror}.") from None
        log.warning("made a master key; keep a copy apart from the database", file=str(path))
    return Vault(keyring)


def _read_keyring(path: Path) -> Keyring | None:
    try:
        return load_keyring(path)
    except OSError as error:
        raise StartRefused(f"The keyring {path} cannot be read: {error.strerror}.") from None
    except VaultError:
        raise StartRefused(
            f"The keyring {path} holds no usable master keys; put a copy of it back."
        ) from None


def _keyring_lost(path: Path) -> StartRefused:
    return StartRefused(f"The master keys of this database are missing; put a copy of {path} back.")


async def check_vault(db: Database, vault: Vault) -> None:
    """Refuse a keyring that does not fit the data. Raises StartRefused."""
    fresh = base64.b64encode(vault.seal(b"openchannels", metadata_row(VAULT_CHECK))).decode()
    _prove_keyring(vault, await db.write(metadata.put_once, VAULT_CHECK, fresh))


def _prove_keyring(vault: Vault, stands: str) -> None:
    try:
        vault.open(base64.b64decode(stands), metadata_row(VAULT_CHECK))
    except VaultError as error:
        raise StartRefused(f"The keyring does not open this database: {error}.") from None


async def open_store(settings: Settings) -> tuple[Database, Vault]:
    """Migrate and open the store under its keyring. Raises StartRefused."""
    await migrate_store(settings)
    db = open_database(settings.database_url, pool_size=settings.database.pool_size)
    try:
        in_use = await db.read(metadata.get, VAULT_CHECK) is not None
        vault = load_vault(settings, may_create=not in_use)
        await check_vault(db, vault)
    except StartRefused:
        await db.close()
        raise
    return db, vault


async def migrate_store(settings: Settings) -> bool:
    """Bring the schema up to date; whether there was anything to do. Raises StartRefused."""
    try:
        migrated = await migrate(settings.database_url)
    except Exception as error:
        log.debug("the database cannot be used", exc_info=True)
        raise StartRefused(f"The database cannot be used: {explain(error)}.") from None
    if migrated:
        log.info("brought the database's schema up to date")
    return migrated


@contextlib.asynccontextmanager
async def open_keys(settings: Settings, *, create: bool) -> AsyncIterator[ApiKeys]:
    """The API keys of a store, which is bound to no world by this; beside a server too.

    Unless it may `create` a store there must be one already. Raises StartRefused.
    """
    if not create:
        await must_exist(settings)
    db, vault = await open_store(settings)
    try:
        yield ApiKeys(KeysOnly(db, vault, system_clock))
    finally:
        await db.close()


@contextlib.asynccontextmanager
async def open_rotation(settings: Settings) -> AsyncIterator[Rotation]:
    """The master keys of a store that is there, for changing them; beside a server too.

    Raises StartRefused, also for what goes wrong with the keys while it is open.
    """
    await must_exist(settings)
    db, vault = await open_store(settings)
    try:
        yield Rotation(db, vault)
    except VaultError as error:
        raise StartRefused(f"Refused: {error}.") from None
    except OSError as error:
        path = settings.keyring_path
        raise StartRefused(f"Cannot change {path}: {error.strerror}.") from None
    finally:
        await db.close()


@contextlib.asynccontextmanager
async def open_audit(settings: Settings) -> AsyncIterator[Audit]:
    """The audit log of a store that is there; beside a server too. Raises StartRefused."""
    await must_exist(settings)
    db, vault = await open_store(settings)
    try:
        yield Audit(KeysOnly(db, vault, system_clock))
    finally:
        await db.close()


@contextlib.asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[tuple[Webhooks, EventLog]]:
    """The webhooks of a store that is there, and their log; beside a server too.

    Raises StartRefused, also for what the service refuses while it is open.
    """
    await must_exist(settings)
    db, vault = await open_store(settings)
    webhook_client = outbound_client(settings)
    context = WebhooksOnly(db, vault, webhook_client, system_clock)
    try:
        yield Webhooks(context), EventLog(context, Deliveries(context))
    except ServiceError as error:
        issues = error.data.get("issues", ())
        detail = "".join(f" {issue['path']} {issue['message']}." for issue in issues)
        raise StartRefused(f"{error.message('en-US')}.{detail}") from None
    finally:
        await webhook_client.close()
        await db.close()


async def must_exist(settings: Settings) -> None:
    """Refuse a command that would make a store where it expects one. Raises StartRefused."""
    if not (await _look(settings)).exists:
        raise StartRefused(f"There is no database in {settings.data_dir} yet.")


async def _look(settings: Settings) -> DatabaseState:
    try:
        return await inspect_database(settings.database_url)
    except Exception as error:
        log.debug("the database cannot be used", exc_info=True)
        raise StartRefused(f"The database cannot be used: {explain(error)}.") from None


def _find_keyring(settings: Settings, in_use: str | None) -> bool:
    """Whether there are master keys, proved where a store is in use. Raises StartRefused."""
    keys = settings.vault.master_keys()
    if keys:
        keyring: Keyring | None = Keyring(keys, settings.vault.active_id or next(iter(keys)))
    else:
        keyring = _read_keyring(settings.keyring_path)
    if in_use is not None:
        if keyring is None:
            raise _keyring_lost(settings.keyring_path)
        _prove_keyring(Vault(keyring), in_use)
    return keyring is not None


async def inspect_store(settings: Settings) -> tuple[DatabaseState, bool, dict[str, str]]:
    """The database, whether there are master keys, and what is wrong with each. Makes nothing."""
    problems: dict[str, str] = {}
    database, has_keyring = DatabaseState(exists=False), False
    try:
        database = await _look(settings)
    except StartRefused as refused:
        problems["database"] = str(refused)
    try:
        has_keyring = _find_keyring(settings, database.facts.get(VAULT_CHECK))
    except StartRefused as refused:
        problems["keyring"] = str(refused)
    return database, has_keyring, problems
