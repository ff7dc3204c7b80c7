"""Values that connectors share between processes, sealed in the store."""

from openchannels.core.clock import Clock
from openchannels.core.platforms import Platform
from openchannels.service.sealing import platform_state_row
from openchannels.store.database import Connection, Database
from openchannels.store.queries import platform_state as store
from openchannels.store.vault.vault import Vault, VaultError
from openchannels.transport.app_tokens import StoredValue


class StoredState:
    """The `SharedState` of one platform."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, platform: Platform) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._platform = platform

    async def get(self, name: str) -> StoredValue | None:
        row = await self._db.read(store.get, self._platform, name)
        if row is None or row.expires_at <= self._clock():
            return None
        try:
            value = self._vault.open(row.sealed, self._row(name)).decode()
        except VaultError:
            # Its key is gone; the platform can issue every value here again.
            return None
        return StoredValue(value, row.expires_at, row.version)

    async def put(self, name: str, value: str, seconds: float) -> StoredValue:
        kept = await self._db.write(self._write, name, value, seconds, None)
        assert kept is not None
        return kept

    async def put_if_absent(self, name: str, value: str, seconds: float) -> StoredValue | None:
        return await self._db.write(self._write, name, value, seconds, self._clock())

    async def drop(self, name: str, version: int) -> None:
        await self._db.write(store.expire_value, self._platform, name, version, self._clock())

    def _write(
        self,
        connection: Connection,
        name: str,
        value: str,
        seconds: float,
        unless_after: float | None,
    ) -> StoredValue | None:
        now = self._clock()
        before = store.get(connection, self._platform, name)
        sealed = self._vault.seal(
            value.encode(), self._row(name), before.sealed if before else None
        )
        end = now + seconds
        version = store.store_value(
            connection, self._platform, name, sealed, end, unless_after=unless_after
        )
        return None if version is None else StoredValue(value, end, version)

    def _row(self, name: str) -> str:
        return platform_state_row(self._platform, name)
