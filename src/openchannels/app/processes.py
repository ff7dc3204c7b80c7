"""`serve` with several processes: starts them on one socket and replaces those that die."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from socket import socket

from openchannels.app.child import StartedChild, start_child
from openchannels.app.local_service import record_address
from openchannels.app.mcp import refuse_missing_mcp
from openchannels.app.orders import SandboxProcess, ServingProcess
from openchannels.app.sandbox_mount import warn_of_open_sandbox
from openchannels.app.siblings import TELL_SECONDS, process_name
from openchannels.app.stop_deadline import LEAST_SECONDS
from openchannels.core.exceptions import StartRefused
from openchannels.metrics.cells import Key, SharedCells
from openchannels.metrics.declared import REPLACED
from openchannels.metrics.process_figures import ENDED_CPU
from openchannels.server.board import Board, new_board
from openchannels.server.serve import bind, local_url
from openchannels.server.supervisor import Supervisor
from openchannels.settings import Settings

SANDBOX = "sandbox"


async def serve_in_processes(settings: Settings, started: Callable[[str], None]) -> int:
    """Serves with `server.workers` processes until a signal; returns the exit code.

    Calls `started` with the public URL once all answer. Raises StartRefused.
    """
    if os.name == "nt":
        raise StartRefused(
            "More than one process cannot serve on Windows: set server.workers to 1."
        )
    refuse_missing_mcp(settings)
    workers = settings.server.workers
    with (
        contextlib.ExitStack() as stack,
        contextlib.closing(bind(settings.server.host, settings.server.port)) as listener,
        new_board(workers + 1) as board,
        _sandbox_listener(settings, listener) as sandbox,
    ):
        public_url = settings.server.base_url(listener.getsockname()[1])
        parent = _Parent(settings, listener, board, sandbox, public_url)
        supervisor = Supervisor(
            parent.start,
            [process_name(number) for number in range(workers)],
            [SANDBOX] if sandbox else [],
            stop_seconds=max(settings.server.shutdown_seconds, LEAST_SECONDS),
            died=parent.count_end,
            close=listener.close,
        )
        telling = asyncio.create_task(parent.tell())
        address = record_address(settings.data_dir, local_url(listener))

        def announce() -> None:
            # Not before: the first process makes the directory.
            stack.enter_context(address)
            started(public_url)

        try:
            return await supervisor.run(announce)
        finally:
            telling.cancel()


@contextlib.contextmanager
def _sandbox_listener(settings: Settings, listener: socket) -> Iterator[socket | None]:
    """Yields the socket of a mounted sandbox, which runs in a process of its own."""
    if not settings.sandbox.mounted:
        yield None
        return
    warn_of_open_sandbox(listener)
    with contextlib.closing(bind("127.0.0.1", 0)) as own:
        yield own


class _Parent:
    """Starts the processes, and counts those that end."""

    def __init__(
        self,
        settings: Settings,
        listener: socket,
        board: Board,
        sandbox: socket | None,
        public_url: str,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._board = board
        self._sandbox = sandbox
        self._public_url = public_url
        self._own_url = local_url(listener)
        cells = SharedCells(board.rows[-1].cells, [])
        self._replaced = cells.new(Key(REPLACED.name, ()), 1)
        self._ended_cpu = cells.new(ENDED_CPU, 1)

    async def start(self, name: str) -> StartedChild:
        if name == SANDBOX:
            assert self._sandbox is not None
            fd = self._sandbox.fileno()
            return await start_child(name, SandboxProcess(self._settings, fd, self._own_url), [fd])
        fds = self._listener.fileno(), self._board.fd
        order = ServingProcess(
            self._settings,
            int(name) - 1,
            *fds,
            self._public_url,
            self._own_url,
            local_url(self._sandbox) if self._sandbox else None,
        )
        return await start_child(name, order, fds)

    def count_end(self, name: str) -> None:
        """Notes that a process has ended: its gauges are void, its counters stay."""
        # Imported late: Windows has no such module.
        from resource import RUSAGE_CHILDREN, getrusage

        if name != SANDBOX:
            self._board.rows[int(name) - 1].clear()
            self._replaced[0] += 1
        used = getrusage(RUSAGE_CHILDREN)
        self._ended_cpu[0] = used.ru_utime + used.ru_stime

    async def tell(self) -> None:
        """Tells the processes each second that this one lives, until it is cancelled."""
        while True:
            self._board.rows[-1].beat(None)
            await asyncio.sleep(TELL_SECONDS)
