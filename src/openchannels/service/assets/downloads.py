"""Reading assets by their lasting addresses, which need no key."""

from collections.abc import AsyncIterator

from openchannels.core import errors
from openchannels.core.assets import PATH, Asset
from openchannels.service.context import Context
from openchannels.store.queries import assets as store


class AssetDownloads:
    """Finds files and reads them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, path: str) -> Asset:
        """The confirmed asset of a path. Raises ASSET_NOT_FOUND."""
        asset = None
        if PATH.fullmatch(path):
            asset = await self._context.db.read(store.by_path, path)
        if asset is None:
            raise errors.ASSET_NOT_FOUND()
        return asset

    async def redirect(self, asset: Asset) -> str | None:
        """Where a store of its own gives the file; None where this service does."""
        return await self._context.asset_store.download_url(asset.path)

    def stream(self, asset: Asset, start: int, length: int) -> AsyncIterator[bytes]:
        return self._context.asset_store.stream(asset.path, start, length)
