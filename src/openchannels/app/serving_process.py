"""One of several processes that serve on a socket they share, and the sandbox's beside them."""

import socket

from openchannels.app.bootstrap import build_app, mounted_sandbox, open_runtime
from openchannels.app.control import Control
from openchannels.app.logging import configure_logging
from openchannels.app.orders import SandboxProcess, ServingProcess
from openchannels.app.run import (
    SANDBOX_SHUTDOWN_SECONDS,
    add_scheduler,
    ends_in_time,
    serve_runtime,
    warn_of_file_modes,
)
from openchannels.app.runtime import Runtime
from openchannels.app.siblings import Siblings, process_name
from openchannels.server.board import Board
from openchannels.server.serve import serve_app


async def obey(order: ServingProcess | SandboxProcess, control: Control) -> None:
    """Does what the parent ordered, until SIGTERM. Raises StartRefused."""
    if isinstance(order, ServingProcess):
        await _serve(order, control)
    else:
        await _serve_sandbox(order, control)


async def _serve(order: ServingProcess, control: Control) -> None:
    settings, name = order.settings, process_name(order.number)
    configure_logging(settings.server.log_level, settings.server.log_format, name)
    siblings = Siblings(Board(order.board, settings.server.workers + 1), order.number)
    runtime = await open_runtime(
        settings, public_url=order.public_url, sandbox_url=order.sandbox_url, siblings=siblings
    )
    if order.number == 0:
        warn_of_file_modes(settings)
    if settings.jobs.embedded and settings.uses_postgresql:
        add_scheduler(runtime)
    runtime.services.readiness.background = siblings.background(lambda: runtime.jobs)
    control.listen(lambda: _lead(runtime))
    app = build_app(runtime, order.own_url, name)
    listener = socket.socket(fileno=order.listener)
    with ends_in_time(runtime):
        await serve_runtime(app, listener, runtime, control.ready, siblings)


def _lead(runtime: Runtime) -> None:
    """Begins the background work, which on a SQLite file only one process does."""
    if runtime.settings.jobs.embedded and runtime.jobs is None and runtime.stop_by is None:
        add_scheduler(runtime).start()


async def _serve_sandbox(order: SandboxProcess, control: Control) -> None:
    settings = order.settings
    configure_logging(settings.server.log_level, settings.server.log_format, "sandbox")
    control.listen(lambda: None)
    app = mounted_sandbox(settings, order.push_to)
    listener = socket.socket(fileno=order.listener)
    await serve_app(app, listener, SANDBOX_SHUTDOWN_SECONDS, control.ready)
