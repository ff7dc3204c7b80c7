"""LinkedIn: comments, reactions and reshares.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/reactions-api
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule, is_written
from openchannels.connectors.base.insights import check_id, no_such_work
from openchannels.connectors.base.paginators import Item, ItemsPage, PageList, by_total_or_full_page
from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.linkedin.api import (
    API,
    MEMBER_SCOPE,
    PAGE_SCOPE,
    fetch_when_known,
    get_json,
    granted_scopes,
    request_headers,
    write_conflict,
)
from openchannels.connectors.linkedin.post_body import author_of
from openchannels.connectors.linkedin.posting import POST_SCOPES, is_page
from openchannels.connectors.linkedin.reshares import (
    LOOK,
    WORK,
    WORK_ID,
    find_reshare,
    reshare,
    undo_reshare,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import PagePaging, PageRequest
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

LIST, WRITE, DELETE = "comments.list", "comments.write", "comments.delete"
REACT = "works.react"
MEMBER_READ_SCOPE = "r_member_social_feed"
PAGE_READ_SCOPE = "r_organization_social_feed"
ENGAGE_SCOPES = ("w_organization_social_feed", "w_member_social_feed")
KINDS_OF_SCOPES = (
    ((PAGE_READ_SCOPE,), (MEMBER_READ_SCOPE, "r_organization_social")),
    (ENGAGE_SCOPES, POST_SCOPES),
    ((PAGE_SCOPE, MEMBER_SCOPE), ()),
)
"""Scopes of which one will do, those of pages first, and others that may do.

Members have scopes of their own, and older grants have those of posts for comments too.
"""
COMMENT_ID = re.compile(rf"urn:li:comment:\((?P<thread>{WORK}),(?P<number>\d{{1,32}})\)")
COMMENTS_LOOKED_AT = 20
WRITTEN = InteractionRule(ENGAGE_SCOPES, repeatable=False)
SET = InteractionRule(ENGAGE_SCOPES)
POSTED = InteractionRule(POST_SCOPES, repeatable=False)
MEMBER_COMMENTS_CLOSED = Text(
    en="LinkedIn does not let apps read comments as a member; use an organization page.",
    zh="LinkedIn 不允许应用以个人身份读取评论，请使用组织（公司）主页。",
)

COMMENT = CommentMap(
    {
        "id": "commentUrn|$URN",
        "content": "message.text",
        "parent_id": "parent",
        "author_name": "name",
        "author_uid": "actor|created.actor",
        "created_at": "created.time",
        "likes": "likesSummary.aggregatedTotalLikes|likesSummary.totalLikes",
        "replies": "commentsSummary.aggregatedTotalComments"
        "|commentsSummary.totalFirstLevelComments",
    }
)


COMMENTS = PageList(
    items="elements",
    id="commentUrn|$URN",
    size="count",
    number="start",
    by_offset=True,
    total="paging.total",
    has_next=by_total_or_full_page("paging.total", "elements"),
)


class LinkedInEngagement(Engagement):
    """Pages and members comment, react and reshare; only pages can read comments."""

    paging = PagePaging(default=10, maximum=100, total=False)
    list_scopes = (PAGE_READ_SCOPE,)
    lists_answers = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: WRITTEN,
        InteractionName.REPLY: WRITTEN,
        InteractionName.DELETE_COMMENT: SET,
        InteractionName.LIKE: SET,
        InteractionName.UNLIKE: SET,
        InteractionName.REPOST: POSTED,
        InteractionName.UNDO_REPOST: InteractionRule(POST_SCOPES),
        InteractionName.QUOTE: POSTED,
    }

    def missing_scopes(
        self, app: App, needed: Sequence[str], account_scopes: Sequence[str]
    ) -> Sequence[str]:
        """Returns a page's scope of each kind that is needed and of which the account has none."""
        held = set(account_scopes)
        return [
            scopes[0]
            for scopes, others in KINDS_OF_SCOPES
            if set(scopes) & set(needed) and held.isdisjoint((*scopes, *others))
        ]

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        check_id(client, LIST, thread.work_id, WORK_ID)
        if thread.parent_id is not None:
            check_id(client, LIST, thread.parent_id, COMMENT_ID)
        if not _reads_comments(client, account, tokens):
            reading = Failure(FailureKind.PERMISSION, detail=MEMBER_COMMENTS_CLOSED)
            raise PlatformFailure(client.platform, LIST, reading)
        url = f"{API}/{_comments_path(thread.parent_id or thread.work_id)}"
        headers = request_headers(client, tokens)

        async def fetch() -> ItemsPage:
            return await COMMENTS.page(client, page, url=url, operation=LIST, headers=headers)

        found = await fetch_when_known(client, account, fetch)
        items = [_merged(account, item, thread) for item in found.items]
        return COMMENT.page(replace(found, items=items), work_id=thread.work_id)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        target = interaction.target
        match interaction.name:
            case InteractionName.COMMENT:
                check_id(client, WRITE, target, WORK_ID)
                return await _write(client, account, tokens, interaction)
            case InteractionName.REPLY:
                check_id(client, WRITE, target, COMMENT_ID)
                return await _write(client, account, tokens, interaction)
            case InteractionName.DELETE_COMMENT:
                await _delete(client, account, tokens, target)
            case InteractionName.LIKE:
                await _like(client, account, tokens, target)
            case InteractionName.UNLIKE:
                await _unlike(client, account, tokens, target)
            case InteractionName.UNDO_REPOST:
                await undo_reshare(client, account, tokens, target)
            case _:
                return await reshare(client, account, tokens, interaction)
        return None

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for a comment of a page, which alone can read them, or for a reshare."""
        if interaction.name in (InteractionName.COMMENT, InteractionName.REPLY):
            return await _find_comment(client, account, tokens, interaction)
        return await find_reshare(client, account, tokens, interaction)


def _reads_comments(client: PlatformClient, account: Account, tokens: Tokens) -> bool:
    return is_page(account) or MEMBER_READ_SCOPE in granted_scopes(client, tokens)


def _comments_path(urn: str) -> str:
    return f"rest/socialActions/{quote(urn, safe='')}/comments"


def _merged(account: Account, item: Item, thread: Thread) -> Item:
    """Returns a comment with what it answers, and the name of the account where it is its own."""
    own = item.get("actor") == author_of(account)
    return {
        **item,
        "parent": text(item.get("parentComment")) or thread.parent_id,
        "name": account.nickname if own else None,
    }


def _comment_body(account: Account, interaction: Interaction) -> dict[str, Any]:
    """Returns the body of a comment, which is plain text. An answer names the thread, too."""
    answered = COMMENT_ID.fullmatch(interaction.target)
    return {
        "actor": author_of(account),
        "object": answered["thread"] if answered else interaction.target,
        "message": {"text": interaction.text},
        **({"parentComment": interaction.target} if answered else {}),
    }


async def _write(
    client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
) -> str:
    """Writes a comment; returns its URN, which names it together with its thread."""
    body = _comment_body(account, interaction)
    answer = await client.exchange(
        "POST",
        f"{API}/{_comments_path(interaction.target)}",
        operation=WRITE,
        classify=lambda answer: write_conflict(answer) or client.classify(answer),
        headers=request_headers(client, tokens),
        json_body=body,
    )
    made = text(value_at(body_of(answer), COMMENTS.id))
    number = text(answer.headers.get("x-restli-id"))
    if made is None and number is None:
        raise client.malformed(WRITE, answer.status)
    return made or f"urn:li:comment:({body['object']},{number})"


async def _find_comment(
    client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
) -> str | None:
    if not _reads_comments(client, account, tokens):
        return None
    path = _comments_path(interaction.target)
    params = {"start": 0, "count": COMMENTS_LOOKED_AT}
    answer = await get_json(client, tokens, path, LOOK, params)
    alike = [
        comment
        for comment in rows_at(client, LOOK, answer, "elements")
        if comment.get("actor") == author_of(account)
        and is_written(
            text(dig(comment, "message", "text")),
            moment(dig(comment, "created", "time")),
            interaction,
        )
    ]
    return text(value_at(alike[0], COMMENTS.id)) if len(alike) == 1 else None


async def _delete(client: PlatformClient, account: Account, tokens: Tokens, comment: str) -> None:
    named = COMMENT_ID.fullmatch(comment)
    if named is None:
        raise no_such_work(client, DELETE)
    await client.call(
        "DELETE",
        f"{API}/{_comments_path(named['thread'])}/{named['number']}",
        operation=DELETE,
        silent=True,
        idempotent=True,
        params={"actor": author_of(account)},
        headers=request_headers(client, tokens),
    )


async def _like(client: PlatformClient, account: Account, tokens: Tokens, target: str) -> None:
    """Likes a post. That it is liked already is a conflict to LinkedIn."""

    def classify(answer: Answer) -> Failure | None:
        return None if answer.status in (409, 422) else client.classify(answer)

    check_id(client, REACT, target, WORK_ID)
    await client.call(
        "POST",
        f"{API}/rest/reactions",
        operation=REACT,
        classify=classify,
        silent=True,
        idempotent=True,
        params={"actor": author_of(account)},
        headers=request_headers(client, tokens),
        json_body={"root": target, "reactionType": "LIKE"},
    )


async def _unlike(client: PlatformClient, account: Account, tokens: Tokens, target: str) -> None:
    """Takes a like back. Where there was none, LinkedIn finds nothing."""
    check_id(client, REACT, target, WORK_ID)
    actor, entity = quote(author_of(account), safe=""), quote(target, safe="")
    try:
        await client.call(
            "DELETE",
            f"{API}/rest/reactions/(actor:{actor},entity:{entity})",
            operation=REACT,
            silent=True,
            idempotent=True,
            headers=request_headers(client, tokens),
        )
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.NOT_FOUND:
            raise
