"""A child process of `serve`: `python -m openchannels.app.child NAME`, told what to do by pipes.

Its standard input brings the order, pickled, behind its length. Then
each line is a word, `lead` or `drain`; the end of the input is the parent's end, and drains too.
The child prints `ready` once it answers.
"""

import asyncio
import os
import pickle
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from openchannels.app.control import DRAIN, END, LEAD, READY, Control
from openchannels.app.orders import SandboxProcess, ServingProcess
from openchannels.core.exceptions import StartRefused, Unavailable

LENGTH = struct.Struct("!I")
REFUSED = 2
"""The exit code of a start that was refused; the reason is on standard error."""


class StartedChild:
    """A child, as its parent has it; implements `server.supervisor.SupervisedProcess`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ready(self) -> bool:
        assert self._process.stdout is not None
        return await self._process.stdout.readline() == READY + END

    async def ended(self) -> int:
        return await self._process.wait()

    def lead(self) -> None:
        self._tell(LEAD)

    def drain(self) -> None:
        self._tell(DRAIN)

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    def _tell(self, message: bytes) -> None:
        assert self._process.stdin is not None
        # To one that has died this does nothing.
        self._process.stdin.write(message + END)


async def start_child(
    name: str, order: ServingProcess | SandboxProcess, fds: Sequence[int]
) -> StartedChild:
    """Starts a child that inherits open files; `name` is shown by tools such as ps."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openchannels.app.child", name),
        stdin=PIPE,
        stdout=PIPE,
        pass_fds=fds,
        # A terminal's Ctrl-C is for the parent, which lets children finish.
        start_new_session=True,
    )
    body = pickle.dumps(order)
    assert process.stdin is not None
    process.stdin.write(LENGTH.pack(len(body)) + body)
    return StartedChild(process)


def _read_order() -> ServingProcess | SandboxProcess:
    (length,) = LENGTH.unpack(_read(LENGTH.size))
    order: ServingProcess | SandboxProcess = pickle.loads(_read(length))  # noqa: S301, of our own parent
    return order


def _read(count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = os.read(sys.stdin.fileno(), count - len(found))
        if not part:
            sys.exit(0)
        found += part
    return found


def main() -> None:
    """Does what the order on standard input says."""
    # Imported late: the parent, which starts children, must be light.
    from openchannels.app.serving_process import obey
    from openchannels.app.store import describe_outage
    from openchannels.server.serve import run_async

    # uvicorn sends itself the signal again once it has drained.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run_async(obey(_read_order(), Control()))
    except StartRefused as refused:
        _refuse(str(refused))
    except Unavailable as away:
        _refuse(describe_outage(away))


def _refuse(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
    sys.exit(REFUSED)


if __name__ == "__main__":
    main()
