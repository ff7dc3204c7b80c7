"""All use cases over one context."""

from openchannels.service.accounts import Accounts
from openchannels.service.callback import Callbacks
from openchannels.service.choices import Choices
from openchannels.service.context import Context
from openchannels.service.credentials import Credentials
from openchannels.service.keys import Keys
from openchannels.service.pushes import Pushes
from openchannels.service.results import Results
from openchannels.service.sessions import Sessions
from openchannels.service.works import Works
from openchannels.store import facts


class Services:
    """What the wire and the pages call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.keys = Keys(context)
        self.accounts = Accounts(context)
        self.sessions = Sessions(context)
        self.callbacks = Callbacks(context)
        self.choices = Choices(context, self.sessions)
        self.credentials = Credentials(context)
        self.pushes = Pushes(context, self.callbacks, self.credentials)
        self.works = Works(context, self.credentials)
        self.results = Results(context, self.keys)

    async def ready(self) -> bool:
        """Whether the database answers."""
        return await self.context.db.read(facts.ping)

    async def drain(self) -> None:
        """Finish what no request waits for any more."""
        await self.pushes.drain()
        await self.callbacks.drain()
        await self.credentials.drain()
        await self.keys.drain()
        await self.context.usage.flush()
