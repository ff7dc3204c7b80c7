"""Holds everything that one process has open, and closes it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openchannels.jobs.scheduler import Scheduler
from openchannels.service.services import Services
from openchannels.settings import Settings
from openchannels.store.database import Database
from openchannels.transport.client import HttpClient
from openchannels.transport.webhook_client import WebhookClient

if TYPE_CHECKING:
    from openchannels.api.middleware import Middleware

FINISH_POLL_SECONDS = 0.02
LAST_WRITES_SECONDS = 0.5
"""Time that remains for last writes after the configured time is used up."""


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
    jobs: Scheduler | None = None
    """The scheduler, if this process does background work."""
    middleware: "Middleware | None" = None
    """The outermost layer of the application, once built."""
    stop_by: float | None = None
    """When work in progress is abandoned, in the event loop's time; None while serving."""

    @property
    def needs_connections(self) -> bool:
        """True if work in progress calls a sandbox mounted in this server."""
        return self.settings.sandbox.mounted

    def refuse(self) -> None:
        """Answers requests that arrive from now on with 503; safe to call in a signal handler."""
        if self.middleware is not None:
            self.middleware.draining = True

    async def finish(self) -> None:
        """Waits for requests and callbacks in progress, up to the configured time."""
        self.refuse()
        now = asyncio.get_running_loop().time
        self.stop_by = now() + self.settings.server.shutdown_seconds
        # Polled, because an event would have to be set at the end of every request.
        while self.middleware and self.middleware.in_flight and now() < self.stop_by:  # noqa: ASYNC110
            await asyncio.sleep(FINISH_POLL_SECONDS)
        if self.jobs is not None:
            self.jobs.stop_planning()
        await self.services.drain(self._seconds_left())

    def _seconds_left(self) -> float:
        if self.stop_by is None:
            return self.settings.server.shutdown_seconds
        left = self.stop_by - asyncio.get_running_loop().time()
        return max(LAST_WRITES_SECONDS, left)

    async def close(self) -> None:
        if self.jobs is not None:
            await self.jobs.stop(self._seconds_left())
        await self.services.drain(self._seconds_left())
        await self.http.close()
        await self.webhook_client.close()
        await self.db.close()
