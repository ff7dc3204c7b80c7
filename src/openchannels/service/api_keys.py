"""API keys, which authenticate callers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import structlog

from openchannels.core import errors, ids
from openchannels.core.audit import OPERATOR, Action
from openchannels.core.clock import Clock
from openchannels.core.exceptions import Moving, Unauthorized
from openchannels.core.keys import ALL_SCOPES, Scope
from openchannels.core.platforms import Text
from openchannels.core.sessions import Binding
from openchannels.service.context import Caller
from openchannels.service.sealing import api_key_row
from openchannels.store.database import Connection, Database
from openchannels.store.queries import audit, metadata
from openchannels.store.queries import keys as store
from openchannels.store.vault.vault import Vault

LAST_USED_SECONDS = 60.0
REMEMBERED_SECONDS = 0.5
MOST_REMEMBERED = 1_000
STORE_TAG = "store_tag"
"""Name of the store's own value that its keys bear."""
OTHER_STORE = Text(
    en="This key was created in another store than this server's. Use the same data directory or"
    " database for `openchannels keys create` and for the server.",
    zh="此密钥由另一个存储创建。"
    "请让 `openchannels keys create` 与服务器使用同一个数据目录或数据库。",
)
INHERITED = ("user_id", "name", "origins", "scopes", "all_scopes", "binding")
"""What a rotated key inherits from the one it replaces."""

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


@dataclass(frozen=True, slots=True)
class _KnownKey:
    """A working key as it was read, until when it need not be read again by the monotonic clock."""

    caller: Caller
    expires_at: float | None
    last_used_at: float
    until: float


class ApiKeysContext(Protocol):
    """The part of the context that keys need, which a command can build without a service."""

    @property
    def db(self) -> Database: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def clock(self) -> Clock: ...


class ApiKeys:
    """Creates, authenticates, rotates and revokes API keys."""

    def __init__(self, context: ApiKeysContext) -> None:
        self._context = context
        self._touched: dict[str, float] = {}
        self._known: dict[bytes, _KnownKey] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def create(
        self,
        user_id: str,
        name: str = "",
        origins: Sequence[str] = (),
        expires_at: float | None = None,
        scopes: Sequence[Scope] | None = None,
        binding: Binding = Binding.DIRECT,
        actor: str = OPERATOR,
    ) -> NewKey:
        """Create a key; without `scopes` it holds all, those of later versions too."""
        made, key, secret = await self._secrets()
        values = {
            **made,
            "user_id": user_id,
            "name": name,
            "origins": list(origins),
            "scopes": [scope.value for scope in (ALL_SCOPES if scopes is None else scopes)],
            "all_scopes": scopes is None,
            "binding": binding.value,
            "created_at": self._context.clock(),
            "expires_at": expires_at,
        }
        await self._context.db.write(self._add, values, actor)
        return _new(values, key, secret)

    async def list_keys(self, user_id: str | None = None) -> list[dict[str, Any]]:
        rows = await self._context.db.read(store.list_keys, user_id)
        return [_listed(dict(row._mapping)) for row in rows]

    async def revoke(self, key_id: str, actor: str = OPERATOR) -> bool:
        """End a key; returns False if there is no such active key.

        Here it ends at once, in other processes within `REMEMBERED_SECONDS`.
        """
        ended = await self._context.db.write(self._revoke, key_id, actor)
        self._known.clear()
        return ended

    async def rotate(
        self, key_id: str, overlap_seconds: float, actor: str = OPERATOR
    ) -> NewKey | None:
        """Create a key like another, which ends after the overlap; until then both work.

        The new key gets the old one's lifetime, counted from now. Returns None if there is no such
        active key, or it was rotated before.
        """
        made, key, secret = await self._secrets()
        values = await self._context.db.write(self._rotate, key_id, made, overlap_seconds, actor)
        self._known.clear()
        return None if values is None else _new(values, key, secret)

    async def _secrets(self) -> tuple[dict[str, Any], str, str]:
        """The columns of a new key that derive from its secrets, the key and its signing secret."""
        tag = await self._context.db.write(metadata.put_once, STORE_TAG, ids.new_store_tag())
        key_id, key, secret = ids.new_object_id(), ids.new_api_key(tag), ids.new_signing_secret()
        sealed = self._context.vault.seal(secret.encode(), api_key_row(key_id))
        return {"id": key_id, "hash": ids.digest(key), "sealed": sealed}, key, secret

    def _add(self, connection: Connection, values: Mapping[str, Any], actor: str) -> None:
        store.insert_key(connection, values)
        details = {name: values[name] for name in ("scopes", "binding", "origins")}
        self._note(
            connection, values["user_id"], actor, Action.KEY_CREATED, values["id"], **details
        )

    def _revoke(self, connection: Connection, key_id: str, actor: str) -> bool:
        user_id = store.revoke(connection, key_id, self._context.clock())
        if user_id is None:
            return False
        self._note(connection, user_id, actor, Action.KEY_REVOKED, key_id)
        return True

    def _rotate(
        self,
        connection: Connection,
        key_id: str,
        made: Mapping[str, Any],
        overlap: float,
        actor: str,
    ) -> dict[str, Any] | None:
        now = self._context.clock()
        old = store.expire_by(connection, key_id, made["id"], now, now + overlap)
        if old is None:
            return None
        values = {
            **{name: getattr(old, name) for name in INHERITED},
            **made,
            "created_at": now,
            "expires_at": old.expires_at and now + old.expires_at - old.created_at,
        }
        store.insert_key(connection, values)
        details = {"successor": made["id"], "overlapSeconds": overlap}
        self._note(connection, old.user_id, actor, Action.KEY_ROTATED, key_id, **details)
        return values

    def _note(
        self,
        connection: Connection,
        user_id: str,
        actor: str,
        action: Action,
        key_id: str,
        **details: Any,
    ) -> None:
        now = self._context.clock()
        audit.record(connection, now, user_id, actor, action, key=key_id, **details)

    async def authenticate(self, key: str | None) -> Caller:
        """The caller of a key. Raises UNAUTHORIZED, which names a key of another store as such.

        A key that was read in the last half second is not read again, so that is how long one
        works on that another process revokes.
        """
        if not key or not ids.API_KEY.fullmatch(key):
            raise errors.UNAUTHORIZED()
        digest = ids.digest(key)
        known = self._known.get(digest)
        if known is None or known.until <= monotonic():
            known = await self._read(key, digest)
        now = self._context.clock()
        if known.expires_at is not None and known.expires_at <= now:
            raise errors.UNAUTHORIZED()
        key_id = known.caller.key_id
        last = self._touched.get(key_id, known.last_used_at)
        if not now - LAST_USED_SECONDS < last <= now:
            self._touch(key_id, now)
        return known.caller

    async def _read(self, key: str, digest: bytes) -> "_KnownKey":
        until = monotonic() + REMEMBERED_SECONDS
        row = await self._context.db.read(store.by_hash, digest)
        if row is None:
            raise await self._unknown(key)
        if row.revoked_at is not None:
            raise errors.UNAUTHORIZED()
        caller = Caller(
            row.user_id,
            row.id,
            row.name,
            tuple(row.origins),
            frozenset(ALL_SCOPES if row.all_scopes else row.scopes),
            Binding(row.binding),
        )
        known = _KnownKey(caller, row.expires_at, row.last_used_at or 0.0, until)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[digest] = known
        return known

    async def _unknown(self, key: str) -> Unauthorized:
        made_for = ids.store_tag_of(key)
        if made_for is None:
            return errors.UNAUTHORIZED()
        if made_for == await self._context.db.read(metadata.get_value, STORE_TAG):
            return errors.UNAUTHORIZED()
        return errors.UNAUTHORIZED({"reason": "other_store", "detail": OTHER_STORE})

    async def signing_secret(self, key_id: str) -> str | None:
        sealed = await self._context.db.read(store.sealed_secret, key_id)
        if sealed is None:
            return None
        return self._context.vault.open(sealed, api_key_row(key_id)).decode()

    async def origins(self, key_id: str) -> tuple[str, ...]:
        return tuple(await self._context.db.read(store.origins, key_id))

    async def drain(self) -> None:
        """Wait for writes that no request waits for."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _touch(self, key_id: str, now: float) -> None:
        # In the background: it is only a hint for whoever cleans up unused keys.
        self._touched[key_id] = now
        task = asyncio.create_task(self._write_touch(key_id, now))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_touch(self, key_id: str, now: float) -> None:
        try:
            await self._context.db.write(store.record_use, key_id, now)
        except Moving:
            return
        except Exception:
            log.exception("could not record the last use of a key", key_id=key_id)


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    """A key as it is listed, with the scopes that it holds now."""
    held = [*ALL_SCOPES] if values.pop("all_scopes") else values["scopes"]
    return {**values, "scopes": [str(scope) for scope in held]}


def _new(values: Mapping[str, Any], key: str, secret: str) -> NewKey:
    return NewKey(
        values["id"],
        values["user_id"],
        values["name"],
        key,
        secret,
        tuple(values["origins"]),
        values["expires_at"],
        ALL_SCOPES if values["all_scopes"] else tuple(map(Scope, values["scopes"])),
        Binding(values["binding"]),
    )
