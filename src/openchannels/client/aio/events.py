"""`client.events`: what happened to your accounts, for clients that poll."""

import asyncio
from collections.abc import AsyncIterator

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import Event, EventPage


class Events:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def list(self, after: int = 0, *, limit: int | None = None) -> EventPage:
        """Returns events after a sequence, oldest first."""
        query = {"after": after, "limit": limit}
        return await self._call(operations.LIST_EVENTS, EventPage, query=query)

    async def iter(self, after: int = 0) -> AsyncIterator[Event]:
        """Yields the events after a sequence that there are now, oldest first."""
        while True:
            page = await self.list(after)
            for event in page.list:
                after = event.sequence
                yield event
            if not page.has_next:
                return

    async def follow(self, after: int = 0, *, poll: float = 2.0) -> AsyncIterator[Event]:
        """Yields events for ever, those to come too; `poll` is in seconds."""
        while True:
            async for event in self.iter(after):
                after = event.sequence
                yield event
            await asyncio.sleep(poll)
