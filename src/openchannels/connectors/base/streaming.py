"""Files as bodies of calls, of which only a small part is in memory at a time."""

from collections.abc import AsyncIterator

from openchannels.connectors.base.publisher import MediaFile
from openchannels.transport.client import StreamedBody

PART_BYTES = 1024 * 1024


def streamed(file: MediaFile, start: int = 0, end: int | None = None) -> StreamedBody:
    """Returns the bytes of a file from `start` up to `end`, by default those to its end."""
    until = file.size if end is None else end

    async def parts() -> AsyncIterator[bytes]:
        position = start
        while position < until:
            part = await file.read(position, min(PART_BYTES, until - position))
            if not part:
                return
            yield part
            position += len(part)

    return StreamedBody(until - start, parts)
