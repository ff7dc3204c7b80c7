"""The assets of a user: listed, shown, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core import errors
from openchannels.core.assets import Asset, AssetFilter, AssetStatus
from openchannels.core.audit import Action
from openchannels.core.positions import Position, read_position
from openchannels.service.context import Caller, Context
from openchannels.store.database import Connection
from openchannels.store.queries import assets as store
from openchannels.store.queries import audit, publication_files


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Assets, newest first, and the cursor of the next page if there is one."""

    assets: Sequence[Asset]
    next_cursor: str | None


class Assets:
    """Reads and deletes the assets of a caller. All methods raise ASSET_NOT_FOUND."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, caller: Caller, asset_id: str) -> Asset:
        asset = await self._context.db.read(store.get_owned, caller.user_id, asset_id)
        if asset is None:
            raise errors.ASSET_NOT_FOUND()
        return asset

    async def list_page(
        self, caller: Caller, wanted: AssetFilter, limit: int, cursor: str | None
    ) -> AssetPage:
        """A page of the caller's assets. Raises VALIDATION_FAILED for a bad cursor."""
        before = None if cursor is None else read_position(cursor)
        found = await self._context.db.read(
            store.list_owned, caller.user_id, wanted, limit + 1, before
        )
        shown = found[:limit]
        last = Position(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        return AssetPage(shown, last.cursor if last else None)

    async def delete(self, caller: Caller, asset_id: str) -> None:
        """Delete an asset and its bytes; its address stops working at once.

        Raises ASSET_IN_USE while a publication that goes on names it.
        """
        await self._context.db.write(self._delete, caller, asset_id)
        await self.purge(asset_id)

    def _delete(self, connection: Connection, caller: Caller, asset_id: str) -> None:
        now = self._context.clock()
        if publication_files.is_needed(connection, asset_id):
            raise errors.ASSET_IN_USE()
        if not store.mark_deleted(connection, caller.user_id, asset_id, now):
            raise errors.ASSET_NOT_FOUND()
        actor = f"key:{caller.key_id}"
        audit.record(connection, now, caller.user_id, actor, Action.ASSET_DELETED, asset=asset_id)

    async def purge(self, asset_id: str) -> None:
        """Delete what is left over of an asset: all of it, or the upload of a confirmed one."""
        db, assets = self._context.db, self._context.asset_store
        stopped = await db.write(store.stop, asset_id)
        asset = await db.read(store.get, asset_id)
        if asset is None:
            return
        if stopped:
            await assets.delete(asset.path)
            await db.write(store.forget, asset_id)
        elif asset.status == AssetStatus.CONFIRMED:
            await assets.discard_upload(asset.path)
            await db.write(store.end_purge, asset_id)
