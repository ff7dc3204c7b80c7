"""A command on a terminal of its own, as a person sees it and types into it."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness.commands import COMMAND
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
CURSOR = re.compile(r"\x1b\[\?25[hl]")
ERASED = re.compile(r"[^\n]*(?:\n\r\x1b\[1A|\r)\x1b\[2K")
"""What a moving sign wrote before it went away."""
INTERRUPT = "\x03"


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A run of tests in the background ignores Ctrl-C, which its children would inherit.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """Runs until the command ends; a context that leaves no process behind."""

    def __init__(self, *words: str | Path, columns: int = 80, rows: int = 60, **environ: str):
        self._inner, outer = pty.openpty()
        fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, words)],
            stdin=outer,
            stdout=outer,
            stderr=outer,
            env=clean_environ({"TERM": "xterm-256color", "PYTHONUTF8": "1", **environ}),
            # Ctrl-C reaches the processes of the terminal's own session.
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(outer)
        self.raw = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    @property
    def text(self) -> str:
        """What was written so far, without colours and movements."""
        return ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    @property
    def settled(self) -> str:
        """What stands on the terminal now, in its colours: without lines that were erased."""
        return ERASED.sub("", CURSOR.sub("", self.raw).replace("\r\n", "\n"))

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read until the pattern is there; returns the match."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < end, self.text
            assert self._read(), f"it ended:\n{self.text}"
        return found

    def enter(self, keys: str) -> None:
        os.write(self._inner, keys.encode())

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        """Read what is there, waiting for it; returns False at the end."""
        if not select.select([self._inner], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing came:\n{self.text}")
        try:
            piece = os.read(self._inner, 65536)
        except OSError:
            # Linux says so when the last process has closed its side.
            return False
        self.raw += self._decoder.decode(piece)
        return bool(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._inner)
