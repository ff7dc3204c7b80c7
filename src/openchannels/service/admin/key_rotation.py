"""Changing the master key while the service runs: each record's data key is rewrapped.

Secrets are not encrypted again. Records that a server writes meanwhile win; the walk through all
of them is repeated until it finds nothing left to do.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.core.audit import OPERATOR, Action
from openchannels.core.clock import Clock, system_clock
from openchannels.service.sealing import (
    account_group_row,
    api_key_row,
    credential_row,
    idempotency_row,
    metadata_row,
    platform_state_row,
    publication_row,
    session_row,
    webhook_row,
)
from openchannels.store import tables
from openchannels.store.database import Database
from openchannels.store.queries import audit, sealed_columns
from openchannels.store.queries.metadata import VAULT_CHECK
from openchannels.store.queries.sealed_columns import Key, SealedColumn
from openchannels.store.vault.keyring import VaultError
from openchannels.store.vault.vault import Vault, wrapped_by

BATCH = 200
WALKS = 10
SETTLE_SECONDS = 5.0
"""After a change of the file; by then each running server has read it, and written by it."""

UNREADABLE = "unreadable"


PLACES = (
    SealedColumn(tables.facts, "value", metadata_row, only=VAULT_CHECK),
    SealedColumn(tables.api_keys, "sealed", api_key_row),
    SealedColumn(tables.account_groups, "sealed", account_group_row),
    SealedColumn(tables.credentials, "sealed", credential_row),
    SealedColumn(tables.auth_sessions, "sealed", session_row),
    SealedColumn(tables.idempotency_keys, "sealed", idempotency_row),
    SealedColumn(tables.publications, "sealed", publication_row),
    SealedColumn(tables.platform_state, "sealed", platform_state_row),
    SealedColumn(tables.webhooks, "sealed", webhook_row),
    SealedColumn(tables.webhooks, "sealed_before", webhook_row),
)
"""Everything that a master key wraps. A test compares this with the tables."""


@dataclass(frozen=True, slots=True)
class RotationResult:
    """What a rotation did. `unreadable` are records that no key opens in their row."""

    active: str
    made: bool
    records: int
    rewrapped: int
    unreadable: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class KeyringStatus:
    """Master keys, the active one first, and how many records each of them wraps.

    `unknown` are keys that records name and nobody has.
    """

    active: str
    file: str | None
    records: Mapping[str, int]
    unknown: Mapping[str, int]


@dataclass(slots=True)
class _Walk:
    """The counts of one walk through all records."""

    records: int = 0
    changed: int = 0
    lost: int = 0
    unreadable: tuple[str, ...] = ()


class Rotation:
    """The master keys of a store and what they wrap."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        settle_seconds: float = SETTLE_SECONDS,
        clock: Clock = system_clock,
    ) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._settle_seconds = settle_seconds

    @property
    def in_settings(self) -> bool:
        """Whether the keys stand in the settings, which only the operator changes."""
        return self._vault.keyring.path is None

    async def rotate(self, *, new_key: bool) -> RotationResult:
        """Make a new key active if `new_key`, then rewrap every record with the active key.

        Safe to interrupt and to repeat. Raises VaultError, OSError.
        """
        began = time.monotonic()
        keyring = self._vault.keyring
        if new_key:
            keyring.add_key()
            await self._note(Action.VAULT_KEY_MADE, key=keyring.active)
            await self._wait_for_servers()
        rewrapped = 0
        for _ in range(WALKS):
            walk = await self._walk()
            rewrapped += walk.changed
            if not walk.changed and not walk.lost:
                break
        else:
            raise VaultError("records are still being wrapped by an older key; rotate again")
        seconds = time.monotonic() - began
        await self._note(Action.VAULT_ROTATED, key=keyring.active, rewrapped=rewrapped)
        return RotationResult(
            keyring.active, new_key, walk.records, rewrapped, walk.unreadable, round(seconds, 3)
        )

    async def status(self) -> KeyringStatus:
        """Count the records of each key by their headers; nothing is decrypted."""
        keyring = self._vault.keyring
        found = await self._count()
        known = {key_id: found.pop(key_id, 0) for key_id in keyring.ids}
        return KeyringStatus(
            keyring.active, str(keyring.path) if keyring.path else None, known, dict(found)
        )

    async def retire(self, key_id: str) -> None:
        """Remove a key that wraps no record from the file. Raises VaultError, OSError."""
        keyring = self._vault.keyring
        if key_id == keyring.active:
            raise VaultError(f"the key {key_id} is active; rotate first")
        keyring.key(key_id)
        # A server that has not read the file yet may still be sealing by the old key.
        await self._wait_for_servers()
        await self._must_be_unused(key_id)
        key = keyring.remove_key(key_id)
        try:
            await self._must_be_unused(key_id)
        except BaseException:
            keyring.restore_key(key_id, key)
            raise
        await self._note(Action.VAULT_RETIRED, key=key_id)

    async def _note(self, action: Action, **details: Any) -> None:
        """Record a change of the keys, which are in a file and not in the database."""
        await self._db.write(audit.record, self._clock(), None, OPERATOR, action, **details)

    async def _must_be_unused(self, key_id: str) -> None:
        count = (await self._count())[key_id]
        if count:
            raise VaultError(f"the key {key_id} still wraps {count} records; rotate first")

    async def _wait_for_servers(self) -> None:
        path = self._vault.keyring.path
        if path is not None:
            age = max(0.0, time.time() - os.stat(path).st_mtime)
            await asyncio.sleep(max(0.0, self._settle_seconds - age))

    async def _count(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for place in PLACES:
            last: Key | None = None
            while batch := await self._db.read(
                sealed_columns.next_values, place, last, BATCH * 10, whole=False
            ):
                found.update(_wrapper(value) for _, value in batch)
                last = batch[-1][0]
        return found

    async def _walk(self) -> _Walk:
        walk = _Walk()
        for place in PLACES:
            last: Key | None = None
            while batch := await self._db.read(sealed_columns.next_values, place, last, BATCH):
                await self._rewrap(place, batch, walk)
                last = batch[-1][0]
        return walk

    async def _rewrap(
        self, place: SealedColumn, batch: Sequence[tuple[Key, bytes]], walk: _Walk
    ) -> None:
        began = time.monotonic()
        changes = []
        for key, old in batch:
            row = place.row(*key)
            try:
                new = self._vault.rewrap(old, row)
            except VaultError:
                walk.unreadable += (row,)
                continue
            if new != old:
                changes.append((key, old, new))
        walk.records += len(batch)
        if not changes:
            return
        done = await self._db.write(sealed_columns.replace_values, place, changes)
        walk.changed += done
        walk.lost += len(changes) - done
        # Servers write to the same database: half of the time is theirs.
        await asyncio.sleep(time.monotonic() - began)


def _wrapper(value: bytes) -> str:
    try:
        return wrapped_by(value)
    except VaultError:
        return UNREADABLE
