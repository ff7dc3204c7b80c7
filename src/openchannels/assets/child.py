"""Runs a program over a file that it asks for in ranges, and that may open nothing else.

Decoders are the likeliest place for a hostile file to do harm. A child gets bytes by asking this
process for ranges over its pipes, so it is the same for all stores, and has limits of processor
time, memory and files; see `assets/child_limits.py`.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import structlog

from openchannels.assets import probe_wire as wire
from openchannels.core.assets import ContentRefused, ReadRange, UploadFault

log = structlog.get_logger()
MAX_READ = 256 * 1024 * 1024
"""Bytes that a child may ask for in all: what describes a film is far smaller."""


async def ask(
    program: Path, task: bytes, read: ReadRange, size: int, seconds: float, most: int
) -> bytes:
    """Returns what the child answers, at most `most` bytes.

    Raises ContentRefused where it dies of the file, or takes longer than `seconds`.
    """
    child = await _start(program)
    try:
        async with asyncio.timeout(seconds):
            return await _serve(child, task, read, size, most)
    except (TimeoutError, EOFError, ConnectionError) as error:
        log.info("file not readable within limits", error=type(error).__name__)
        raise ContentRefused(UploadFault.UNREADABLE) from None
    finally:
        await _end(child)


async def _start(program: Path) -> Process:
    # No setting and no secret of ours is in its environment. -I: nothing of the directory either.
    environ = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(program), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environ
    )


async def _serve(child: Process, task: bytes, read: ReadRange, size: int, most: int) -> bytes:
    """Answers the child's requests for ranges until it gives its answer."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(task)
    left = MAX_READ
    while True:
        start, length = wire.REQUEST.unpack(await child.stdout.readexactly(wire.REQUEST.size))
        if start == wire.VERDICT:
            return await child.stdout.readexactly(min(length, most))
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
