"""Runs the background work of one process: planners claim what is due, DBOS executes it.

Due times are columns of our own tables, so nothing is recorded while nothing is due. What a planner
claims becomes a workflow at once. Workflows run in threads of DBOS, and the work itself on the
event loop, where the database and the HTTP client live.
"""

import asyncio
import contextlib
import gc
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import structlog

from openchannels.core.clock import system_clock
from openchannels.core.exceptions import Moving
from openchannels.core.metrics import NO_METRICS, SUCCESS, TaskMetrics, outcome_of
from openchannels.core.tracing import ABANDONED, NO_TRACING, TaskTracing
from openchannels.jobs.job_store import JobStore
from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.service.tasks.task import Task

if TYPE_CHECKING:
    from openchannels.jobs.workflows import Workflows

START_SECONDS = 1.0
"""Delay before DBOS is loaded, so that the first requests are answered before."""
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
SPARE_THREADS = 8
"""Threads in addition to those for this process's own batches: for batches taken over."""
MAX_PAUSE_SECONDS = 30.0
"""Longest pause after failed polls, unless the task's own interval is longer."""
MOVING_SECONDS = 5.0
"""Pause while the store is moving to another installation."""
CLEAN_UP_SECONDS = 600.0
KEEP_SECONDS = 86_400.0
"""How long the record of a finished batch is kept."""
STOP_POLLS = 50
STOP_POLL_SECONDS = 0.02
LEAST_STOP_SECONDS = 1.0
"""What stopping DBOS may take where the work before it has used up the time."""

log = structlog.get_logger()


class BatchAbandoned(BaseException):
    """A batch is abandoned because its process stops.

    Not an Exception: DBOS must not record it as the batch's outcome, so that another process
    resumes the batch.
    """


class Scheduler:
    """Runs tasks until it is closed; one per process, because DBOS is one per process."""

    def __init__(
        self,
        tasks: Sequence[Task],
        workers: Heartbeats,
        store: JobStore,
        metrics: TaskMetrics = NO_METRICS,
        tracing: TaskTracing = NO_TRACING,
    ) -> None:
        self._tasks = {task.name: task for task in tasks}
        self._workers = workers
        self._store = store
        self._metrics = metrics
        self._tracing = tracing
        self._loop = asyncio.get_running_loop()
        self._main_task: asyncio.Task[None] | None = None
        self._flows: Workflows | None = None
        self._batches: dict[str, str] = {}
        """Task name by workflow id, for the batches that this process planned and runs."""
        self._running: set[asyncio.Task[None]] = set()
        self._capacity_freed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._heartbeat_task: asyncio.Task[None] | None = None
        self._heartbeats_end = asyncio.Event()
        """Set when heartbeats may stop."""
        self._closing = False
        self._launching = False
        self._launch_error: Exception | None = None
        self.started = asyncio.Event()
        """Set once the planners run."""
        self.hangs = False
        """Set by `stop` if a thread of DBOS still waits, for a database that is away."""

    @property
    def problem(self) -> str | None:
        """The name of the error for which nothing runs; None while it runs or is starting."""
        error: BaseException | None = self._launch_error
        if self._main_task is not None and self._main_task.done():
            error = None if self._main_task.cancelled() else self._main_task.exception()
        return None if error is None else type(error).__name__

    @property
    def in_progress(self) -> int:
        """Number of batches that this process has begun and not ended."""
        return len(self._batches)

    def start(self) -> None:
        """Starts DBOS after a short delay, then planners, heartbeats and takeovers until `stop`."""
        self._main_task = asyncio.create_task(self._run_planners())

    def stop_planning(self) -> None:
        """Stops planning; batches that are already claimed still start."""
        self._stopping.set()
        self._capacity_freed.set()

    async def stop(self, seconds: float) -> None:
        """Waits so long for batches, leaves the rest to other processes, and stops DBOS.

        Returns in time also while the database is away; what DBOS has not recorded then is taken
        over by others, as after the death of this process.
        """
        self.stop_planning()
        until = self._loop.time() + seconds
        if self._main_task is not None:
            await asyncio.wait({self._main_task}, timeout=seconds)
            self._main_task.cancel()
            self.hangs = self._launching
        if self._running:
            await asyncio.wait(self._running, timeout=max(0.0, until - self._loop.time()))
        self._closing = True
        abandoned = list(self._running)
        for work in abandoned:
            work.cancel()
        if self._flows is not None:
            flows, self._flows = self._flows, None
            stopping = asyncio.create_task(self._stop_dbos(flows, len(abandoned)))
            left = max(LEAST_STOP_SECONDS, until - self._loop.time())
            await asyncio.wait({stopping}, timeout=left)
            self.hangs = not stopping.done()
        if self.hangs:
            self._heartbeats_end.set()
            log.warning("background work left behind", batches=self.in_progress)

    async def _stop_dbos(self, flows: "Workflows", abandoned: int) -> None:
        try:
            left = await self._unfinished(flows, abandoned)
            await asyncio.to_thread(flows.shut_down)
            await self._stop_heartbeats()
            await self._workers.leave(finished=not left)
            if left:
                log.warning("background work handed over", batches=left)
        except Exception:
            log.exception("background stop failed")
        finally:
            self._heartbeats_end.set()

    async def _stop_heartbeats(self) -> None:
        self._heartbeats_end.set()
        if self._heartbeat_task is not None:
            await self._heartbeat_task

    async def _unfinished(self, flows: "Workflows", abandoned: int) -> int:
        """Number of batches left behind, once the outcomes of all others are recorded."""
        for _ in range(STOP_POLLS):
            left = len(await asyncio.to_thread(flows.unfinished, self._workers.id))
            if left <= abandoned:
                break
            await asyncio.sleep(STOP_POLL_SECONDS)
        return left

    # Start and heartbeats

    async def _run_planners(self) -> None:
        await self._pause(START_SECONDS)
        if not await self._launch():
            return
        heartbeat = self._workers.beat_seconds
        plans = [self._plan(task) for task in self._tasks.values()]
        self.started.set()
        # Heartbeats continue until the last batch has ended, or others would take it over.
        self._heartbeat_task = asyncio.create_task(
            self._repeat(self._workers.heartbeat, heartbeat, self._heartbeats_end)
        )
        loops = [
            self._repeat(work, seconds, self._stopping)
            for work, seconds in (
                (self._take_over_dead, heartbeat),
                (self._clean_up, CLEAN_UP_SECONDS),
            )
        ]
        await asyncio.gather(*plans, *loops)

    async def _launch(self) -> bool:
        """Starts DBOS, retrying until it succeeds; the service runs meanwhile."""
        failures = 0
        while not self._stopping.is_set():
            try:
                # Registered before anything can be recorded under this process's id.
                await self._workers.heartbeat()
                self._flows = await asyncio.to_thread(self._load)
            except Moving:
                await self._pause(MOVING_SECONDS)
            except Exception as error:
                self._launch_error = error
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.exception(
                    "background work cannot run",
                    means="no token is refreshed ahead of use, and no webhook is sent",
                    seconds=pause,
                )
                failures += 1
                await self._pause(pause)
            else:
                if self._launch_error is not None:
                    log.warning("background work runs after all")
                self._launch_error = None
                # Loaded modules stay in memory, so exclude them from garbage collection.
                gc.freeze()
                return True
        return False

    def _load(self) -> "Workflows":
        from openchannels.jobs.workflows import Workflows

        threads = sum(task.at_once for task in self._tasks.values()) + SPARE_THREADS
        self._launching = True
        try:
            return Workflows(self._store, self._workers.id, threads, self._run_batch)
        finally:
            self._launching = False

    async def _repeat(
        self, work: Callable[[], Awaitable[None]], seconds: float, ended: asyncio.Event
    ) -> None:
        """Calls `work` at an interval until `ended` is set; exceptions are logged."""
        while not ended.is_set():
            try:
                await work()
            except Moving:
                log.debug("background loop waits until the move is over")
            except Exception:
                log.exception("background loop failed", work=work.__name__.strip("_"))
            await wait_or_event(jittered(seconds), ended)

    async def _pause(self, seconds: float) -> None:
        await wait_or_event(seconds, self._stopping)

    # Other processes

    async def _take_over_dead(self) -> None:
        """Takes over the batches of processes without heartbeats."""
        for dead in await self._workers.claim_dead():
            await self._take_over(dead)

    async def _take_over(self, dead: str) -> None:
        assert self._flows is not None
        batches = await asyncio.to_thread(self._flows.take_over, dead)
        await self._workers.remove_worker(dead)
        log.info("dead worker replaced", worker=dead, batches=batches)

    async def _clean_up(self) -> None:
        """Deletes old records, and takes over batches whose process has no row."""
        assert self._flows is not None
        await asyncio.to_thread(self._flows.delete_ended, system_clock() - KEEP_SECONDS)
        owners = await asyncio.to_thread(self._flows.owners)
        for stranger in await self._workers.claim_unregistered(owners):
            await self._take_over(stranger)

    # Planning

    async def _plan(self, task: Task) -> None:
        pause = task.every
        while not self._stopping.is_set():
            try:
                full = await self._claim_due(task)
            except Moving:
                await self._pause(MOVING_SECONDS)
                continue
            except Exception:
                pause = min(2 * pause, max(task.every, MAX_PAUSE_SECONDS))
                log.exception("background poll failed", task=task.name, seconds=pause)
                await self._pause(jittered(pause))
                continue
            pause = task.every
            if full:
                await self._wait_for_slot(task)
            else:
                await self._pause(jittered(pause))

    async def _claim_due(self, task: Task) -> bool:
        """Claims and starts what is due; returns True if more may be due than there were slots."""
        slots = self._free_slots(task)
        batches = await task.claim(slots)
        for ids in batches:
            await self._start_batch(task, ids)
        return len(batches) >= slots

    async def _start_batch(self, task: Task, ids: Sequence[str]) -> None:
        assert self._flows is not None
        workflow_id = f"{task.name}-{secrets.token_hex(12)}"
        self._batches[workflow_id] = task.name
        try:
            await asyncio.to_thread(self._flows.start, workflow_id, task.name, ids)
        except BaseException:
            self._forget_batch(workflow_id)
            raise

    def _free_slots(self, task: Task) -> int:
        return task.at_once - sum(name == task.name for name in self._batches.values())

    async def _wait_for_slot(self, task: Task) -> None:
        """Waits until another batch of a task may run."""
        while self._free_slots(task) <= 0 and not self._stopping.is_set():
            self._capacity_freed.clear()
            await self._capacity_freed.wait()

    def _forget_batch(self, workflow_id: str) -> None:
        self._batches.pop(workflow_id, None)
        self._capacity_freed.set()

    # Running

    def _run_batch(self, workflow_id: str, task: str, ids: Sequence[str]) -> None:
        """Runs a batch on the event loop; called in a thread of DBOS, which waits."""
        if self._closing:
            raise BatchAbandoned
        try:
            work = self._execute(workflow_id, task, ids)
            asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (CancelledError, RuntimeError):
            # Cancelled by `stop`, or the loop has ended: either way the process stops.
            raise BatchAbandoned from None

    async def _execute(self, workflow_id: str, name: str, ids: Sequence[str]) -> None:
        work = asyncio.current_task()
        assert work is not None
        self._running.add(work)
        span = self._tracing.begin_batch(name, len(ids))
        outcome, began = ABANDONED, time.perf_counter()
        try:
            if self._closing:
                raise asyncio.CancelledError
            await self._tasks[name].run(ids)
            outcome = SUCCESS
        except Exception as error:
            outcome = outcome_of(error)
            # Not raised: DBOS would store the text. What was not done becomes due again.
            log.exception("batch failed", task=name, size=len(ids))
        finally:
            if outcome != ABANDONED:
                self._metrics.count_batch(name, outcome, time.perf_counter() - began)
            span.end(outcome)
            self._running.discard(work)
            self._forget_batch(workflow_id)


async def wait_or_event(seconds: float, event: asyncio.Event) -> None:
    """Returns after a time, or as soon as the event is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def jittered(seconds: float) -> float:
    """Varies a pause by 20%, so that processes do not poll in step."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311
