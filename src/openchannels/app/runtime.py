"""Everything that one process holds, and how it ends."""

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
"""What remains, after all time is used up, for writes that no request waits for."""


@dataclass(slots=True)
class Runtime:
    """Everything of one process."""

    settings: Settings
    public_url: str
    services: Services
    db: Database
    http: HttpClient
    webhook_client: WebhookClient
    """For addresses that users give."""
    jobs: Scheduler | None = None
    """Background work, where this process does any."""
    edge: "Middleware | None" = None
    """The outermost layer of the application, once that is built."""
    stop_by: float | None = None
    """When work in progress is given up, in the event loop's time; None while serving."""

    @property
    def needs_connections(self) -> bool:
        """Whether work in progress calls a sandbox that this very server plays."""
        return self.settings.sandbox.mounted

    def refuse(self) -> None:
        """Answer requests that arrive from now on with 503; a signal handler may call this."""
        if self.edge is not None:
            self.edge.draining = True

    async def finish(self) -> None:
        """Let what is in progress end, for as long as the settings allow."""
        self.refuse()
        now = asyncio.get_running_loop().time
        self.stop_by = now() + self.settings.server.shutdown_seconds
        # Asked again and again: an event would be set at the end of every request.
        while self.edge and self.edge.in_flight and now() < self.stop_by:  # noqa: ASYNC110
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
