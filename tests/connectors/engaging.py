"""An account that engages, without a service around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.engagement import Engagement
from openchannels.connectors.registry import Connector
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import PageRequest
from openchannels.transport.client import Send
from tests.connectors.support import NOW, client_for


@dataclass
class Engaging:
    """An account of a platform that lists comments and interacts; `known` is of its works."""

    connector: Connector
    account: Account
    tokens: Tokens
    send: Send
    options: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = client_for(self.connector, self.send, **self.options)

    @property
    def engagement(self) -> Engagement:
        assert self.connector.engagement is not None
        return self.connector.engagement

    async def comments(
        self, work_id: str, page: PageRequest, parent_id: str | None = None
    ) -> CommentsPage:
        thread = Thread(work_id, parent_id, self.known)
        return await self.engagement.list_comments(
            self.client, self.account, self.tokens, thread, page
        )

    def interaction(
        self, name: str, target: str, text: str = "", work_id: str | None = None
    ) -> Interaction:
        return Interaction(InteractionName(name), target, text, NOW, work_id, self.known)

    async def do(self, name: str, target: str, text: str = "", work_id: str | None = None) -> Any:
        wanted = self.interaction(name, target, text, work_id)
        return await self.engagement.interact(self.client, self.account, self.tokens, wanted)

    async def find(self, name: str, target: str, text: str = "", work_id: str | None = None) -> Any:
        wanted = self.interaction(name, target, text, work_id)
        return await self.engagement.find(self.client, self.account, self.tokens, wanted)
