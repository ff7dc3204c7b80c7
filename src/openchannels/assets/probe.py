"""Finds out what a file is, in a child process that may neither open files nor reach a network.

See `assets/child.py` and `assets/probe_child.py`.
"""

import asyncio
from pathlib import Path

import msgspec

from openchannels.assets import probe_wire as wire
from openchannels.assets.child import ask
from openchannels.core.assets import ContentRefused, FileContent, ReadRange, UploadFault

CHILD = Path(__file__).with_name("probe_child.py")
SECONDS = 30.0
"""How long one file may take."""
AT_ONCE = 2
"""Children at a time: each takes a core and at most `probe_wire.MAX_MEMORY`."""


class Verdict(msgspec.Struct):
    """What the child found: a type with metadata, or a fault."""

    mime: str = ""
    metadata: dict[str, int | float | str] = {}
    fault: UploadFault | None = None


class ChildProbe:
    """Probes files, a few at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def probe(self, read: ReadRange, size: int, *, text: bool) -> FileContent:
        """Returns what the bytes are. Raises ContentRefused, also where the child dies of them."""
        task = wire.TASK.pack(size, text)
        async with self._turns:
            said = await ask(CHILD, task, read, size, self._seconds, wire.MAX_VERDICT)
        try:
            verdict = msgspec.json.decode(said, type=Verdict)
        except msgspec.DecodeError:
            raise ContentRefused(UploadFault.UNREADABLE) from None
        if verdict.fault is not None:
            raise ContentRefused(verdict.fault)
        return FileContent(verdict.mime, verdict.metadata)
