"""WeChat official accounts: comments on articles, the account's replies, and which readers see.

https://developers.weixin.qq.com/doc/service/api/comments/api_listcomment.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule
from openchannels.connectors.base.insights import check_id, no_such_work
from openchannels.connectors.base.paginators import Item, PageList, by_total_or_full_page
from openchannels.connectors.base.parse import count, dig, integer, rows, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.wechat.component import API, FAILURES
from openchannels.connectors.wechat.official_account.auth import PUBLISHING
from openchannels.connectors.wechat.official_account.insights import ARTICLE_ID, read_article
from openchannels.connectors.wechat.official_account.publisher import MESSAGE_ID
from openchannels.connectors.wechat.statistics import mid_and_index
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import (
    Comment,
    CommentsPage,
    Interaction,
    InteractionName,
    Thread,
)
from openchannels.core.paging import PagePaging, PageRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient

LIST, LOOK, WRITE = "comments.list", "comments.look", "comments.write"
MODERATE = "comments.moderate"
MOST = 49
"""Comments that WeChat returns at once: it refuses fifty."""
LOOK_CALLS = 10
CACHE_SECONDS = 86_400.0
REPLIED_ALREADY = "88005"
REPLY_MARK = ":reply"
LINKED_ID = re.compile(r"(?P<message>\d{6,20})_(?P<number>[1-8])")
"""The id of an article that was read from its link."""
COMMENT_ID = re.compile(
    rf"(?P<message>\d{{1,20}})_(?P<index>[0-7])_(?P<number>\d{{1,20}})(?P<reply>{REPLY_MARK})?"
)
ALLOWED = InteractionRule((PUBLISHING,))
ANOTHER_REPLY = Text(
    en="The account has answered this comment already; WeChat takes one answer to each.",
    zh="该账号已回复过这条留言，微信只允许每条留言回复一次。",
)
COMMENT_FAILURES = replace(
    FAILURES,
    codes={
        **FAILURES.codes,
        "88000": FailureKind.PERMISSION,
        "88001": FailureKind.NOT_FOUND,
        "88004": FailureKind.NOT_FOUND,
        "88008": FailureKind.NOT_FOUND,
    },
)


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """An article as comments name it: the message it is part of, and its index, from 0."""

    message: str
    index: int

    def body(self, **more: Any) -> dict[str, Any]:
        return {"msg_data_id": int(self.message), "index": self.index, **more}


@dataclass(frozen=True, slots=True)
class NamedComment:
    """A comment, or the reply to it. Its id names the article, which every call needs."""

    article: ArticleKey
    number: int
    is_reply: bool

    @classmethod
    def read(cls, client: PlatformClient, operation: str, comment_id: str) -> "NamedComment":
        """Raises PlatformFailure: NOT_FOUND for an id of another form."""
        found = COMMENT_ID.fullmatch(comment_id)
        if found is None:
            raise no_such_work(client, operation)
        article = ArticleKey(found["message"], int(found["index"]))
        return cls(article, int(found["number"]), found["reply"] is not None)

    def body(self, **more: Any) -> dict[str, Any]:
        return self.article.body(user_comment_id=self.number, **more)


def read_hidden(comment: Any) -> bool | None:
    """Returns whether readers do not see a comment: they see those that were selected."""
    kind = integer(dig(comment, "comment_type"))
    return None if kind is None else kind == 0


COMMENT = CommentMap(
    {
        "id": "id",
        "content": "content",
        "author_uid": "openid",
        "created_at": "create_time",
        "hidden": read_hidden,
    }
)
REPLY = CommentMap({"id": "id", "content": "content", "created_at": "create_time"})


COMMENTS = PageList(
    url=f"{API}/cgi-bin/comment/list",
    items="comment",
    id="user_comment_id",
    in_body=True,
    size="count",
    number="begin",
    by_offset=True,
    total="total",
    has_next=by_total_or_full_page("total", "comment"),
)


class WxGzhEngagement(Engagement):
    """An account answers comments, each once; a reply is listed as a comment of its own."""

    paging = PagePaging(default=20, maximum=MOST)
    list_scopes = (PUBLISHING,)
    uses_publications = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.REPLY: InteractionRule((PUBLISHING,), repeatable=False),
        InteractionName.DELETE_COMMENT: ALLOWED,
        InteractionName.HIDE_REPLY: ALLOWED,
        InteractionName.UNHIDE_REPLY: ALLOWED,
    }

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        article = await _article(client, account, tokens, thread)
        found = await COMMENTS.page(
            client,
            page,
            operation=LIST,
            classify=COMMENT_FAILURES.classify,
            params={"access_token": tokens.access_token},
            body=article.body(type=0),
        )
        comments = [
            one
            for item in found.items
            for one in _with_reply(account, article, item, thread.work_id)
        ]
        return CommentsPage(comments, has_next=found.has_next, total=found.total)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        match interaction.name:
            case InteractionName.REPLY:
                return await self._reply(client, account, tokens, interaction)
            case InteractionName.HIDE_REPLY:
                path = "unmarkelect"
            case InteractionName.UNHIDE_REPLY:
                path = "markelect"
            case _:
                path = "delete"
        named = NamedComment.read(client, MODERATE, interaction.target)
        if named.is_reply and path != "delete":
            raise no_such_work(client, MODERATE)
        if named.is_reply:
            path = "reply/delete"
        await _post(client, tokens, path, MODERATE, named.body(), idempotent=True)
        return None

    async def _reply(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str:
        """Answers a comment. That it is answered with the same words already is a success."""
        named = NamedComment.read(client, WRITE, interaction.target)
        if named.is_reply:
            raise no_such_work(client, WRITE)
        body = named.body(content=interaction.text)
        try:
            await _post(client, tokens, "reply/add", WRITE, body)
        except PlatformFailure as failure:
            if failure.reading.code != REPLIED_ALREADY:
                raise
            found = await self.find(client, account, tokens, interaction)
            if found is None:
                raise failure.with_reading(
                    replace(failure.reading, detail=ANOTHER_REPLY)
                ) from failure
            return found
        return interaction.target + REPLY_MARK

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks whether the comment has the reply: there is never a second one."""
        named = NamedComment.read(client, LOOK, interaction.target)
        for number in range(LOOK_CALLS):
            paging = {"begin": number * MOST, "count": MOST}
            body = named.article.body(**paging, type=0)
            answer = await _post(client, tokens, "list", LOOK, body, idempotent=True)
            comments = rows_at(client, LOOK, answer, "comment")
            for comment in comments:
                if count(comment.get("user_comment_id")) == named.number:
                    said = dig(_reply_of(comment), "content")
                    return interaction.target + REPLY_MARK if said == interaction.text else None
            if len(comments) < MOST:
                break
        return None


def _reply_of(comment: Item) -> Any:
    """Returns the account's reply, which WeChat gives as an object or as a list of one."""
    reply = comment.get("reply")
    return next(iter(rows(reply)), None) if isinstance(reply, list) else reply


def _with_reply(
    account: Account, article: ArticleKey, comment: Item, work_id: str
) -> list[Comment]:
    """Returns a comment, followed by its reply."""
    number = text(comment.get("user_comment_id"))
    comment_id = f"{article.message}_{article.index}_{number}"
    found = COMMENT.read_all([{**comment, "id": comment_id}], work_id=work_id)
    reply = _reply_of(comment)
    if text(dig(reply, "content")) is None:
        return found
    return found + REPLY.read_all(
        [{**reply, "id": comment_id + REPLY_MARK}],
        work_id=work_id,
        parent_id=comment_id,
        author_name=account.nickname,
        author_uid=account.uid,
    )


async def _post(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    body: Mapping[str, Any],
    *,
    idempotent: bool = False,
) -> Any:
    return await client.call(
        "POST",
        f"{API}/cgi-bin/comment/{path}",
        operation=operation,
        classify=COMMENT_FAILURES.classify,
        idempotent=idempotent,
        params={"access_token": tokens.access_token},
        json_body=body,
    )


async def _article(
    client: PlatformClient, account: Account, tokens: Tokens, thread: Thread
) -> ArticleKey:
    """Returns how comments name a work. Raises PlatformFailure: NOT_FOUND without one.

    The message of a work published here is kept; others have it in their address.
    """
    work_id = thread.work_id
    check_id(client, LIST, work_id, ARTICLE_ID)
    if linked := LINKED_ID.fullmatch(work_id):
        return _linked(linked)
    kept = text(thread.known.get(MESSAGE_ID))
    if kept is not None and kept.isdecimal():
        return ArticleKey(kept, 0)
    key = f"wxgzh:message:{account.id}:{work_id}"
    found: ArticleKey | None = client.cache.get(key)
    if found is None:
        item = await read_article(client, tokens, work_id, LIST)
        address = mid_and_index(dig(item, "article", "url")) or ""
        linked = LINKED_ID.fullmatch(address)
        if linked is None:
            raise no_such_work(client, LIST, http_status=200)
        found = _linked(linked)
        client.cache.put(key, found, CACHE_SECONDS)
    return found


def _linked(found: re.Match[str]) -> ArticleKey:
    return ArticleKey(found["message"], int(found["number"]) - 1)
