"""Finds out what a file is, in a child process that may neither open files nor reach a network.

Decoders are the likeliest place for a hostile file to do harm. The child gets bytes by asking this
process for ranges over its pipes, so it is the same for all stores, and has limits of processor
time, memory and files; see `assets/probe_child.py`.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import msgspec
import structlog

from openchannels.assets import probe_wire as wire
from openchannels.core.assets import ContentRefused, FileContent, ReadRange, UploadFault

log = structlog.get_logger()
CHILD = Path(__file__).with_name("probe_child.py")
SECONDS = 30.0
"""How long one file may take."""
MAX_READ = 256 * 1024 * 1024
"""Bytes that the child may ask for in all: what describes a film is far smaller."""
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
        async with self._turns:
            child = await _start()
            try:
                async with asyncio.timeout(self._seconds):
                    verdict = await _serve(child, read, size, text)
            except (TimeoutError, EOFError, ConnectionError, msgspec.DecodeError) as error:
                log.info("file not readable within limits", error=type(error).__name__)
                raise ContentRefused(UploadFault.UNREADABLE) from None
            finally:
                await _end(child)
        if verdict.fault is not None:
            raise ContentRefused(verdict.fault)
        return FileContent(verdict.mime, verdict.metadata)


async def _start() -> Process:
    # No setting and no secret of ours is in its environment. -I: nothing of the directory either.
    environ = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(CHILD), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environ
    )


async def _serve(child: Process, read: ReadRange, size: int, text: bool) -> Verdict:
    """Answers the child's requests for ranges until it gives its verdict."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(wire.TASK.pack(size, text))
    left = MAX_READ
    while True:
        start, length = wire.REQUEST.unpack(await child.stdout.readexactly(wire.REQUEST.size))
        if start == wire.VERDICT:
            data = await child.stdout.readexactly(min(length, wire.MAX_VERDICT))
            return msgspec.json.decode(data, type=Verdict)
        left -= length
        if left < 0 or start + length > size:
            raise EOFError
        data = await read(start, length)
        if len(data) != length:
            raise EOFError
        child.stdin.write(data)
        await child.stdin.drain()


async def _end(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()
