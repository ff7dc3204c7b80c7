"""Looks at files on foreign addresses, as much of them as their facts take."""

import asyncio

from openchannels.core.assets import ContentRefused
from openchannels.core.media_types import HEAD, FileKind, kind_of
from openchannels.core.publications import MediumKind
from openchannels.core.publish_rules import FileFacts
from openchannels.core.remote_files import RemoteFault, RemoteFileError
from openchannels.service.context import Context

HEAD_BYTES = 4096
LOOK_SECONDS = 20.0
"""How long one file may take, waits for the others not counted."""
AT_ONCE = 4
"""Files that are looked at together in a process; each image lies in memory meanwhile."""
MAX_IMAGE = 32 * 1024 * 1024
"""Images beyond are not read: no platform takes them."""
TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.GIF: "image/gif",
    FileKind.WEBP: "image/webp",
    FileKind.BMP: "image/bmp",
    FileKind.TIFF: "image/tiff",
    FileKind.MP4: "video/mp4",
    FileKind.AVI: "video/x-msvideo",
    FileKind.MATROSKA: "video/x-matroska",
}
QUICKTIME = b"qt  "


class RemoteLooks:
    """Finds out what foreign files are. One look at a file at a time, a few in all."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def look(self, url: str) -> tuple[MediumKind, FileFacts]:
        """Returns what a file is: of a video its type and size alone. Raises RemoteFileError."""
        async with self._turns:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    return await self._look(url)
            except TimeoutError:
                raise RemoteFileError(RemoteFault.TIMEOUT) from None

    async def _look(self, url: str) -> tuple[MediumKind, FileFacts]:
        async with self._context.remote_files.open(url, HEAD_BYTES) as answer:
            size, head = answer.size, b""
            async for part in answer.parts():
                head += part
                if len(head) >= HEAD_BYTES:
                    break
        if size is not None and size > self._context.rules.assets.largest:
            raise RemoteFileError(RemoteFault.TOO_LARGE)
        found = type_of(head)
        if found is None:
            raise RemoteFileError(RemoteFault.TYPE)
        if found.startswith("image/"):
            return MediumKind.IMAGE, await self._image(url, size)
        return MediumKind.VIDEO, FileFacts(mime_type=found, size=size)

    async def _image(self, url: str, size: int | None) -> FileFacts:
        if size is not None and size > MAX_IMAGE:
            raise RemoteFileError(RemoteFault.TOO_LARGE)
        data = bytearray()
        async with self._context.remote_files.open(url) as answer:
            async for part in answer.parts():
                data += part
                if len(data) > MAX_IMAGE:
                    raise RemoteFileError(RemoteFault.TOO_LARGE)

        async def read(start: int, length: int) -> bytes:
            return bytes(data[start : start + length])

        try:
            found = await self._context.content_probe.probe(read, len(data), text=False)
        except ContentRefused:
            raise RemoteFileError(RemoteFault.UNREADABLE) from None
        known = found.metadata
        return FileFacts(
            mime_type=found.mime_type,
            size=len(data),
            width=known.get("width"),
            height=known.get("height"),
        )


def type_of(head: bytes) -> str | None:
    """Returns the type that the first bytes of an image or a video announce; None for others."""
    kind = kind_of(head[:HEAD])
    if kind is FileKind.MATROSKA and b"webm" in head[:64]:
        return "video/webm"
    if kind is FileKind.MP4 and (head[4:8] != b"ftyp" or head[8:12] == QUICKTIME):
        return "video/quicktime"
    return None if kind is None else TYPES.get(kind)
