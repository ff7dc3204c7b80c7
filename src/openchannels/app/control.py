"""The pipes between a child process and its parent, as the child has them."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

LEAD, DRAIN, READY, END = b"lead", b"drain", b"ready", b"\n"


class Control:
    """What a child hears from its parent, and tells it."""

    def __init__(self) -> None:
        self._heard = b""
        self._lead: Callable[[], None] | None = None

    def listen(self, lead: Callable[[], None]) -> None:
        """Calls `lead` when this process is to lead, and drains it when it is to end."""
        self._lead = lead
        os.set_blocking(sys.stdin.fileno(), False)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._hear)

    def ready(self) -> None:
        """Tells the parent that this process answers."""
        os.write(sys.stdout.fileno(), READY + END)
        # Nobody reads what is printed from here on.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def _hear(self) -> None:
        heard = os.read(sys.stdin.fileno(), 1024)
        if not heard:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._obey(DRAIN)
        *messages, self._heard = (self._heard + heard).split(END)
        for message in messages:
            self._obey(message)

    def _obey(self, message: bytes) -> None:
        if message == DRAIN:
            signal.raise_signal(signal.SIGTERM)
        elif message == LEAD and self._lead is not None:
            self._lead()
