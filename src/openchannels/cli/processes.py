"""Runs our own servers as child processes that end with their parent."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

PREFIX = "OPENCHANNELS_"
START_SECONDS = 120.0
STOP_SECONDS = 10.0
LOG_LINES = 20


class ChildFailed(Exception):
    """A child process did not start, or exited; the text holds the end of its log."""


class Child:
    """A server process: one of our commands with --json, its log in a file.

    `settings` are environment variables without our prefix.
    """

    def __init__(self, directory: Path, command: str, *options: str, **settings: str) -> None:
        self._command = command
        self._log = directory / f"{command}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "openchannels", command, *options, "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_environment(settings),
            )

    def address(self) -> str:
        """Returns the server's URL once it answers. Raises ChildFailed."""
        lines: queue.Queue[str] = queue.Queue()
        output = self._process.stdout
        assert output is not None
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            url: str = json.loads(lines.get(timeout=START_SECONDS))["url"]
        except (queue.Empty, ValueError):
            raise ChildFailed(self._failure_text("did not start")) from None
        return url

    def running(self) -> bool:
        """Returns False after a normal exit, as by a Ctrl-C that also reached the child.

        Raises ChildFailed after any other exit.
        """
        code = self._process.poll()
        if code:
            raise ChildFailed(self._failure_text(f"ended with code {code}"))
        return code is None

    def stop(self) -> None:
        """Terminates the process, and kills it if it does not exit in time."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _failure_text(self, what: str) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "\n".join([f"openchannels {self._command} {what}", *lines])


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment with only the given settings: the demo must not use real data."""
    inherited = {name: v for name, v in os.environ.items() if not name.upper().startswith(PREFIX)}
    return inherited | {f"{PREFIX}{name}": value for name, value in settings.items()}


@contextlib.contextmanager
def signals_as_exit() -> Iterator[None]:
    """Turns termination signals into SystemExit, so that clean-up runs."""
    wanted = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, _leave) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
