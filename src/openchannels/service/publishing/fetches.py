"""Files of publications as platforms fetch them: under addresses that end, and that are counted."""

from collections.abc import AsyncIterator

from openchannels.core import errors, ids
from openchannels.core.assets import Asset, AssetStatus
from openchannels.service.context import Context
from openchannels.store.queries import assets, publication_files


class PublishFetches:
    """Gives platforms the files that they fetch, and notes what they have read."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, token: str) -> Asset:
        """Returns the file of an address. Raises ASSET_NOT_FOUND, also after its end."""
        now = self._context.clock()
        asset_id = await self._context.db.read(
            publication_files.asset_of_address, ids.digest(token), now
        )
        asset = None if asset_id is None else await self._context.db.read(assets.get, asset_id)
        if asset is None or asset.status != AssetStatus.CONFIRMED:
            raise errors.ASSET_NOT_FOUND()
        return asset

    async def stream(
        self, asset: Asset, token: str, start: int, length: int
    ) -> AsyncIterator[bytes]:
        """Yields a part of the file; records that it was begun, and that its end was reached."""
        digest = ids.digest(token)
        platform = await self._context.db.read(publication_files.platform_of_address, digest)
        await self._note(token, whole=False)
        async for part in self._context.asset_store.stream(asset.path, start, length):
            self._context.metrics.count_publication_bytes(platform or "", len(part))
            yield part
        if start + length >= (asset.size or 0):
            await self._note(token, whole=True)

    async def _note(self, token: str, *, whole: bool) -> None:
        digest, now = ids.digest(token), self._context.clock()
        await self._context.db.write(publication_files.note_read, digest, now, whole=whole)
