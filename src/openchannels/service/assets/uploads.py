"""Receiving files: whole or in ranges, cut and resumed."""

import hmac
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from openchannels.core import errors, ids
from openchannels.core.assets import (
    DOCUMENTS,
    OPEN,
    PASSING,
    Asset,
    AssetStatus,
    PartialUpload,
    UploadBusy,
    UploadFault,
    UploadReceiver,
)
from openchannels.core.exceptions import AssetError
from openchannels.core.media_types import HEAD, may_begin
from openchannels.service.assets.signing import too_large
from openchannels.service.context import Context
from openchannels.store.queries import assets as store


@dataclass(frozen=True, slots=True)
class Piece:
    """Which bytes of a file a request carries.

    `length` is that of the request, `total` that of the file; None while they are not known.
    `is_range` is False for a request that carries a whole file.
    """

    start: int = 0
    length: int | None = None
    total: int | None = None
    is_range: bool = False


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How many bytes are there, and whether that is all."""

    received: int
    complete: bool


def upload_failed(fault: UploadFault) -> AssetError:
    """The error for a fault; `retryable` where the same request may succeed later."""
    later = {"retryable": True} if fault in PASSING else {}
    return errors.ASSET_UPLOAD_FAILED({"reason": fault.value, **later})


class AssetUploads:
    """Takes files where the store lets them pass through this service.

    All methods raise ASSET_NOT_FOUND for an address that is unknown or has ended.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, asset_id: str, token: str) -> Asset:
        """The asset of an upload address."""
        asset = None
        if ids.OBJECT_ID.fullmatch(asset_id):
            asset = await self._context.db.read(store.get, asset_id)
        if asset is None or not hmac.compare_digest(asset.upload_hash, ids.digest(token)):
            raise errors.ASSET_NOT_FOUND()
        if asset.status not in OPEN or asset.upload_ends_at <= self._context.clock():
            raise errors.ASSET_NOT_FOUND()
        return asset

    def seconds_left(self, asset: Asset) -> float:
        """How long the address of the upload still lasts."""
        return asset.upload_ends_at - self._context.clock()

    async def progress(self, asset: Asset) -> UploadProgress:
        """What has been received so far."""
        if asset.status == AssetStatus.UPLOADED:
            return UploadProgress(asset.size or asset.reserved, True)
        return UploadProgress(await self._receiver().received(asset.path), False)

    async def receive(
        self, asset: Asset, piece: Piece, parts: AsyncIterator[bytes]
    ) -> UploadProgress:
        """Write what arrives; what was received before `parts` fails is kept.

        A range that begins behind what is there changes nothing. Raises ASSET_TOO_LARGE, and
        ASSET_UPLOAD_FAILED for a wrong length, a type that is not accepted, and where another
        request is sending the same file.
        """
        _check(asset, piece)
        if piece.is_range and asset.status == AssetStatus.UPLOADED:
            return await self.progress(asset)
        try:
            async with self._receiver().open(asset.path) as upload:
                try:
                    return await self._write(asset, piece, parts, upload)
                finally:
                    # It may have been deleted meanwhile, and nobody would find the file any more.
                    found = await self._context.db.read(store.get, asset.id)
                    if found is None or found.status not in OPEN:
                        await upload.discard()
        except UploadBusy:
            raise upload_failed(UploadFault.BUSY) from None

    async def _write(
        self, asset: Asset, piece: Piece, parts: AsyncIterator[bytes], upload: PartialUpload
    ) -> UploadProgress:
        if piece.start > upload.size:
            return UploadProgress(upload.size, False)
        await upload.cut(piece.start)
        async with aclosing(_checked(asset, piece, parts)) as checked:  # type: ignore[type-var]
            try:
                async for part in checked:
                    await upload.append(part)
            except AssetError:
                await upload.discard()
                raise
        expected = piece.total if piece.is_range else asset.size
        if upload.size == expected or (expected is None and not piece.is_range):
            await self._finish(asset, upload)
            return UploadProgress(upload.size, True)
        if not piece.is_range:
            await upload.discard()
            raise upload_failed(UploadFault.LENGTH)
        return UploadProgress(upload.size, False)

    async def _finish(self, asset: Asset, upload: PartialUpload) -> None:
        try:
            await upload.finish()
        except FileNotFoundError:
            # It was deleted meanwhile, with its asset.
            raise errors.ASSET_NOT_FOUND() from None
        now = self._context.clock()
        if not await self._context.db.write(store.mark_uploaded, asset.id, now):
            await self._context.asset_store.discard_upload(asset.path)
            raise errors.ASSET_NOT_FOUND()

    def _receiver(self) -> UploadReceiver:
        receiver = self._context.asset_store.receiver
        if receiver is None:
            raise errors.ASSET_NOT_FOUND()
        return receiver


def _check(asset: Asset, piece: Piece) -> None:
    """Refuses by what is announced, before a byte is stored."""
    total = piece.total if piece.is_range else piece.length
    if max(total or 0, piece.start + (piece.length or 0)) > asset.reserved:
        raise too_large("size", asset.reserved)
    if asset.size is not None and total is not None and total != asset.size:
        raise upload_failed(UploadFault.LENGTH)


async def _checked(asset: Asset, piece: Piece, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts, up to the first that is one too many; the first bytes must be of a known type."""
    most = asset.reserved if piece.length is None else piece.start + piece.length
    at, head = piece.start, b""
    async for part in parts:
        at += len(part)
        if at > most:
            raise too_large("size", most)
        if piece.start == 0 and len(head) < HEAD:
            head += part[:HEAD]
            if not may_begin(head[:HEAD], text=asset.type in DOCUMENTS):
                raise upload_failed(UploadFault.TYPE)
        yield part
