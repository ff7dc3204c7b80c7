"""Holds everything that one process has open, and closes it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from openchannels.service.admin.readiness import BackgroundWork
from openchannels.service.services import Services
from openchannels.settings import Settings
from openchannels.store.database import Database
from openchannels.transport.client import HttpClient
from openchannels.transport.webhook_client import WebhookClient

if TYPE_CHECKING:
    from openchannels.api.middleware import Middleware
    from openchannels.app.siblings import Siblings

FINISH_POLL_SECONDS = 0.02
LAST_WRITES_SECONDS = 0.5
"""Time that each step of the end has after the configured time is used up."""
LAST_STEPS_SECONDS = 1.0
"""What is kept of that time for the steps after the background work."""
CLOSING_SECONDS = 5.0
CLOSING_SHARE = 0.5
"""What of the configured time is kept for closing: so many seconds, but at most this share."""

log = structlog.get_logger()


class Jobs(BackgroundWork, Protocol):
    """What does the background work of a process; see `jobs.scheduler.Scheduler`."""

    @property
    def hangs(self) -> bool: ...

    @property
    def in_progress(self) -> int: ...

    def start(self) -> None: ...

    def stop_planning(self) -> None: ...

    async def stop(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Runtime:
    """The open resources of one process."""

    settings: Settings
    public_url: str
    services: Services
    db: Database
    http: HttpClient
    webhook_client: WebhookClient
    """Client for URLs that users configure."""
    scrape: Callable[[], Awaitable[bytes]]
    """Returns what `/metrics` answers."""
    sandbox_url: str | None = None
    """Where this process reaches a mounted sandbox."""
    siblings: "Siblings | None" = None
    """The other processes that serve on the same socket, if there are any."""
    jobs: Jobs | None = None
    """The background work, if this process does any."""
    middleware: "Middleware | None" = None
    """The outermost layer of the application, once built."""
    stopping: Callable[[], None] | None = None
    """Called when the process begins to stop."""
    stop_by: float | None = None
    """When the process is to end, in the event loop's time; None while serving."""

    @property
    def needs_connections(self) -> bool:
        """True if work in progress calls a sandbox mounted in this process."""
        return self.settings.sandbox.mounted and self.siblings is None

    def refuse(self) -> None:
        """Answers requests that arrive from now on with 503; safe to call in a signal handler."""
        if self.middleware is not None:
            self.middleware.draining = True
        if self.stopping is not None:
            self.stopping()

    async def finish(self) -> None:
        """Waits for requests and callbacks in progress, up to the configured time.

        A part of that time is kept for `close`.
        """
        self.refuse()
        now = asyncio.get_running_loop().time
        seconds = self.settings.server.shutdown_seconds
        self.stop_by = now() + seconds
        abandon_at = self.stop_by - min(CLOSING_SECONDS, CLOSING_SHARE * seconds)
        # Polled, because an event would have to be set at the end of every request.
        while self.middleware and self.middleware.in_flight and now() < abandon_at:  # noqa: ASYNC110
            await asyncio.sleep(FINISH_POLL_SECONDS)
        if self.jobs is not None:
            self.jobs.stop_planning()
        await self.services.drain(max(LAST_WRITES_SECONDS, abandon_at - now()))

    def _seconds_left(self) -> float:
        if self.stop_by is None:
            return self.settings.server.shutdown_seconds
        left = self.stop_by - asyncio.get_running_loop().time()
        return max(LAST_WRITES_SECONDS, left)

    async def close(self) -> None:
        """Closes everything; what is away delays no step beyond the configured time."""
        if self.jobs is not None:
            left = self._seconds_left() - LAST_STEPS_SECONDS
            await self.jobs.stop(max(LAST_WRITES_SECONDS, left))
        await self.services.drain(self._seconds_left())
        await self._close("clients", self.http.close())
        await self._close("clients", self.webhook_client.close())
        await self._close("clients", self.services.context.remote_files.close())
        await self._close("assets", self.services.context.asset_store.close())
        await self._close("database", self.db.close())
        await self._close("traces", self.services.context.tracing.close())

    async def _close(self, part: str, closing: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._seconds_left()):
                await closing
        except TimeoutError:
            log.warning("gave up closing", part=part)

    def in_progress(self) -> dict[str, int]:
        """Counts what would be left behind if the process ended now."""
        return {
            "requests": self.middleware.in_flight if self.middleware else 0,
            "batches": self.jobs.in_progress if self.jobs else 0,
            "unwritten_tokens": len(self.services.context.unwritten),
        }
