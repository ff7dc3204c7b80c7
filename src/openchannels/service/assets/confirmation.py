"""Confirming uploads: the file is looked at, and its asset is served or refused."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

import structlog

from openchannels.core import errors, ids
from openchannels.core.assets import (
    DOCUMENTS,
    Asset,
    AssetStatus,
    ContentRefused,
    FileContent,
    UploadFault,
)
from openchannels.core.exceptions import AssetError, Unavailable
from openchannels.service.assets.signing import too_large
from openchannels.service.assets.uploads import upload_failed
from openchannels.service.context import Caller, Context
from openchannels.store.queries import assets as store

LEASE_SECONDS = 60.0
LEFTOVER_SECONDS = 600.0
"""From the end of an upload address until what was sent there too late is deleted."""
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}

log = structlog.get_logger()


class AssetConfirmation:
    """Confirms uploads. One request at a time works on an asset, under a lease."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def confirm(self, caller: Caller, asset_id: str) -> Asset:
        """The confirmed asset; confirming it again changes nothing.

        Raises ASSET_NOT_FOUND; ASSET_UPLOAD_FAILED and ASSET_TOO_LARGE for a file that is not
        accepted, which is deleted, and ASSET_UPLOAD_FAILED where there is none yet.
        """
        asset = await self._owned(caller, asset_id)
        if asset.status == AssetStatus.CONFIRMED:
            return asset
        if asset.status == AssetStatus.FAILED:
            raise upload_failed(UploadFault(asset.fault or UploadFault.UNREADABLE))
        owner = ids.new_object_id()
        async with self._claimed(asset_id, owner) as is_claimed:
            if is_claimed:
                await self._settle(asset, owner)
        confirmed = await self._owned(caller, asset_id)
        if confirmed.status != AssetStatus.CONFIRMED:
            raise upload_failed(UploadFault.BUSY)
        return confirmed

    async def _owned(self, caller: Caller, asset_id: str) -> Asset:
        asset = await self._context.db.read(store.get_owned, caller.user_id, asset_id)
        if asset is None:
            raise errors.ASSET_NOT_FOUND()
        return asset

    async def _settle(self, asset: Asset, owner: str) -> None:
        """Promote the file, look at it and record what it is, or why it is refused."""
        assets = self._context.asset_store
        size = await assets.promote(asset.path)
        if size is None:
            raise upload_failed(UploadFault.NOT_UPLOADED)
        try:
            content = await self._examine(asset, size)
        except AssetError as refused:
            await self._refuse(asset, owner, refused)
            raise
        await assets.label(asset.path, content.mime_type)
        now = self._context.clock()
        values = {
            "status": AssetStatus.CONFIRMED.value,
            "size": size,
            "reserved": size,
            "mime_type": content.mime_type,
            "metadata": dict(content.metadata),
            "updated_at": now,
            "purge_at": asset.upload_ends_at + LEFTOVER_SECONDS,
            **NO_LEASE,
        }
        if not await self._context.db.write(store.settle, asset.id, owner, values):
            await self._give_up(asset)

    async def _examine(self, asset: Asset, size: int) -> FileContent:
        """What the file is. Raises ASSET_TOO_LARGE and ASSET_UPLOAD_FAILED."""
        if size > asset.reserved:
            raise too_large("size", asset.reserved)
        if asset.size is not None and size != asset.size:
            raise upload_failed(UploadFault.LENGTH)
        read = partial(self._context.asset_store.read, asset.path)
        try:
            return await self._context.content_probe.probe(read, size, text=asset.type in DOCUMENTS)
        except ContentRefused as refused:
            raise upload_failed(refused.fault) from None

    async def _refuse(self, asset: Asset, owner: str, refused: AssetError) -> None:
        fault = refused.data["reason"] if refused.code is errors.ASSET_UPLOAD_FAILED else "length"
        now = self._context.clock()
        values = {
            "status": AssetStatus.FAILED.value,
            "fault": fault,
            "reserved": 0,
            "updated_at": now,
            **NO_LEASE,
        }
        # The bytes go first: those of a row that says failed would count nowhere.
        await self._context.asset_store.delete(asset.path)
        await self._context.db.write(store.settle, asset.id, owner, values)

    async def _give_up(self, asset: Asset) -> None:
        """The asset was deleted meanwhile, or another request has taken it over."""
        found = await self._context.db.read(store.get, asset.id)
        if found is None or found.status == AssetStatus.DELETED:
            await self._context.asset_store.delete(asset.path)

    @contextlib.asynccontextmanager
    async def _claimed(self, asset_id: str, owner: str) -> AsyncIterator[bool]:
        """Whether this request may work on the asset; the lease is renewed meanwhile."""
        if not await self._claim(asset_id, owner):
            yield False
            return
        renewing = asyncio.create_task(self._renew(asset_id, owner))
        try:
            yield True
        finally:
            renewing.cancel()
            with contextlib.suppress(Unavailable):
                await self._context.db.write(store.release, asset_id, owner)

    async def _claim(self, asset_id: str, owner: str) -> bool:
        now = self._context.clock()
        return await self._context.db.write(store.claim, asset_id, owner, now, LEASE_SECONDS)

    async def _renew(self, asset_id: str, owner: str) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self._claim(asset_id, owner)
            except Unavailable:
                log.warning("the lease of a confirmation could not be renewed", asset=asset_id)
