"""An S3-compatible bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html

Clients send files to addresses that the bucket's key has signed, and read them from there. Needs
the extra `s3`, https://developmentseed.org/obstore/latest/.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import obstore
from obstore.store import S3Store

from openchannels.core.assets import UploadReceiver, is_inline

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

UPLOADS, OBJECTS = "uploads", "objects"
READ_SECONDS = 3600.0
PART = 5 * 1024 * 1024
"""The least that S3 takes as a part of an object."""
REWRITES = 2
"""Objects that are written again at a time: each holds a few parts in memory."""
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is, and the key that may use it."""

    name: str
    region: str
    endpoint: str | None
    path_style: bool
    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    public_url: str | None


class BucketStore:
    """Objects are below `objects`, uploads below `uploads`, both under the paths of the assets.

    Upload addresses reach uploads only: what was confirmed is a copy that no client can replace.
    """

    receiver: UploadReceiver | None = None

    def __init__(self, bucket: Bucket) -> None:
        self._public_url = bucket.public_url
        self._rewrites = asyncio.Semaphore(REWRITES)
        config: dict[str, Any] = {
            "region": bucket.region,
            "endpoint": bucket.endpoint,
            "access_key_id": bucket.access_key_id,
            "secret_access_key": bucket.secret_access_key,
            "virtual_hosted_style_request": not bucket.path_style,
        }
        given = {name: value for name, value in config.items() if value is not None}
        self._store = S3Store(
            bucket.name,
            config=cast("S3Config", given),
            client_options={"allow_http": True, "timeout": timedelta(minutes=5)},
            retry_config=RETRIES,
        )

    async def upload_url(self, path: str, seconds: float) -> str | None:
        lasts = timedelta(seconds=seconds)
        return await obstore.sign_async(self._store, "PUT", f"{UPLOADS}/{path}", lasts)

    async def download_url(self, path: str) -> str | None:
        if self._public_url is not None:
            return f"{self._public_url}/{OBJECTS}/{path}"
        lasts = timedelta(seconds=READ_SECONDS)
        return await obstore.sign_async(self._store, "GET", f"{OBJECTS}/{path}", lasts)

    async def promote(self, path: str) -> int | None:
        source, target = f"{UPLOADS}/{path}", f"{OBJECTS}/{path}"
        if await self._size(source) is not None:
            await obstore.copy_async(self._store, source, target)
            await obstore.delete_async(self._store, source)
        return await self._size(target)

    async def _size(self, key: str) -> int | None:
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def write(self, path: str, parts: AsyncIterator[bytes]) -> int:
        key = f"{OBJECTS}/{path}"
        async with self._rewrites:
            await obstore.put_async(
                self._store, key, parts, use_multipart=True, chunk_size=PART, max_concurrency=1
            )
        return await self._size(key) or 0

    def path_of(self, url: str) -> str | None:
        prefix = f"{self._public_url}/{OBJECTS}/"
        return url.removeprefix(prefix) if self._public_url and url.startswith(prefix) else None

    async def label(self, path: str, mime_type: str) -> None:
        """Writes the object again if it bears another type, which the client chose."""
        key = f"{OBJECTS}/{path}"
        wanted = {"Content-Type": mime_type}
        if not is_inline(mime_type):
            wanted["Content-Disposition"] = ATTACHMENT
        found = await obstore.get_async(self._store, key)
        if {**found.attributes, **wanted} == found.attributes:
            return
        async with self._rewrites:
            await obstore.put_async(
                self._store,
                key,
                self.stream(path, 0, found.meta["size"]),
                attributes=wanted,
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=1,
            )

    async def read(self, path: str, start: int, length: int) -> bytes:
        key = f"{OBJECTS}/{path}"
        return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))

    async def stream(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        for at in range(start, start + length, PART):
            yield await self.read(path, at, min(PART, start + length - at))

    async def discard_upload(self, path: str) -> None:
        await self._delete(f"{UPLOADS}/{path}")

    async def delete(self, path: str) -> None:
        await self._delete(f"{UPLOADS}/{path}", f"{OBJECTS}/{path}")

    async def _delete(self, *keys: str) -> None:
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue

    async def delete_folder(self, folder: str) -> None:
        for part in (UPLOADS, OBJECTS):
            async for found in obstore.list(self._store, prefix=f"{part}/{folder}"):
                await self._delete(*(one["path"] for one in found))

    async def close(self) -> None:
        """Nothing to do: the library closes its connections."""
