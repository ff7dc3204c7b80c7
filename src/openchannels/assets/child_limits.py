"""What a child that reads a file may do: some processor time and memory, and open nothing."""

import io
import sys

from openchannels.assets import probe_wire as wire

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


def opened(size: int) -> io.BufferedReader:
    """Returns the file that the other process holds."""
    return io.BufferedReader(RemoteFile(size), BUFFER)


def reply(data: bytes) -> None:
    """Gives the answer, after which nothing is asked for."""
    sys.stdout.buffer.write(wire.REQUEST.pack(wire.VERDICT, len(data)) + data)
    sys.stdout.buffer.flush()
