"""Threads: replies to posts, their moderation, reposts and quotes.

A reply is a post of its own, made and published by one call.
https://developers.facebook.com/docs/threads/reply-management
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule, is_written
from openchannels.connectors.base.insights import check_id, no_such_work
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.meta.containers import SPAM_BLOCK
from openchannels.connectors.meta.engagement import (
    LIST,
    LOOK,
    LOOKED_AT,
    MODERATE,
    REACT,
    WRITE,
    GraphCalls,
)
from openchannels.connectors.meta.threads.api import API, as_listed
from openchannels.connectors.meta.threads.works import POSTS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

PUBLISH, DELETE, MANAGE = "threads_content_publish", "threads_delete", "threads_manage_replies"
REPLIED = InteractionRule((PUBLISH, MANAGE), repeatable=False)
POSTED = InteractionRule((PUBLISH,), repeatable=False)
REMOVED, MODERATED = InteractionRule((DELETE,)), InteractionRule((MANAGE,))
ID = re.compile("[0-9]{1,32}")
COMMENT_FIELDS = "id,text,username,timestamp,hide_status"
REPOST = "REPOST_FACADE"
REPOST_PAGES = 5
"""How many pages of a hundred own posts are looked through for a repost."""
SHOWN = {"NOT_HUSHED": False, "UNHUSHED": False}
HIDDEN = dict.fromkeys(("HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"), True)
HIDE_STATES: Mapping[Any, bool] = {**SHOWN, **HIDDEN}

COMMENT = CommentMap(
    {
        "id": "id",
        "content": "text",
        "author_name": "username",
        "created_at": "timestamp",
        "hidden": lambda reply: HIDE_STATES.get(dig(reply, "hide_status")),
    }
)


class ThreadsEngagement(Engagement):
    """Of others only posts that mention the account can be answered, as Threads decides."""

    paging = CursorPaging(default=25, maximum=100, previous=True)
    list_scopes = ("threads_read_replies",)
    lists_answers = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: REPLIED,
        InteractionName.REPLY: REPLIED,
        InteractionName.DELETE_COMMENT: REMOVED,
        InteractionName.HIDE_REPLY: MODERATED,
        InteractionName.UNHIDE_REPLY: MODERATED,
        InteractionName.REPOST: POSTED,
        InteractionName.UNDO_REPOST: REMOVED,
        InteractionName.QUOTE: POSTED,
    }

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        above = thread.parent_id or thread.work_id
        check_id(client, LIST, above, ID)
        found = await POSTS.page(
            client,
            page,
            url=f"{API}/{above}/replies",
            operation=LIST,
            params={"fields": COMMENT_FIELDS, "reverse": "true"},
            headers=bearer(tokens),
        )
        return COMMENT.page(found, work_id=thread.work_id, parent_id=thread.parent_id)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        target, calls = interaction.target, _calls(client, tokens)
        check_id(client, WRITE, target, ID)
        match interaction.name:
            case InteractionName.COMMENT | InteractionName.REPLY:
                return await self._write(client, tokens, interaction, "reply_to_id")
            case InteractionName.QUOTE:
                return await self._write(client, tokens, interaction, "quote_post_id")
            case InteractionName.REPOST:
                return await _repost(client, tokens, target)
            case InteractionName.UNDO_REPOST:
                await _undo_repost(client, tokens, target)
            case InteractionName.DELETE_COMMENT:
                await calls.remove(target, MODERATE)
            case InteractionName.HIDE_REPLY:
                await calls.set("POST", f"{target}/manage_reply", MODERATE, {"hide": "true"})
            case InteractionName.UNHIDE_REPLY:
                await calls.set("POST", f"{target}/manage_reply", MODERATE, {"hide": "false"})
        return None

    async def _write(
        self, client: PlatformClient, tokens: Tokens, interaction: Interaction, refers: str
    ) -> str:
        """Publishes a text; one that is refused as spam may be out all the same."""
        form = {
            "media_type": "TEXT",
            "text": interaction.text,
            refers: interaction.target,
            "auto_publish_text": "true",
        }
        try:
            return await _calls(client, tokens).make("me/threads", WRITE, form)
        except PlatformFailure as failure:
            if not (failure.reading.code or "").endswith(SPAM_BLOCK):
                raise
            found = await _find_text(client, tokens, interaction)
            if found is None:
                raise
            return found

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for the account's reply, quote or repost among its newest."""
        if interaction.name is InteractionName.REPOST:
            return await _find_repost(client, tokens, interaction.target)
        return await _find_text(client, tokens, interaction)


def _calls(client: PlatformClient, tokens: Tokens) -> GraphCalls:
    return GraphCalls(
        client,
        lambda path, params: {
            "url": f"{API}/{path}",
            "params": params,
            "headers": bearer(tokens),
        },
    )


async def _find_text(
    client: PlatformClient, tokens: Tokens, interaction: Interaction
) -> str | None:
    path, above = "me/replies", "replied_to"
    if interaction.name is InteractionName.QUOTE:
        path, above = "me/threads", "quoted_post"
    listed = replace(interaction, text=as_listed(interaction.text))
    params: Params = {"fields": f"id,text,timestamp,{above}{{id}}", "limit": LOOKED_AT}
    for row in await _calls(client, tokens).rows(path, params):
        post = COMMENT.read(row)
        if post is None or dig(row, above, "id") != interaction.target:
            continue
        if is_written(as_listed(post.content), post.created_at, listed):
            return post.id
    return None


async def _repost(client: PlatformClient, tokens: Tokens, post_id: str) -> str:
    """Reposts a post, and returns the id of the repost: of the one before if that is refused."""
    try:
        return await _calls(client, tokens).make(f"{post_id}/repost", REACT)
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.INVALID:
            raise
        found = await _find_repost(client, tokens, post_id)
        if found is None:
            raise
        return found


async def _undo_repost(client: PlatformClient, tokens: Tokens, post_id: str) -> None:
    repost_id = await _find_repost(client, tokens, post_id)
    if repost_id is None:
        return
    try:
        await _calls(client, tokens).remove(repost_id, REACT)
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.NOT_FOUND:
            raise


async def _find_repost(client: PlatformClient, tokens: Tokens, post_id: str) -> str | None:
    """Returns the account's repost of a post; None if it has none.

    Raises PlatformFailure, NOT_FOUND, where the account has more posts than are looked through.
    """
    request = CursorRequest(limit=100)
    fields = {"fields": "id,media_type,reposted_post{id}"}
    for _ in range(REPOST_PAGES):
        page = await POSTS.page(
            client,
            request,
            url=f"{API}/me/threads",
            operation=LOOK,
            params=fields,
            headers=bearer(tokens),
        )
        for post in page.items:
            original = dig(post, "reposted_post", "id")
            if post.get("media_type") == REPOST and original == post_id:
                return text(post.get("id"))
        if page.next is None:
            return None
        request = CursorRequest(limit=100, position=page.next)
    raise no_such_work(client, LOOK)
