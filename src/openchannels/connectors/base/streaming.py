"""Files as bodies of calls, of which only a small part is in memory at a time."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from openchannels.connectors.base.publisher import MediaFile

PART_BYTES = 1024 * 1024


def streamed(
    file: MediaFile, start: int, end: int, headers: Mapping[str, str]
) -> Mapping[str, Any]:
    """Returns the arguments of a call whose body is a file's bytes from `start` up to `end`."""

    async def parts() -> AsyncIterator[bytes]:
        for position in range(start, end, PART_BYTES):
            yield await file.read(position, min(PART_BYTES, end - position))

    length = {"Content-Length": str(end - start)}
    return {"headers": {**headers, **length}, "stream": parts, "upload": True}
