"""`client.events`: what happened to your accounts, for clients that poll."""

import time
from collections.abc import Iterator

from openchannels.client import operations
from openchannels.client.models import Event, EventPage
from openchannels.client.sync.connection import Connection


class Events:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    def list(self, after: int = 0, *, limit: int | None = None) -> EventPage:
        """Returns events after a sequence, oldest first."""
        query = {"after": after, "limit": limit}
        return self._call(operations.LIST_EVENTS, EventPage, query=query)

    def iter(self, after: int = 0) -> Iterator[Event]:
        """Yields the events after a sequence that there are now, oldest first."""
        while True:
            page = self.list(after)
            for event in page.list:
                after = event.sequence
                yield event
            if not page.has_next:
                return

    def follow(self, after: int = 0, *, poll: float = 2.0) -> Iterator[Event]:
        """Yields events for ever, those to come too; `poll` is in seconds."""
        while True:
            for event in self.iter(after):
                after = event.sequence
                yield event
            time.sleep(poll)
