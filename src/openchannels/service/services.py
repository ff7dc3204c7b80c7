"""All use cases over one context."""

import asyncio

import structlog

from openchannels.service.accounts import Accounts
from openchannels.service.attempts import Attempts
from openchannels.service.audit import Audit
from openchannels.service.callback import Callbacks
from openchannels.service.choices import Choices
from openchannels.service.confirmations import Confirmations
from openchannels.service.context import Context
from openchannels.service.credentials import Credentials
from openchannels.service.deliveries import Deliveries
from openchannels.service.disconnects import Disconnects
from openchannels.service.erasure import Erasure
from openchannels.service.event_log import EventLog
from openchannels.service.keys import Keys
from openchannels.service.launches import Launches
from openchannels.service.limits import Limits
from openchannels.service.notices import Notices
from openchannels.service.probes import Probes
from openchannels.service.proofs import Proofs
from openchannels.service.pushes import Pushes
from openchannels.service.refreshes import Refreshes
from openchannels.service.results import Results
from openchannels.service.sessions import Sessions
from openchannels.service.upkeep import CleanUp, Recovery, Task
from openchannels.service.webhooks import Webhooks
from openchannels.service.works import Works
from openchannels.store import facts

log = structlog.get_logger()


class Services:
    """What the wire and the pages call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.limits = Limits(context.rules.rates)
        self.keys = Keys(context)
        self.audit = Audit(context)
        self.accounts = Accounts(context)
        self.sessions = Sessions(context)
        self.callbacks = Callbacks(context)
        self.attempts = Attempts(context, self.sessions, self.callbacks)
        self.choices = Choices(context, self.sessions)
        self.confirmations = Confirmations(context)
        self.launches = Launches(context, self.sessions)
        self.proofs = Proofs(context.vault)
        self.credentials = Credentials(context)
        self.disconnects = Disconnects(context, self.credentials)
        self.erasure = Erasure(context, self.disconnects, self.confirmations)
        self.pushes = Pushes(context, self.callbacks, self.credentials)
        self.works = Works(context, self.credentials)
        self.results = Results(context, self.keys)
        self.webhooks = Webhooks(context)
        self.deliveries = Deliveries(context)
        self.event_log = EventLog(context, self.deliveries)
        self.upkeep: tuple[Task, ...] = (
            Recovery(context, self.callbacks),
            CleanUp(context),
            self.confirmations,
            Refreshes(context, self.credentials.refreshing),
            Probes(context, self.credentials),
            Notices(context, self.credentials.condemning),
            self.deliveries,
        )
        """What runs in the background."""

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
