"""A clock that several processes share: real time, and a file that says how far it is ahead."""

import mmap
import struct
import time
from pathlib import Path

AHEAD = struct.Struct("d")


class FileClock:
    """Unix seconds; whoever moves the clock moves it for all processes that have its file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(AHEAD.pack(0.0))
        with path.open("r+b") as file:
            self._ahead = mmap.mmap(file.fileno(), AHEAD.size)

    def __call__(self) -> float:
        return time.time() + self.ahead

    @property
    def ahead(self) -> float:
        """Seconds by which it is ahead of real time."""
        return float(AHEAD.unpack_from(self._ahead)[0])

    def advance(self, seconds: float) -> None:
        AHEAD.pack_into(self._ahead, 0, self.ahead + seconds)
