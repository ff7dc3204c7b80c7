"""Opens a store from the settings: its schema, master keys and API keys, without the service."""

import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from openchannels.app.platforms import build_webhook_client
from openchannels.core.clock import Clock, system_clock
from openchannels.core.database_address import describe_address
from openchannels.core.exceptions import Moving, ServiceError, StartRefused, Unavailable
from openchannels.core.metrics import NO_METRICS, StoreMetrics
from openchannels.core.webhooks import WebhookTransport
from openchannels.service.admin.audit import Audit
from openchannels.service.admin.environment import ENVIRONMENT
from openchannels.service.admin.key_rotation import Rotation
from openchannels.service.api_keys import ApiKeys
from openchannels.service.events.delivery import Deliveries
from openchannels.service.events.log import EventLog
from openchannels.service.events.webhooks import Webhooks
from openchannels.service.sealing import metadata_row
from openchannels.settings import Settings
from openchannels.store.database import Database, open_database
from openchannels.store.inspect import (
    DATABASE_ERRORS,
    DatabaseState,
    explain,
    inspect_database,
    read_samples,
)
from openchannels.store.migrate import migrate
from openchannels.store.pooling import shares_sessions
from openchannels.store.queries import metadata
from openchannels.store.queries.metadata import VAULT_CHECK
from openchannels.store.vault.keyring import Keyring, VaultError, create_keyring, load_keyring
from openchannels.store.vault.vault import Vault

UNNAMED_POOLER = (
    "A pooler in transaction mode stands before the database at {}, which loses prepared"
    ' statements: set database.pooler to "transaction".'
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The parts of a Context that API keys and the audit log need."""

    db: Database
    vault: Vault
    clock: Clock


@dataclass(frozen=True, slots=True)
class WebhooksCommandContext:
    """The parts of a Context that webhooks need."""

    db: Database
    vault: Vault
    webhook_client: WebhookTransport
    clock: Clock


def load_vault(settings: Settings, *, may_create: bool) -> Vault:
    """Returns the vault; with SQLite a missing keyring is created. Raises StartRefused."""
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
        log.warning("keyring created", file=str(path), advice="keep a copy apart from the database")
    return Vault(keyring)


def _read_keyring(path: Path) -> Keyring | None:
    try:
        return load_keyring(path)
    except OSError as error:
        raise StartRefused(f"The keyring {path} cannot be read: {error.strerror}.") from None
    except VaultError:
        raise StartRefused(
            f"The keyring {path} holds no usable master keys; restore it from a copy."
        ) from None


def _keyring_lost(path: Path) -> StartRefused:
    return StartRefused(f"The master keys of this database are missing; restore {path}.")


async def check_vault(db: Database, vault: Vault) -> None:
    """Checks that the keyring fits the data. Raises StartRefused."""
    present = await db.read(metadata.get_value, VAULT_CHECK)
    if present is None:
        fresh = base64.b64encode(vault.seal(b"openchannels", metadata_row(VAULT_CHECK))).decode()
        present = await db.write(metadata.put_once, VAULT_CHECK, fresh)
    _verify_keyring(vault, present)


def _verify_keyring(vault: Vault, sealed_check: str) -> None:
    try:
        vault.open(base64.b64decode(sealed_check), metadata_row(VAULT_CHECK))
    except VaultError as error:
        raise StartRefused(f"The keyring does not open this database: {error}.") from None


@contextlib.contextmanager
def refuse_unusable(settings: Settings) -> Iterator[None]:
    """Raises StartRefused where the database turns out to be damaged or foreign in use."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise _unusable(settings, error) from None


def _unusable(settings: Settings, error: Exception) -> StartRefused:
    log.debug("database unusable", exc_info=error)
    return StartRefused(_describe(describe_address(settings.database_url), error))


def _describe(address: str, error: Exception) -> str:
    return f"The database at {address} cannot be used: {explain(error)}."


async def open_store(
    settings: Settings, metrics: StoreMetrics = NO_METRICS
) -> tuple[Database, Vault]:
    """Migrates and opens the store and checks its keyring. Raises StartRefused."""
    await _refuse_unnamed_pooler(settings)
    await migrate_store(settings)
    db = open_database(
        settings.database_url,
        pool_size=settings.database.pool_size,
        pooled=settings.database.pooler is not None,
        metrics=metrics,
    )
    try:
        with refuse_unusable(settings):
            await db.read(read_samples)
            in_use = await db.read(metadata.get_value, VAULT_CHECK) is not None
            vault = load_vault(settings, may_create=not in_use)
            await check_vault(db, vault)
    except (StartRefused, Unavailable):
        await db.close()
        raise
    return db, vault


async def _refuse_unnamed_pooler(settings: Settings) -> None:
    """Raises StartRefused for a pooler in transaction mode that the settings do not name."""
    if not settings.uses_postgresql or settings.database.pooler is not None:
        return
    try:
        shared = await shares_sessions(settings.database_url)
    except Exception as error:
        raise _unusable(settings, error) from None
    if shared:
        raise StartRefused(UNNAMED_POOLER.format(describe_address(settings.database_url)))


async def migrate_store(settings: Settings) -> bool:
    """Migrates the schema; returns True if anything was changed. Raises StartRefused."""
    try:
        migrated = await migrate(settings.database_url)
    except Exception as error:
        raise _unusable(settings, error) from None
    if migrated:
        log.info("database migrated")
    return migrated


async def inspect_schema(settings: Settings) -> DatabaseState:
    """Returns the schema of the store, without making or changing it. Raises StartRefused."""
    return await _inspect_database(settings)


def describe_outage(away: Unavailable) -> str:
    """Returns one sentence about a database that is away or takes no writes."""
    if isinstance(away, Moving):
        return (
            "This store is moving to another installation and takes no writes; to abandon the move"
            " run: openchannels moving off"
        )
    cause = away.__cause__ if isinstance(away.__cause__, Exception) else away
    notes = getattr(cause, "__notes__", ())
    return _describe(notes[-1], cause) if notes else f"The database is away: {explain(cause)}."


@contextlib.asynccontextmanager
async def existing_store(
    settings: Settings, *, create: bool = False
) -> AsyncIterator[tuple[Database, Vault]]:
    """Opens a store for a command; without `create` it must exist. Raises StartRefused."""
    with refuse_unusable(settings):
        if not create:
            await require_store(settings)
        db, vault = await open_store(settings)
        try:
            yield db, vault
        finally:
            await db.close()


@contextlib.asynccontextmanager
async def open_keys(settings: Settings, *, create: bool) -> AsyncIterator[ApiKeys]:
    """Opens the API keys of a store, also while servers run; does not bind its environment.

    Without `create` the store must already exist. Raises StartRefused.
    """
    async with existing_store(settings, create=create) as (db, vault):
        yield ApiKeys(CommandContext(db, vault, system_clock))


@contextlib.asynccontextmanager
async def open_rotation(settings: Settings) -> AsyncIterator[Rotation]:
    """Opens the master keys of an existing store for changes, also while servers run.

    Raises StartRefused, also for errors with the keys while it is open.
    """
    async with existing_store(settings) as (db, vault):
        try:
            yield Rotation(db, vault)
        except VaultError as error:
            raise StartRefused(f"Refused: {error}.") from None
        except OSError as error:
            path = settings.keyring_path
            raise StartRefused(f"Cannot change {path}: {error.strerror}.") from None


@contextlib.asynccontextmanager
async def open_audit(settings: Settings) -> AsyncIterator[Audit]:
    """Opens the audit log of an existing store, also while servers run. Raises StartRefused."""
    async with existing_store(settings) as (db, vault):
        yield Audit(CommandContext(db, vault, system_clock))


@contextlib.asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[tuple[Webhooks, EventLog]]:
    """Opens the webhooks of an existing store and their log, also while servers run.

    Raises StartRefused, also for what the service refuses while it is open.
    """
    async with existing_store(settings) as (db, vault):
        sandbox = await db.read(metadata.get_value, ENVIRONMENT) == "sandbox"
        webhook_client = build_webhook_client(settings, sandbox=sandbox)
        context = WebhooksCommandContext(db, vault, webhook_client, system_clock)
        try:
            yield Webhooks(context), EventLog(context, Deliveries(context))
        except Unavailable:
            raise
        except ServiceError as error:
            issues = error.data.get("issues", ())
            detail = "".join(f" {issue['path']} {issue['message']}." for issue in issues)
            raise StartRefused(f"{error.message('en-US')}.{detail}") from None
        finally:
            await webhook_client.close()


def store_address(settings: Settings) -> str:
    """Returns where the store is: the file of SQLite, or PostgreSQL's host and database."""
    if not settings.uses_postgresql:
        return str(Path(settings.database_url.removeprefix("sqlite:///")).absolute())
    return f"postgresql://{describe_address(settings.database_url)}"


async def lacks_store(settings: Settings) -> bool:
    """Returns whether a command would create an SQLite store. Raises StartRefused.

    A PostgreSQL database has been created on purpose, even if it is still empty.
    """
    if settings.uses_postgresql:
        return False
    return (await _inspect_database(settings)).revision is None


async def require_store(settings: Settings) -> None:
    """Raises StartRefused if there is no store yet."""
    if not (await _inspect_database(settings)).exists:
        raise StartRefused(f"There is no store at {store_address(settings)} yet.")


async def _inspect_database(settings: Settings, *, contents: bool = False) -> DatabaseState:
    try:
        return await inspect_database(settings.database_url, contents=contents)
    except Exception as error:
        raise _unusable(settings, error) from None


def _find_keyring(settings: Settings, in_use: str | None) -> bool:
    """Returns True if master keys exist; verifies them if the store has data."""
    keys = settings.vault.master_keys()
    if keys:
        keyring: Keyring | None = Keyring(keys, settings.vault.active_id or next(iter(keys)))
    else:
        keyring = _read_keyring(settings.keyring_path)
    if in_use is not None:
        if keyring is None:
            raise _keyring_lost(settings.keyring_path)
        _verify_keyring(Vault(keyring), in_use)
    return keyring is not None


async def inspect_store(
    settings: Settings, *, contents: bool
) -> tuple[DatabaseState, bool, dict[str, str]]:
    """Returns the database's state, whether master keys exist, and problems. Creates nothing."""
    problems: dict[str, str] = {}
    database, has_keyring = DatabaseState(exists=False), False
    try:
        database = await _inspect_database(settings, contents=contents)
    except StartRefused as refused:
        problems["database"] = str(refused)
    try:
        has_keyring = _find_keyring(settings, database.facts.get(VAULT_CHECK))
    except StartRefused as refused:
        problems["keyring"] = str(refused)
    return database, has_keyring, problems
