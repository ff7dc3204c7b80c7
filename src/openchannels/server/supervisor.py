"""Keeps the processes that serve on one socket alive, and ends them together.

    start ---> one process answers ---> all others are started ---> all answer
                     |                        ^      |
                     | it cannot start        |      | one dies
                     v                        |      v
               the end, its code              +--- replaced, later at each failure in a row

One of those that answer leads: it does what only one may do. When it dies another leads at once.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

import structlog

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before a process is replaced, by the number of its failures in a row."""
STEADY_SECONDS = 60.0
"""A process that has lived so long has not failed at its start."""
MOST_FAILURES = 5
"""Failures of a process in a row after which nothing is tried any more where no other serves."""
LATE_SECONDS = 3.0
"""What processes that should have ended by themselves get before they are killed."""

log = structlog.get_logger()


class SupervisedProcess(Protocol):
    """A process that was started."""

    async def ready(self) -> bool:
        """Waits until it answers; False if it ended before."""

    async def ended(self) -> int:
        """Waits for its end; returns its exit code, for a signal the negative number of that."""

    def lead(self) -> None:
        """Makes it the one that leads."""

    def drain(self) -> None:
        """Makes it finish what is in progress, and end."""

    def kill(self) -> None: ...


class Supervisor:
    """Starts and replaces processes until a signal, or until none can be started."""

    def __init__(
        self,
        start: Callable[[str], Awaitable[SupervisedProcess]],
        serving: Sequence[str],
        helpers: Sequence[str],
        *,
        stop_seconds: float,
        died: Callable[[str], None],
        close: Callable[[], None],
    ) -> None:
        """Names of `serving` processes, and of `helpers` that end after them.

        `stop_seconds` is what processes take at most to end by themselves. `died` is called with
        the name of each that ended, `close` when the end begins.
        """
        self._start = start
        self._names = serving
        self._helpers = helpers
        self._stop_seconds = stop_seconds
        self._died = died
        self._close = close
        self._children: dict[str, SupervisedProcess] = {}
        self._answers = {name: asyncio.Event() for name in (*serving, *helpers)}
        self._serving: set[str] = set()
        self._leader: str | None = None
        self._stopping = asyncio.Event()
        self._hurried: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The number of a second signal."""

    async def run(self, announce: Callable[[], None]) -> int:
        """Runs until the end; returns the exit code. Calls `announce` once all answer."""
        with self._signals():
            try:
                return await self._run(announce)
            finally:
                for child in self._children.values():
                    child.kill()

    async def _run(self, announce: Callable[[], None]) -> int:
        keepers: dict[str, asyncio.Task[int]] = {}
        first, *others = self._names
        keepers[first] = asyncio.create_task(self._keep(first))
        await self._first({keepers[first]}, self._answers[first])
        if keepers[first].done() and not self._stopping.is_set():
            return keepers[first].result()
        for name in (*self._helpers, *others):
            keepers[name] = asyncio.create_task(self._keep(name))
        announcing = asyncio.create_task(self._announce(announce))
        await self._first(set(keepers.values()))
        announcing.cancel()
        given_up = [task.result() for task in keepers.values() if task.done()]
        code = 0 if self._stopping.is_set() else max(given_up)
        self._stopping.set()
        return await self._end(keepers) or code

    async def _first(self, tasks: "set[asyncio.Task[int]]", *events: asyncio.Event) -> None:
        """Waits until a task is done, an event is set, or the end begins."""
        waits = [asyncio.create_task(event.wait()) for event in (self._stopping, *events)]
        await asyncio.wait({*tasks, *waits}, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _announce(self, announce: Callable[[], None]) -> None:
        for answers in self._answers.values():
            await answers.wait()
        announce()

    # Keeping one alive

    async def _keep(self, name: str) -> int:
        """Starts a process again and again; returns the exit code when that is given up."""
        failures, now = 0, asyncio.get_running_loop().time
        while not self._stopping.is_set():
            began = now()
            code = await self._run_once(name)
            if self._stopping.is_set():
                break
            failures = 1 if now() - began > STEADY_SECONDS else failures + 1
            seconds = PAUSES[min(failures, len(PAUSES)) - 1]
            if not self._answers[name].is_set() or self._is_hopeless(failures):
                log.error("no process can be started", serving_process=name, exit_code=code)
                return code if code > 0 else 1
            log.warning(
                "a process ended and is replaced",
                serving_process=name, exit_code=code, failures=failures, seconds=seconds,
            )  # fmt: skip
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
        return 0

    def _is_hopeless(self, failures: int) -> bool:
        return failures >= MOST_FAILURES and not self._serving.intersection(self._names)

    async def _run_once(self, name: str) -> int:
        child = self._children[name] = await self._start(name)
        if self._stopping.is_set():
            child.drain()
        if await child.ready():
            self._answers[name].set()
            self._serving.add(name)
            self._choose_leader()
        code = await child.ended()
        del self._children[name]
        self._serving.discard(name)
        self._died(name)
        if self._leader == name:
            self._leader = None
            self._choose_leader()
        return code

    def _choose_leader(self) -> None:
        if self._leader is None and not self._stopping.is_set():
            self._leader = next((name for name in self._names if name in self._serving), None)
            if self._leader is not None:
                self._children[self._leader].lead()

    # The end

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Begins the end at a signal, and hurries it at a second one."""
        loop = asyncio.get_running_loop()
        wanted = [signal.SIGTERM, signal.SIGINT]
        # Under nohup it is ignored, and stays so.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            wanted.append(signal.SIGHUP)
        for number in wanted:
            loop.add_signal_handler(number, self._signalled, number)
        try:
            yield
        finally:
            for number in wanted:
                loop.remove_signal_handler(number)

    def _signalled(self, number: int) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
        elif not self._hurried.done():
            self._hurried.set_result(number)

    async def _end(self, keepers: "dict[str, asyncio.Task[int]]") -> int:
        """Ends all processes, helpers last; returns the exit code."""
        self._close()
        serving = {task for name, task in keepers.items() if name in self._names}
        await self._drain(self._names, serving, self._stop_seconds + LATE_SECONDS)
        await self._drain(self._helpers, set(keepers.values()), LATE_SECONDS)
        return 128 + self._hurried.result() if self._hurried.done() else 0

    async def _drain(
        self, names: Sequence[str], keepers: "set[asyncio.Task[int]]", seconds: float
    ) -> None:
        """Waits for the end of some processes, and kills those that take too long."""
        children = {name: self._children[name] for name in names if name in self._children}
        for child in children.values():
            child.drain()
        ending = asyncio.gather(*keepers)
        waited: tuple[asyncio.Future[Any], ...] = (ending, self._hurried)
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        left = [name for name in children if name in self._children]
        if left:
            log.error("processes are killed", serving_processes=left)
        for name in left:
            self._children[name].kill()
        await ending
