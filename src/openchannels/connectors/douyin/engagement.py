"""Douyin: comments on an account's own videos, for website apps.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/interaction-management/comment-management-user/comment-list
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule, is_written
from openchannels.connectors.base.insights import check_id, no_such_work
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import moment, text
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.douyin.api import (
    API,
    COMMENT_SCOPE,
    VIDEO_SCOPE,
    is_miniapp,
    is_own_answer,
    token_header,
)
from openchannels.connectors.douyin.details import ENCRYPTED, VIDEO_ID, read_video
from openchannels.connectors.douyin.works import VIDEOS, next_position, read_paging
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

LIST, LOOK, WRITE = "comments.list", "comments.look", "comments.write"
NEWEST_FIRST = "time"
ITEM_ID = "itemId"
"""Under which a publication keeps the encrypted id of its work."""
VIDEOS_AT_ONCE, VIDEO_CALLS = 20, 5
"""How far back a video is looked for whose encrypted id is not known."""
CACHE_SECONDS = 3600.0
WRITTEN = InteractionRule((COMMENT_SCOPE,), repeatable=False)
# The documentation requires these of every caller, and means them for apps on phones.
DEVICE = {
    "device_brand": "apple",
    "device_platform": "iphone",
    "device_type": "iPhone13.2",
    "ip": "0.0.0.0",  # noqa: S104
    "os_version": "14.5",
    "shark_channel": "open_api",
}
COMMENT = CommentMap(
    {
        "id": "comment_id",
        "content": "content",
        "parent_id": "parent",
        "author_name": "nick_name",
        "author_uid": "comment_user_id",
        "created_at": "create_time",
        "likes": "digg_count",
        "replies": "reply_comment_total",
    }
)
COMMENTS_URL = f"{API}/item/comment/list/"
ANSWERS_URL = f"{API}/item/comment/reply/list/"
COMMENTS = CursorList(
    items="data.list",
    id="comment_id",
    paging=read_paging,
    next=next_position,
    empty=is_own_answer,
)


class DouyinEngagement(Engagement):
    """Douyin names a work by an encrypted id here, which is found for a plain one."""

    paging = CursorPaging(default=10, maximum=20)
    list_scopes = (COMMENT_SCOPE,)
    lists_answers = True
    uses_publications = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: WRITTEN,
        InteractionName.REPLY: WRITTEN,
    }

    def available(self, app: App) -> bool:
        """Returns whether it is a website app."""
        return not is_miniapp(app)

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        item_id = await _item_id(client, account, tokens, thread.work_id, thread.known)
        found = await COMMENTS.page(
            client,
            page,
            url=_listing(thread.parent_id),
            operation=LIST,
            params=_params(account, item_id, thread.parent_id),
            headers=token_header(tokens.access_token),
        )
        items = [_merged(item, thread) for item in found.items]
        return COMMENT.page(replace(found, items=items), work_id=thread.work_id)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Writes a comment, or answers one."""
        item_id = await _item_of(client, account, tokens, interaction)
        answered = _answered(interaction)
        answer = await client.call(
            "POST",
            f"{API}/item/comment/reply/",
            operation=WRITE,
            params={"open_id": account.uid},
            headers=token_header(tokens.access_token),
            json_body={
                "item_id": item_id,
                "content": interaction.text,
                **({"comment_id": answered} if answered else {}),
            },
        )
        return text_at(client, WRITE, answer, "data.comment_id")

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for the account's comment of the same text among the newest."""
        item_id = await _item_of(client, account, tokens, interaction)
        answered = _answered(interaction)
        answer = await client.get(
            _listing(answered),
            operation=LOOK,
            params={**_params(account, item_id, answered), "cursor": 0, "count": 20},
            headers=token_header(tokens.access_token),
        )
        comments = rows_at(client, LOOK, answer, "data.list", optional=is_own_answer(answer))
        found = [one for one in comments if _is_written(account, interaction, one)]
        return text(found[0].get("comment_id")) if len(found) == 1 else None


def _listing(comment_id: str | None) -> str:
    """Returns the address of the comments on a work, or of the answers to one of them."""
    return COMMENTS_URL if comment_id is None else ANSWERS_URL


def _params(account: Account, item_id: str, comment_id: str | None) -> dict[str, Any]:
    named = {"open_id": account.uid, "item_id": item_id, "sort_type": NEWEST_FIRST}
    return named if comment_id is None else {**named, **DEVICE, "comment_id": comment_id}


def _answered(interaction: Interaction) -> str | None:
    return interaction.target if interaction.name is InteractionName.REPLY else None


def _merged(item: Item, thread: Thread) -> Item:
    return {**item, "parent": text(item.get("reply_comment_id")) or thread.parent_id}


def _is_written(account: Account, interaction: Interaction, comment: Mapping[str, Any]) -> bool:
    own = text(comment.get("comment_user_id")) in (account.uid, None)
    at = moment(comment.get("create_time"))
    return own and is_written(text(comment.get("content")), at, interaction)


async def _item_of(
    client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
) -> str:
    work_id = interaction.work_id or interaction.target
    return await _item_id(client, account, tokens, work_id, interaction.known)


async def _item_id(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    work_id: str,
    known: Mapping[str, Any],
) -> str:
    """Returns the encrypted id of a work. Raises PlatformFailure: NOT_FOUND without one.

    That of a work published here is kept; others are read by their plain id, or looked for in the
    list where the scope for that is missing.
    """
    check_id(client, LIST, work_id, VIDEO_ID)
    if work_id.startswith(ENCRYPTED):
        return work_id
    kept = text(known.get(ITEM_ID))
    if kept is not None:
        return kept
    key = f"douyin:item:{account.id}:{work_id}"
    found: str | None = client.cache.get(key)
    if found is None:
        if tokens.scopes is not None and VIDEO_SCOPE in tokens.scopes:
            found = text((await read_video(client, account, tokens, work_id)).get("item_id"))
        else:
            found = await _listed_item_id(client, account, tokens, work_id)
        if found is None:
            raise no_such_work(client, LIST, http_status=200)
        client.cache.put(key, found, CACHE_SECONDS)
    return found


async def _listed_item_id(
    client: PlatformClient, account: Account, tokens: Tokens, work_id: str
) -> str | None:
    request = CursorRequest(limit=VIDEOS_AT_ONCE)
    for _ in range(VIDEO_CALLS):
        videos = await VIDEOS.page(
            client,
            request,
            params={"open_id": account.uid},
            headers=token_header(tokens.access_token),
        )
        for video in videos.items:
            if text(video.get("video_id")) == work_id:
                return text(video.get("item_id"))
        if videos.next is None:
            break
        request = CursorRequest(limit=VIDEOS_AT_ONCE, position=videos.next)
    return None
