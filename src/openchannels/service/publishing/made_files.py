"""Files that are made for one publication: fetched from foreign addresses, or adapted.

Each is an asset of the user that counts toward the quota, and that is deleted when the publication
has ended. It belongs to the publication before its bytes arrive, so a process that ends meanwhile
leaves nothing behind.
"""

from collections.abc import AsyncIterator
from functools import partial

from openchannels.core import errors, ids
from openchannels.core.assets import (
    Asset,
    AssetStatus,
    AssetType,
    ContentRefused,
    FileContent,
    ImageTarget,
    new_path,
)
from openchannels.core.publications import Medium, PublicationRefused
from openchannels.core.publish_rules import FORMATS
from openchannels.core.remote_files import RemoteFault, RemoteFileError
from openchannels.service.context import Context
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.remote_looks import type_of
from openchannels.store.database import Connection
from openchannels.store.queries import assets as store
from openchannels.store.queries import publication_files, publications

UNFINISHED_SECONDS = 86_400.0
"""For how long bytes that were not all stored are kept at most."""


class MadeFiles:
    """Makes the files of publications. Methods raise PublicationTaken and PublicationRefused."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def drop_unfinished(self, held: HeldPublication) -> None:
        """Lets go of what an earlier run has not finished."""
        await self._context.db.write(self._drop_unfinished, held.publication.id)

    def _drop_unfinished(self, connection: Connection, publication_id: str) -> None:
        left = publication_files.unfinished_assets(connection, publication_id)
        for asset_id in left:
            publication_files.drop_asset(connection, publication_id, asset_id)
        store.end(connection, left, self._context.clock())

    async def fetch(self, held: HeldPublication, medium: Medium) -> Asset:
        """Returns the asset of a file that lies on a foreign address."""
        rules = self._context.rules.assets
        try:
            async with self._context.remote_files.open(medium.url) as answer:
                size = answer.size
                if None not in (size, medium.size) and size != medium.size:
                    raise RemoteFileError(RemoteFault.CHANGED)
                most = min(rules.unsized, rules.largest) if size is None else size
                if most > rules.largest:
                    raise RemoteFileError(RemoteFault.TOO_LARGE)
                parts = answer.parts()
                head = await anext(parts, b"")
                asset = await self._reserve(held, _filename(type_of(head)), most)
                asset = await self._store(held, asset, _bounded(head, parts, most))
        except RemoteFileError as error:
            raise refused(medium, error) from None
        if size is not None and asset.size != size:
            raise refused(medium, RemoteFileError(RemoteFault.NETWORK))
        if (asset.mime_type or "").partition("/")[0] != medium.kind.value:
            raise refused(medium, RemoteFileError(RemoteFault.CHANGED))
        return asset

    async def adapt(
        self, held: HeldPublication, medium: Medium, asset: Asset, target: ImageTarget
    ) -> Asset:
        """Returns the asset of an image that a file, or a frame of a video, is turned into."""
        read = partial(self._context.asset_store.read, asset.path)
        try:
            data = await self._context.image_adapter.adapt(read, asset.size or 0, target)
            name = _filename(f"image/{target.format}")
            made = await self._reserve(held, name, len(data))
            return await self._store(held, made, _once(data))
        except ContentRefused:
            raise refused(medium, RemoteFileError(RemoteFault.UNREADABLE)) from None
        except RemoteFileError as error:
            raise refused(medium, error) from None

    async def _reserve(self, held: HeldPublication, filename: str, size: int) -> Asset:
        now, kind = self._context.clock(), AssetType.PUBLISH_MEDIA
        user_id = held.publication.user_id
        asset = Asset(
            id=ids.new_object_id(),
            user_id=user_id,
            path=new_path(user_id, kind, filename, now),
            type=kind.value,
            status=AssetStatus.PENDING.value,
            size=None,
            reserved=size,
            mime_type=None,
            filename=filename,
            metadata={},
            fault=None,
            # Nobody knows what this is a digest of: nothing can be sent to the asset.
            upload_hash=ids.digest(ids.new_secret()),
            upload_ends_at=now,
            created_at=now,
            updated_at=now,
        )
        if not await self._context.db.write(self._insert, held, asset):
            raise RemoteFileError(RemoteFault.QUOTA)
        return asset

    def _insert(self, connection: Connection, held: HeldPublication, asset: Asset) -> bool:
        one, quota = held.publication, self._context.rules.assets.quota
        kept = {"updated_at": asset.created_at}
        if not publications.change(connection, one.id, held.owner, kept):
            raise PublicationTaken
        values = {name: getattr(asset, name) for name in Asset.__dataclass_fields__}
        values["purge_at"] = asset.created_at + UNFINISHED_SECONDS
        if not store.insert_within(connection, values, quota):
            return False
        publication_files.add_asset(connection, one.id, asset.id, made=True)
        return True

    async def _store(
        self, held: HeldPublication, asset: Asset, parts: AsyncIterator[bytes]
    ) -> Asset:
        """Store the bytes, look at them and confirm the asset."""
        objects, db = self._context.asset_store, self._context.db
        size = await objects.write(asset.path, parts)
        content = await self._examined(asset.path, size)
        await objects.label(asset.path, content.mime_type)
        values = {
            "status": AssetStatus.CONFIRMED.value,
            "size": size,
            "reserved": size,
            "mime_type": content.mime_type,
            "metadata": dict(content.metadata),
            "updated_at": self._context.clock(),
            "purge_at": None,
        }
        if not await db.write(store.complete, asset.id, values):
            raise PublicationTaken
        found = await db.read(store.get_owned, held.publication.user_id, asset.id)
        if found is None:
            raise PublicationTaken
        return found

    async def _examined(self, path: str, size: int) -> FileContent:
        read = partial(self._context.asset_store.read, path)
        try:
            return await self._context.content_probe.probe(read, size, text=False)
        except ContentRefused:
            raise RemoteFileError(RemoteFault.UNREADABLE) from None


def refused(medium: Medium, error: RemoteFileError) -> PublicationRefused:
    """Returns what a file that cannot be used does to its publication."""
    return PublicationRefused(
        errors.PUBLISH_RESOURCE_UNAVAILABLE,
        f"{medium.url}: {error}",
        platform_code=error.fault.value,
        final=not error.passes,
        kind="media_unavailable",
    )


async def _bounded(head: bytes, parts: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """Yields all parts, at most so many bytes. Raises RemoteFileError beyond."""
    size = len(head)
    yield head
    async for part in parts:
        size += len(part)
        if size > most:
            raise RemoteFileError(RemoteFault.TOO_LARGE)
        yield part


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _filename(mime_type: str | None) -> str:
    """The name of a file of a type, by which its addresses end."""
    if mime_type is None:
        raise RemoteFileError(RemoteFault.TYPE)
    return f"{mime_type.partition('/')[0]}.{FORMATS[mime_type][0]}"
