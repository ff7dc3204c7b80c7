"""`client.assets`: uploaded files."""

from collections.abc import AsyncIterator
from pathlib import Path

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.aio.uploads import send_file
from openchannels.client.models import Asset, AssetPage, SignedUpload


class Assets:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call
        self._timeout = connection.timeout

    async def upload(
        self, path: str | Path, *, type: str = "temp", filename: str | None = None
    ) -> Asset:
        """Uploads a file and confirms it; `type` says what it is for.

        Where the service takes the file itself, it is sent in parts, and each is tried again
        after a cut; a bucket gets it in one request.
        """
        file = Path(path)
        with file.open("rb") as content:
            size = content.seek(0, 2)
            signed = await self.sign(filename or file.name, type=type, size=size)
            await send_file(signed, content, size, self._timeout)
        return await self.confirm(signed.id)

    async def sign(
        self, filename: str, *, type: str = "temp", size: int | None = None
    ) -> SignedUpload:
        """Makes an asset and an address to which its file is to be sent by PUT."""
        body = {"filename": filename, "type": type, "size": size}
        return await self._call(operations.SIGN_UPLOAD, SignedUpload, body=body)

    async def confirm(self, asset_id: str) -> Asset:
        """Makes an uploaded file readable at its `url`."""
        return await self._call(operations.CONFIRM_UPLOAD, Asset, asset_id)

    async def get(self, asset_id: str) -> Asset:
        return await self._call(operations.GET_ASSET, Asset, asset_id)

    async def list(
        self,
        *,
        type: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetPage:
        """Returns a page of assets, newest first."""
        query = {"type": type, "status": status, "limit": limit, "cursor": cursor}
        return await self._call(operations.LIST_ASSETS, AssetPage, query=query)

    async def iter(
        self, *, type: str | None = None, status: str | None = None
    ) -> AsyncIterator[Asset]:
        """Yields assets, newest first."""
        cursor: str | None = None
        while True:
            page = await self.list(type=type, status=status, cursor=cursor)
            for asset in page.list:
                yield asset
            cursor = page.next_cursor
            if cursor is None:
                return

    async def delete(self, asset_id: str) -> None:
        """Deletes an asset and its file."""
        await self._call(operations.DELETE_ASSET, bool, asset_id)
