"""The embedded store: a directory, written and read by this service."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, ParamSpec, Protocol, TypeVar

from openchannels.assets import files
from openchannels.core.assets import UploadReceiver

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 8
PART = 256 * 1024
"""Bytes that are written or read in one step."""


class Run(Protocol):
    """Runs blocking work in a thread of the store."""

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


class DirectoryStore:
    """Objects are below `objects`, uploads below `uploads`, both under the paths of the assets.

    An upload ends in `.part` while it arrives and in `.done` once it is complete.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._pool = ThreadPoolExecutor(THREADS, "assets")
        self._receiver = DirectoryReceiver(self._upload, self._run)
        self.receiver: UploadReceiver | None = self._receiver

    async def upload_url(self, path: str, seconds: float) -> str | None:
        return None

    async def download_url(self, path: str) -> str | None:
        return None

    async def promote(self, path: str) -> int | None:
        return await self._run(self._promote, path)

    def _promote(self, path: str) -> int | None:
        target = self._object(path)
        with contextlib.suppress(FileNotFoundError):
            files.move(self._upload(path, "done"), target)
        return files.size_of(target)

    async def write(self, path: str, parts: AsyncIterator[bytes]) -> int:
        async with self._receiver.open(path) as upload:
            try:
                await upload.cut(0)
                async for part in parts:
                    await upload.append(part)
                await upload.finish()
            except BaseException:
                await upload.discard()
                raise
        return await self.promote(path) or 0

    def path_of(self, url: str) -> str | None:
        return None

    async def label(self, path: str, mime_type: str) -> None:
        """Nothing to do: this service answers the readers."""

    async def read(self, path: str, start: int, length: int) -> bytes:
        return await self._run(files.read, self._object(path), start, length)

    async def stream(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        file = await self._run(self._object(path).open, "rb")
        try:
            await self._run(file.seek, start)
            while length > 0 and (data := await self._run(file.read, min(PART, length))):
                length -= len(data)
                yield data
        finally:
            file.close()

    async def discard_upload(self, path: str) -> None:
        for state in ("part", "done"):
            await self._run(files.remove, self._upload(path, state))

    async def delete(self, path: str) -> None:
        await self.discard_upload(path)
        await self._run(files.remove, self._object(path))

    async def delete_folder(self, folder: str) -> None:
        for part in ("uploads", "objects"):
            await self._run(files.remove_folder, self._root / part / folder)

    async def close(self) -> None:
        self._pool.shutdown(wait=False)

    def _object(self, path: str) -> Path:
        return self._root / "objects" / path

    def _upload(self, path: str, state: str) -> Path:
        return self._root / "uploads" / f"{path}.{state}"

    async def _run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Shielded: a write that a gone client started must end before its lock is given up.
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(self._pool, partial(work, *args, **kwargs))
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait({job})
            raise


class DirectoryReceiver:
    """Takes uploads into the directory."""

    def __init__(self, locate: Callable[[str, str], Path], run: Run) -> None:
        self._locate, self._run = locate, run

    @contextlib.asynccontextmanager
    async def open(self, path: str) -> AsyncIterator["DirectoryUpload"]:
        part, done = self._locate(path, "part"), self._locate(path, "done")
        file = await self._run(files.open_locked, part)
        try:
            upload = DirectoryUpload(file, part, done, self._run)
            yield upload
            await upload.flush()
        except BaseException:
            await upload.flush()
            raise
        finally:
            file.close()

    async def received(self, path: str) -> int:
        return await self._run(files.size_of, self._locate(path, "part")) or 0


class DirectoryUpload:
    """A locked file to which parts are appended; small ones are written together."""

    def __init__(self, file: IO[bytes], part: Path, done: Path, run: Run) -> None:
        self._file, self._part, self._done, self._run = file, part, done, run
        self._waiting = bytearray()
        self._written = file.seek(0, 2)

    @property
    def size(self) -> int:
        return self._written + len(self._waiting)

    async def cut(self, size: int) -> None:
        await self.flush()
        await self._run(self._file.truncate, size)
        self._written = size

    async def append(self, data: bytes) -> None:
        self._waiting += data
        if len(self._waiting) >= PART:
            await self.flush()

    async def flush(self) -> None:
        if self._waiting:
            data, self._waiting = bytes(self._waiting), bytearray()
            await self._run(self._write, data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            view = view[written:]
            self._written += written

    async def finish(self) -> None:
        await self.flush()
        await self._run(self._finish)

    def _finish(self) -> None:
        os.fsync(self._file.fileno())
        files.move(self._part, self._done)

    async def discard(self) -> None:
        self._waiting.clear()
        await self._run(files.remove, self._part)
