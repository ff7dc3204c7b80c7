"""`client.assets`: uploaded files."""

from collections.abc import Iterator
from pathlib import Path

from openchannels.client import operations
from openchannels.client.models import Asset, AssetPage, SignedUpload
from openchannels.client.sync.connection import Connection
from openchannels.client.sync.uploads import send_file


class Assets:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call
        self._timeout = connection.timeout

    def upload(self, path: str | Path, *, type: str = "temp", filename: str | None = None) -> Asset:
        """Uploads a file and confirms it; `type` says what it is for.

        Where the service takes the file itself, it is sent in parts, and each is tried again
        after a cut; a bucket gets it in one request.
        """
        file = Path(path)
        with file.open("rb") as content:
            size = content.seek(0, 2)
            signed = self.sign(filename or file.name, type=type, size=size)
            send_file(signed, content, size, self._timeout)
        return self.confirm(signed.id)

    def sign(self, filename: str, *, type: str = "temp", size: int | None = None) -> SignedUpload:
        """Makes an asset and an address to which its file is to be sent by PUT."""
        body = {"filename": filename, "type": type, "size": size}
        return self._call(operations.SIGN_UPLOAD, SignedUpload, body=body)

    def confirm(self, asset_id: str) -> Asset:
        """Makes an uploaded file readable at its `url`."""
        return self._call(operations.CONFIRM_UPLOAD, Asset, asset_id)

    def get(self, asset_id: str) -> Asset:
        return self._call(operations.GET_ASSET, Asset, asset_id)

    def list(
        self,
        *,
        type: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetPage:
        """Returns a page of assets, newest first."""
        query = {"type": type, "status": status, "limit": limit, "cursor": cursor}
        return self._call(operations.LIST_ASSETS, AssetPage, query=query)

    def iter(self, *, type: str | None = None, status: str | None = None) -> Iterator[Asset]:
        """Yields assets, newest first."""
        cursor: str | None = None
        while True:
            page = self.list(type=type, status=status, cursor=cursor)
            for asset in page.list:
                yield asset
            cursor = page.next_cursor
            if cursor is None:
                return

    def delete(self, asset_id: str) -> None:
        """Deletes an asset and its file."""
        self._call(operations.DELETE_ASSET, bool, asset_id)
