"""Background work of one process: planners claim what is due, DBOS brings it to its end.

A task's due times stand in our own tables, so nothing is recorded while nothing is due. What a
planner has claimed becomes a workflow at once. Workflows run in threads of DBOS, and the work
itself on the event loop, where the database and the HTTP client live.
"""

import asyncio
import contextlib
import gc
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import structlog

from openchannels.core.clock import system_clock
from openchannels.jobs.job_store import JobStore
from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.service.tasks.task import Task

if TYPE_CHECKING:
    from openchannels.jobs.workflows import Workflows

START_SECONDS = 1.0
"""DBOS is loaded so long after the start, when the first requests have been answered."""
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
SPARE_THREADS = 8
"""Beyond those for this process's own batches: for what is taken over."""
LONGEST_SECONDS = 30.0
"""Between two looks that fail, unless the task looks more seldom."""
TIDY_SECONDS = 600.0
KEEP_SECONDS = 86_400.0
"""For which the record of a finished batch is kept."""
SETTLE_POLLS = 50
SETTLE_POLL_SECONDS = 0.02

log = structlog.get_logger()


class Abandoned(BaseException):
    """A batch is given up because its process ends.

    Not an Exception: DBOS must not record it as the batch's outcome, so that another goes on.
    """


class Scheduler:
    """Runs tasks until told to stop; one per process, as DBOS is."""

    def __init__(self, tasks: Sequence[Task], workers: Heartbeats, place: JobStore) -> None:
        self._tasks = {task.name: task for task in tasks}
        self._workers = workers
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._life: asyncio.Task[None] | None = None
        self._flows: Workflows | None = None
        self._own: dict[str, str] = {}
        """Task by workflow, of the batches that this process planned and has in progress."""
        self._working: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._halted = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None
        self._still = asyncio.Event()
        """Set when this process need not be known to live any more."""
        self._closing = False
        self.up = asyncio.Event()
        """Set once work is looked for."""

    def start(self) -> None:
        """Load DBOS soon, then plan, beat and watch the others until `close`."""
        self._life = asyncio.create_task(self._live())

    def halt(self) -> None:
        """Plan nothing more; what has been claimed is still begun."""
        self._halted.set()
        self._freed.set()

    async def close(self, seconds: float) -> None:
        """Let batches end in the time given, leave the rest to others, and stop DBOS."""
        self.halt()
        until = self._loop.time() + seconds
        if self._life is not None:
            await asyncio.wait({self._life}, timeout=seconds)
            self._life.cancel()
        if self._working:
            await asyncio.wait(self._working, timeout=max(0.0, until - self._loop.time()))
        self._closing = True
        abandoned = list(self._working)
        for work in abandoned:
            work.cancel()
        if self._flows is not None:
            flows, self._flows = self._flows, None
            await self._stop(flows, len(abandoned))

    async def _stop(self, flows: "Workflows", abandoned: int) -> None:
        try:
            left = await self._unfinished(flows, abandoned)
            await asyncio.to_thread(flows.close)
            await self._beat_no_more()
            await self._workers.leave(finished=not left)
            if left:
                log.warning("left background work to other processes", batches=left)
        except Exception:
            log.exception("background work did not end cleanly")
        finally:
            self._still.set()

    async def _beat_no_more(self) -> None:
        self._still.set()
        if self._beating is not None:
            await self._beating

    async def _unfinished(self, flows: "Workflows", abandoned: int) -> int:
        """How many batches stay behind, once the outcomes of all others are recorded."""
        for _ in range(SETTLE_POLLS):
            left = len(await asyncio.to_thread(flows.unfinished, self._workers.id))
            if left <= abandoned:
                break
            await asyncio.sleep(SETTLE_POLL_SECONDS)
        return left

    # Life

    async def _live(self) -> None:
        await self._pause(START_SECONDS)
        if not await self._launched():
            return
        heartbeat = self._workers.beat_seconds
        plans = [self._plan(task) for task in self._tasks.values()]
        self.up.set()
        # Beating goes on until the last batch has ended, or others would take it for lost.
        self._beating = asyncio.create_task(
            self._again(self._workers.heartbeat, heartbeat, self._still)
        )
        others = [
            self._again(work, seconds, self._halted)
            for work, seconds in ((self._watch, heartbeat), (self._tidy, TIDY_SECONDS))
        ]
        await asyncio.gather(*plans, *others)

    async def _launched(self) -> bool:
        """Start DBOS; where that fails the service goes on, and it is tried again."""
        failures = 0
        while not self._halted.is_set():
            try:
                # Entered before anything can be recorded under this process's name.
                await self._workers.heartbeat()
                self._flows = await asyncio.to_thread(self._load)
            except Exception:
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.exception("background work cannot start, trying again", seconds=pause)
                failures += 1
                await self._pause(pause)
            else:
                # What was loaded stays: collections need not look through it again and again.
                gc.freeze()
                return True
        return False

    def _load(self) -> "Workflows":
        from openchannels.jobs.workflows import Workflows

        threads = sum(task.at_once for task in self._tasks.values()) + SPARE_THREADS
        return Workflows(self._place, self._workers.id, threads, self._run)

    async def _again(
        self, work: Callable[[], Awaitable[None]], seconds: float, ended: asyncio.Event
    ) -> None:
        """Do something over and over, whatever comes of it, until something has ended."""
        while not ended.is_set():
            try:
                await work()
            except Exception:
                log.exception("background work failed", work=work.__name__.strip("_"))
            await passed(jittered(seconds), ended)

    async def _pause(self, seconds: float) -> None:
        await passed(seconds, self._halted)

    # Others

    async def _watch(self) -> None:
        """Take over from processes that have fallen silent."""
        for dead in await self._workers.claim_dead():
            await self._take_over(dead)

    async def _take_over(self, dead: str) -> None:
        assert self._flows is not None
        batches = await asyncio.to_thread(self._flows.take_over, dead)
        await self._workers.remove_worker(dead)
        log.info("took over from a process that is gone", worker=dead, batches=batches)

    async def _tidy(self) -> None:
        """Forget what ended long ago, and take over from processes that nobody knows."""
        assert self._flows is not None
        await asyncio.to_thread(self._flows.forget, system_clock() - KEEP_SECONDS)
        owners = await asyncio.to_thread(self._flows.owners)
        for stranger in await self._workers.claim_unregistered(owners):
            await self._take_over(stranger)

    # Planning

    async def _plan(self, task: Task) -> None:
        pause = task.every
        while not self._halted.is_set():
            try:
                full = await self._look(task)
            except Exception:
                pause = min(2 * pause, max(task.every, LONGEST_SECONDS))
                log.exception("cannot look for background work", task=task.name, seconds=pause)
                await self._pause(jittered(pause))
                continue
            pause = task.every
            if full:
                await self._a_place(task)
            else:
                await self._pause(jittered(pause))

    async def _look(self, task: Task) -> bool:
        """Claim and begin what is due; whether there may be more than there was room for."""
        room = self._room(task)
        batches = await task.claim(room)
        for ids in batches:
            await self._begin(task, ids)
        return len(batches) >= room

    async def _begin(self, task: Task, ids: Sequence[str]) -> None:
        assert self._flows is not None
        workflow_id = f"{task.name}-{secrets.token_hex(12)}"
        self._own[workflow_id] = task.name
        try:
            await asyncio.to_thread(self._flows.start, workflow_id, task.name, ids)
        except BaseException:
            self._end(workflow_id)
            raise

    def _room(self, task: Task) -> int:
        return task.at_once - sum(name == task.name for name in self._own.values())

    async def _a_place(self, task: Task) -> None:
        """Wait until one more batch of a task may run."""
        while self._room(task) <= 0 and not self._halted.is_set():
            self._freed.clear()
            await self._freed.wait()

    def _end(self, workflow_id: str) -> None:
        self._own.pop(workflow_id, None)
        self._freed.set()

    # Running

    def _run(self, workflow_id: str, task: str, ids: Sequence[str]) -> None:
        """Run a batch on the event loop; called in a thread of DBOS, which waits."""
        if self._closing:
            raise Abandoned
        try:
            work = self._work(workflow_id, task, ids)
            asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (CancelledError, RuntimeError):
            # Cancelled by `close`, or the loop is gone: either way the process ends.
            raise Abandoned from None

    async def _work(self, workflow_id: str, name: str, ids: Sequence[str]) -> None:
        work = asyncio.current_task()
        assert work is not None
        self._working.add(work)
        try:
            if self._closing:
                raise asyncio.CancelledError
            await self._tasks[name].run(ids)
        except Exception:
            # Not passed on: DBOS would keep the text. What is left undone is due again later.
            log.exception("a batch failed", task=name, size=len(ids))
        finally:
            self._working.discard(work)
            self._end(workflow_id)


async def passed(seconds: float, sooner: asyncio.Event) -> None:
    """Return after so long, or as soon as something has happened."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(sooner.wait(), seconds)


def jittered(seconds: float) -> float:
    """A pause of about so long, so that processes do not look all at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311
