"""Runs the service, a worker or the sandbox until a signal."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any, cast

import structlog

from openchannels.app.background_tasks import build_scheduler
from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.file_modes import readable_by_others
from openchannels.app.lifespan import lifespan
from openchannels.app.local_service import record_address
from openchannels.app.mcp import refuse_missing_mcp
from openchannels.app.runtime import Runtime
from openchannels.app.sandbox_mount import SANDBOX_MOUNT, warn_of_open_sandbox
from openchannels.app.siblings import Siblings
from openchannels.app.stop_deadline import StopDeadline, end_process
from openchannels.app.store import lacks_store, store_address
from openchannels.core.clock import Clock, system_clock
from openchannels.core.exceptions import StartRefused
from openchannels.jobs.scheduler import Scheduler
from openchannels.server.serve import bind, local_url, serve_app
from openchannels.server.timeouts import ConnectionLimits
from openchannels.settings import Settings

SANDBOX_SHUTDOWN_SECONDS = 2

log = structlog.get_logger()


async def serve(
    settings: Settings, started: Callable[[str], None], *, clock: Clock = system_clock
) -> None:
    """Runs the service; calls `started` with the public URL once it answers.

    Raises StartRefused.
    """
    refuse_missing_mcp(settings)
    listener = bind(settings.server.host, settings.server.port)
    public_url = settings.server.base_url(listener.getsockname()[1])
    own_url = local_url(listener)
    sandbox_url = own_url + SANDBOX_MOUNT if settings.sandbox.mounted else None
    if settings.sandbox.mounted:
        warn_of_open_sandbox(listener)
    runtime = await open_runtime(
        settings, public_url=public_url, sandbox_url=sandbox_url, clock=clock
    )
    warn_of_file_modes(settings)
    if settings.jobs.embedded:
        add_scheduler(runtime)
    with ends_in_time(runtime), record_address(settings.data_dir, own_url):
        await serve_runtime(
            build_app(runtime, own_url), listener, runtime, lambda: started(public_url)
        )


def add_scheduler(runtime: Runtime) -> Scheduler:
    """Gives a process its background work, not started."""
    runtime.jobs = jobs = build_scheduler(runtime.settings, runtime.services)
    if runtime.siblings is None:
        runtime.services.readiness.background = jobs
    return jobs


@contextlib.contextmanager
def ends_in_time(runtime: Runtime) -> Iterator[None]:
    """Bounds the end of this process by `server.shutdown_seconds`, whatever is away."""
    seconds = runtime.settings.server.shutdown_seconds
    runtime.stopping = StopDeadline(seconds, runtime.in_progress).start
    try:
        yield
    finally:
        if runtime.jobs is not None and runtime.jobs.hangs:
            # The interpreter would wait for threads of DBOS, which wait for the database.
            end_process()


def warn_of_file_modes(settings: Settings) -> None:
    """Logs a warning if other users can read files of the store."""
    if found := readable_by_others(settings):
        files = [f"{path} ({mode:04o})" for path, mode in found.items()]
        log.warning("files are open to other users", files=files, advice="chmod go= on each")


async def serve_runtime(
    app: Any,
    listener: socket.socket,
    runtime: Runtime,
    started: Callable[[], None],
    siblings: Siblings | None = None,
) -> None:
    """Serves a runtime's application until a signal; `siblings` take connections too."""
    settings, limits = runtime.settings, runtime.settings.limits
    connection_limits = ConnectionLimits(
        head=limits.head_seconds,
        body=limits.body_seconds,
        read=limits.read_seconds,
        idle=limits.idle_seconds,
        connections=limits.connections,
    )
    seconds = ceil(settings.server.shutdown_seconds)
    shared = siblings.socket if siblings else None
    await serve_app(app, listener, seconds, started, runtime, connection_limits, shared)


async def run_worker(settings: Settings, started: Callable[[str | None], None]) -> None:
    """Runs background work alone until a signal; calls `started` once the planners run.

    With `jobs.health_port` it answers health checks at the URL passed to `started`. Raises
    StartRefused.
    """
    if settings.sandbox.mounted:
        raise StartRefused("A worker cannot mount a sandbox: set sandbox.url to the server's.")
    if await lacks_store(settings):
        raise StartRefused(
            f"There is no store at {store_address(settings)}: start serve first, or give the"
            " directory of its store by --data-dir."
        )
    port = settings.jobs.health_port
    listener = None if port is None else bind(settings.server.host, port)
    url = None if listener is None else local_url(listener)
    runtime = await open_runtime(settings, public_url=settings.server.base_url())
    warn_of_file_modes(settings)
    jobs = add_scheduler(runtime)
    lifetime = lifespan(runtime, _call_when_set(jobs.started, lambda: started(url)))
    with ends_in_time(runtime):
        if listener is None:
            async with lifetime:
                await _wait_for_signal()
                await runtime.finish()
        else:
            from openchannels.api.app import create_probes
            from openchannels.api.middleware import Middleware

            probes = create_probes(runtime.services, runtime.scrape, lambda _app: lifetime)
            app = Middleware(cast("Any", probes), runtime.services.context.metrics)
            await serve_runtime(app, listener, runtime, lambda: None)


async def _wait_for_signal() -> None:
    """Waits for SIGTERM or SIGINT."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await stopping.wait()


async def _call_when_set(up: asyncio.Event, started: Callable[[], None]) -> None:
    await up.wait()
    started()


async def serve_sandbox(
    host: str,
    port: int,
    state_file: Path,
    works: int,
    started: Callable[[str], None],
    push_to: str | None = None,
) -> None:
    """Runs the sandbox alone; it sends webhooks to `push_to`. Raises StartRefused."""
    from openchannels.sandbox import create_sandbox

    listener = bind(host, port)
    warn_of_open_sandbox(listener)
    try:
        state_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefused(f"Cannot write {state_file.parent}: {error.strerror}.") from None
    url = local_url(listener)
    try:
        app = create_sandbox(state_file=state_file, works=works, push_to=push_to)
    except ValueError as error:
        raise StartRefused(f"{error}.") from None
    await serve_app(app, listener, SANDBOX_SHUTDOWN_SECONDS, lambda: started(url))
