"""Comments of works as Meta's platforms have them: lists by cursor, and calls that set a state."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, is_written
from openchannels.connectors.base.insights import check_id
from openchannels.connectors.base.paginators import CursorList
from openchannels.connectors.base.parse import text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.meta.graph import require_success
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import PageRequest
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

LIST, LOOK = "comments.list", "comments.look"
WRITE, MODERATE, REACT = "comments.write", "comments.moderate", "works.react"
LOOKED_AT = 50
"""How many of the newest comments are looked through for one whose answer is lost."""


@dataclass(frozen=True, slots=True)
class GraphCalls:
    """Calls of one account; `request` returns the arguments of a call to a path."""

    client: PlatformClient
    request: Callable[[str, Params], Mapping[str, Any]]

    async def read(self, path: str, params: Params) -> Any:
        """Returns an object, or a list, for a look after a lost answer."""
        return await self.client.get(operation=LOOK, **self.request(path, params))

    async def rows(self, path: str, params: Params) -> list[dict[str, Any]]:
        """Returns the objects of a list, for a look after a lost answer."""
        return rows_at(self.client, LOOK, await self.read(path, params), "data")

    async def make(self, path: str, operation: str, form: Mapping[str, str] | None = None) -> str:
        """Makes something new; returns its id."""
        request = {**self.request(path, {}), "form": form}
        answer = await self.client.call("POST", operation=operation, **request)
        return text_at(self.client, operation, answer, "id")

    async def set(
        self, method: str, path: str, operation: str, form: Mapping[str, str] | None = None
    ) -> None:
        """Sets a state, which a second call does not change."""
        await self._done(method, path, operation, idempotent=True, form=form)

    async def remove(self, path: str, operation: str) -> None:
        """Removes an object; it is not repeated here, where a second call would find nothing."""
        await self._done("DELETE", path, operation)

    async def _done(self, method: str, path: str, operation: str, **parts: Any) -> None:
        answer = await self.client.call(
            method, operation=operation, **self.request(path, {}), **parts
        )
        require_success(self.client, operation, answer)


class GraphEngagement(Engagement):
    """Comments of the Graph API, as Facebook and Instagram have them.

    `edges` are the lists below a work and below a comment, `hiding` names the field that hides a
    comment, `parent` is the field of an answer, and
    the path of its value, that names the comment it belongs to.
    """

    lists_answers = True
    ids: ClassVar[re.Pattern[str]]
    edges: ClassVar[tuple[str, str]]
    hiding: ClassVar[str]
    parent: ClassVar[tuple[str, str]]
    listing: ClassVar[CursorList]
    list_params: ClassVar[Mapping[str, str]]
    comment: ClassVar[CommentMap]

    def request(
        self, client: PlatformClient, tokens: Tokens, path: str, params: Params
    ) -> dict[str, Any]:
        """Returns the arguments of a call to a path."""
        raise NotImplementedError

    def is_own(self, account: Account, row: Mapping[str, Any]) -> bool:
        """Returns whether an account wrote a comment."""
        raise NotImplementedError

    def calls(self, client: PlatformClient, tokens: Tokens) -> GraphCalls:
        return GraphCalls(client, lambda path, params: self.request(client, tokens, path, params))

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        above, edge = thread.parent_id or thread.work_id, self.edges[thread.parent_id is not None]
        check_id(client, LIST, above, self.ids)
        request = self.request(client, tokens, f"{above}/{edge}", self.list_params)
        found = await self.listing.page(client, page, operation=LIST, **request)
        return self.comment.page(found, work_id=thread.work_id, parent_id=thread.parent_id)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        target, calls = interaction.target, self.calls(client, tokens)
        check_id(client, WRITE, target, self.ids)
        match interaction.name:
            case InteractionName.COMMENT | InteractionName.REPLY:
                return await self.write(client, tokens, interaction)
            case InteractionName.DELETE_COMMENT:
                await calls.remove(target, MODERATE)
            case InteractionName.HIDE_REPLY:
                await calls.set("POST", target, MODERATE, {self.hiding: "true"})
            case InteractionName.UNHIDE_REPLY:
                await calls.set("POST", target, MODERATE, {self.hiding: "false"})
            case InteractionName.LIKE:
                await calls.set("POST", f"{target}/likes", REACT)
            case InteractionName.UNLIKE:
                await calls.set("DELETE", f"{target}/likes", REACT)
        return None

    async def write(
        self, client: PlatformClient, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Writes a comment on a work, or an answer to one; returns its id."""
        edge = self.edges[interaction.name is InteractionName.REPLY]
        path = f"{interaction.target}/{edge}"
        return await self.calls(client, tokens).make(path, WRITE, {"message": interaction.text})

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for the account's comment of the same text among the newest."""
        calls, above = self.calls(client, tokens), interaction.target
        answered = interaction.name is InteractionName.REPLY
        if answered:
            above = await self._thread_of(calls, above)
        params = {**self.list_params, "limit": str(LOOKED_AT)}
        for row in await calls.rows(f"{above}/{self.edges[answered]}", params):
            comment = self.comment.read(row)
            if comment is None or not self.is_own(account, row):
                continue
            if is_written(comment.content, comment.created_at, interaction):
                return comment.id
        return None

    async def _thread_of(self, calls: GraphCalls, comment_id: str) -> str:
        """Returns the comment below which an answer to this one is filed."""
        field, path = self.parent
        found = await calls.read(comment_id, {"fields": f"id,{field}"})
        return text(value_at(found, path)) or comment_id
