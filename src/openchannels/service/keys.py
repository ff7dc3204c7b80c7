"""API keys: how a tool builder's back end shows who it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from openchannels.core import ids
from openchannels.core.clock import Clock
from openchannels.core.errors import Unauthorized
from openchannels.core.keys import ALL_SCOPES, Scope
from openchannels.core.sessions import Binding
from openchannels.service.context import Caller
from openchannels.store import keys as store
from openchannels.store.database import Database
from openchannels.store.vault import Vault

LAST_USED_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `key` and `signing_secret` are shown this once."""

    id: str
    user_id: str
    name: str
    key: str = field(repr=False)
    signing_secret: str = field(repr=False)
    origins: tuple[str, ...]
    expires_at: float | None
    scopes: tuple[Scope, ...]
    binding: Binding


class KeysContext(Protocol):
    """The part of the context that keys need, so that they can be made without a service."""

    @property
    def db(self) -> Database: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def clock(self) -> Clock: ...


class Keys:
    """Making, checking and revoking API keys."""

    def __init__(self, context: KeysContext) -> None:
        self._context = context
        self._touched: dict[str, float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def create(
        self,
        user_id: str,
        name: str = "",
        origins: Sequence[str] = (),
        expires_at: float | None = None,
        scopes: Sequence[Scope] = ALL_SCOPES,
        binding: Binding = Binding.DIRECT,
    ) -> NewKey:
        key_id, key, secret = ids.new_object_id(), ids.new_api_key(), ids.new_signing_secret()
        values = {
            "id": key_id,
            "user_id": user_id,
            "name": name,
            "hash": ids.digest(key),
            "sealed": self._context.vault.seal(secret.encode(), secret_row(key_id)),
            "origins": list(origins),
            "scopes": [scope.value for scope in scopes],
            "binding": binding.value,
            "created_at": self._context.clock(),
            "expires_at": expires_at,
        }
        await self._context.db.write(store.add, values)
        return NewKey(
            key_id, user_id, name, key, secret, tuple(origins), expires_at, tuple(scopes), binding
        )

    async def listed(self, user_id: str | None = None) -> list[dict[str, Any]]:
        rows = await self._context.db.read(store.listed, user_id)
        return [dict(row._mapping) for row in rows]

    async def revoke(self, key_id: str) -> bool:
        return await self._context.db.write(store.revoke, key_id, self._context.clock())

    async def authenticate(self, key: str | None) -> Caller:
        """The caller behind a key. Raises Unauthorized."""
        if not key or not ids.API_KEY.fullmatch(key):
            raise Unauthorized
        row = await self._context.db.read(store.by_hash, ids.digest(key))
        now = self._context.clock()
        if row is None or row.revoked_at is not None:
            raise Unauthorized
        if row.expires_at is not None and row.expires_at <= now:
            raise Unauthorized
        last = self._touched.get(row.id, row.last_used_at or 0.0)
        if last + LAST_USED_SECONDS <= now:
            self._touch(row.id, now)
        return Caller(
            row.user_id,
            row.id,
            row.name,
            tuple(row.origins),
            frozenset(row.scopes),
            Binding(row.binding),
        )

    async def signing_secret(self, key_id: str) -> str | None:
        sealed = await self._context.db.read(store.sealed_secret, key_id)
        if sealed is None:
            return None
        return self._context.vault.open(sealed, secret_row(key_id)).decode()

    async def drain(self) -> None:
        """Wait for writes that no request waits for."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _touch(self, key_id: str, now: float) -> None:
        # No request waits for this: it is a hint for the person who tidies up keys.
        self._touched[key_id] = now
        task = asyncio.create_task(self._write_touch(key_id, now))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_touch(self, key_id: str, now: float) -> None:
        try:
            await self._context.db.write(store.touch, key_id, now)
        except Exception:
            log.exception("could not note the last use of a key", key_id=key_id)


def secret_row(key_id: str) -> str:
    """Name of a key's row in the vault."""
    return f"api_key:{key_id}"
