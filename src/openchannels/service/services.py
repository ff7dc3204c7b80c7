"""All use cases over one context."""

import asyncio

import structlog

from openchannels.service.accounts import Accounts
from openchannels.service.attempts import Attempts
from openchannels.service.callback import Callbacks
from openchannels.service.choices import Choices
from openchannels.service.context import Context
from openchannels.service.credentials import Credentials
from openchannels.service.disconnects import Disconnects
from openchannels.service.keys import Keys
from openchannels.service.limits import Limits
from openchannels.service.pushes import Pushes
from openchannels.service.results import Results
from openchannels.service.sessions import Sessions
from openchannels.service.works import Works
from openchannels.store import facts

log = structlog.get_logger()


class Services:
    """What the wire and the pages call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.limits = Limits(context.rules.rates)
        self.keys = Keys(context)
        self.accounts = Accounts(context)
        self.sessions = Sessions(context)
        self.callbacks = Callbacks(context)
        self.attempts = Attempts(context, self.sessions, self.callbacks)
        self.choices = Choices(context, self.sessions)
        self.credentials = Credentials(context)
        self.disconnects = Disconnects(context, self.credentials)
        self.pushes = Pushes(context, self.callbacks, self.credentials)
        self.works = Works(context, self.credentials)
        self.results = Results(context, self.keys)

    async def ready(self) -> bool:
        """Whether the database answers."""
        return await self.context.db.read(facts.ping)

    async def drain(self, seconds: float | None = None) -> None:
        """Finish what no request waits for any more, in the time given.

        What hangs is given up: its lease lapses, and another process goes on.
        """
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        # In this order: a push sets a callback going.
        for part in (self.pushes, self.callbacks, self.credentials, self.keys):
            try:
                async with asyncio.timeout_at(until):
                    await part.drain()
            except TimeoutError:
                log.warning("gave up work that hung", part=type(part).__name__)
        await self.context.usage.flush()
