"""Turns images and frames of videos into images, in a child process like that which finds out what
a file is.
"""

import asyncio
from pathlib import Path

from openchannels.assets import probe_wire as wire
from openchannels.assets.child import ask
from openchannels.core.assets import ContentRefused, ImageTarget, ReadRange, UploadFault

CHILD = Path(__file__).with_name("adapt_child.py")
SECONDS = 60.0
AT_ONCE = 1
"""Children at a time: decoding and encoding take a core and a few copies of the image."""


class ChildAdapter:
    """Adapts images, one at a time; see `core.assets.ImageAdapter`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def adapt(self, read: ReadRange, size: int, target: ImageTarget) -> bytes:
        task = wire.IMAGE_TASK.pack(
            size,
            target.format.encode(),
            target.max_size or wire.MAX_IMAGE,
            target.max_width or 0,
            target.max_height or 0,
            target.fills,
        )
        async with self._turns:
            data = await ask(CHILD, task, read, size, self._seconds, wire.MAX_IMAGE)
        if not data:
            raise ContentRefused(UploadFault.UNREADABLE)
        return data
