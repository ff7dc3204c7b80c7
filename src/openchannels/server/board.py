"""Memory that the processes of one service share: each writes a row of its own, all read all.

The memory is a file without a name. It survives any process: what one has counted stays when it
is killed, and its replacement goes on counting in the same row.
"""

import contextlib
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator

HEAD_BYTES = 4096
CELL_BYTES = 8 * 1024 * 1024
"""Of a row, for counters. The file is sparse: what is not used takes no memory."""
ROW_BYTES = HEAD_BYTES + CELL_BYTES
SILENT_SECONDS = 5.0
"""Age of a row's heartbeat beyond which its process counts as hung or dead."""
PROBLEM_BYTES = 64
_BEAT = struct.Struct("=d")
_CONNECTIONS = struct.Struct("=q")
_PROBLEM = struct.Struct(f"={PROBLEM_BYTES}s")
_PID = struct.Struct("=q")
_CONNECTIONS_AT = _BEAT.size
_PID_AT = _CONNECTIONS_AT + _CONNECTIONS.size
_PROBLEM_AT = _PID_AT + _PID.size


class Row:
    """What one process tells the others: that it lives, its connections, what keeps it from work.

    `cells` is the memory of its counters. A heartbeat of zero is that of no process.
    """

    def __init__(self, memory: memoryview, clock: Callable[[], float]) -> None:
        self._head = memory[:HEAD_BYTES]
        self.cells = memory[HEAD_BYTES:]
        self._clock = clock

    def beat(self, problem: str | None) -> None:
        """Tells that the process lives, and the name of the error for which it does not work."""
        text = (problem or "").encode()[:PROBLEM_BYTES]
        _PROBLEM.pack_into(self._head, _PROBLEM_AT, text)
        _PID.pack_into(self._head, _PID_AT, os.getpid())
        _BEAT.pack_into(self._head, 0, self._clock())

    def clear(self) -> None:
        """Tells that there is no process; its counters stay."""
        self._head[:] = bytes(HEAD_BYTES)

    @property
    def alive(self) -> bool:
        # The monotonic clock is one for all processes of a machine.
        return self._clock() - float(_BEAT.unpack_from(self._head)[0]) < SILENT_SECONDS

    @property
    def pid(self) -> int:
        return int(_PID.unpack_from(self._head, _PID_AT)[0])

    @property
    def problem(self) -> str | None:
        """The name of the error for which the process does not work; None without one."""
        text: bytes = _PROBLEM.unpack_from(self._head, _PROBLEM_AT)[0]
        return text.rstrip(b"\0").decode(errors="replace") or None

    @property
    def connections(self) -> int:
        return int(_CONNECTIONS.unpack_from(self._head, _CONNECTIONS_AT)[0])

    @connections.setter
    def connections(self, count: int) -> None:
        _CONNECTIONS.pack_into(self._head, _CONNECTIONS_AT, count)


class Board:
    """The rows of all processes, by number from 0, in a file that children open again by `fd`."""

    def __init__(self, fd: int, rows: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.fd = fd
        self._memory = mmap.mmap(fd, rows * ROW_BYTES)
        view = memoryview(self._memory)
        self.rows = [
            Row(view[start : start + ROW_BYTES], clock)
            for start in range(0, rows * ROW_BYTES, ROW_BYTES)
        ]


@contextlib.contextmanager
def new_board(rows: int) -> Iterator[Board]:
    """Makes the memory for so many processes."""
    with tempfile.TemporaryFile(prefix="openchannels-") as file:
        os.ftruncate(file.fileno(), rows * ROW_BYTES)
        yield Board(file.fileno(), rows)
