"""The child that reads a file: it may use some processor time and memory, and open nothing.

Run as a script by `assets/probe.py`, with pipes as its only files.
"""

import io
import json
import sys
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).parents[2]))

from openchannels.assets import probe_wire as wire
from openchannels.assets.read_image import read_image
from openchannels.assets.read_media import read_media
from openchannels.assets.read_text import read_text
from openchannels.core.assets import ContentRefused, FileContent, UploadFault
from openchannels.core.media_types import HEAD, Family, kind_of

BUFFER = 256 * 1024
CPU_SECONDS = 20


class RemoteFile(io.RawIOBase):
    """The file, read in ranges through the pipes."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        length = max(0, min(len(buffer), self._size - self._at))
        if length:
            sys.stdout.buffer.write(wire.REQUEST.pack(self._at, length))
            sys.stdout.buffer.flush()
            data = sys.stdin.buffer.read(length)
            if len(data) != length:
                raise EOFError
            buffer[:length] = data
            self._at += length
        return length


def limit() -> None:
    """Limits memory and processor time, and forbids writing and core dumps."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, wire.MAX_MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def open_nothing() -> None:
    """From here on no file and no connection can be opened; to be called once all is imported."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def verdict(file: IO[bytes], size: int, text: bool) -> FileContent:
    """Returns what the file is. Raises ContentRefused."""
    if size == 0:
        raise ContentRefused(UploadFault.UNREADABLE)
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if kind is None:
        if not text:
            raise ContentRefused(UploadFault.TYPE)
        open_nothing()
        return read_text(file, size)
    if kind.family is Family.IMAGE:
        return read_image(file, kind, open_nothing)
    return read_media(file, kind, open_nothing)


def main() -> None:
    limit()
    size, text = wire.TASK.unpack(sys.stdin.buffer.read(wire.TASK.size))
    try:
        found = verdict(io.BufferedReader(RemoteFile(size), BUFFER), size, text)
        said = {"mime": found.mime_type, "metadata": dict(found.metadata)}
    except ContentRefused as refused:
        said = {"fault": refused.fault.value}
    data = json.dumps(said).encode()
    sys.stdout.buffer.write(wire.REQUEST.pack(wire.VERDICT, len(data)) + data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
