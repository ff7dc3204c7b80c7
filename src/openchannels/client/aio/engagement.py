"""`client.engagement`: comments on works, and what an account does on its platform."""

from collections.abc import AsyncIterator

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import Comment, CommentsPage, EngagementAction


class Engagement:
    """Every method raises ApiError and ConnectionFailed.

    `capabilities["engagement"]` of a platform says what it offers.
    """

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def comments(
        self,
        platform: str,
        account_id: str,
        work_id: str,
        *,
        parent_comment_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        direction: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
    ) -> CommentsPage:
        """Returns one page of the comments on a work, or of the answers to one of them.

        A platform pages by `limit`, `cursor` and `direction`, or by `page` and `page_size`, which
        go together.
        """
        query = {
            "accountId": account_id,
            "platform": platform,
            "platformWorkId": work_id,
            "parentCommentId": parent_comment_id,
            # In brackets, which all services with this API read.
            "pagination[limit]": limit,
            "pagination[cursor]": cursor,
            "pagination[direction]": direction,
            "pagination[page]": page,
            "pagination[pageSize]": page_size,
        }
        return await self._call(operations.LIST_COMMENTS, CommentsPage, query=query)

    async def iter_comments(
        self,
        platform: str,
        account_id: str,
        work_id: str,
        *,
        parent_comment_id: str | None = None,
    ) -> AsyncIterator[Comment]:
        """Yields the comments on a work, or the answers to one of them, page by page."""
        cursor: str | None = None
        number: int | None = None
        size: int | None = None
        while True:
            listed = await self.comments(
                platform,
                account_id,
                work_id,
                parent_comment_id=parent_comment_id,
                cursor=cursor,
                page=number,
                page_size=size,
            )
            for comment in listed.items:
                yield comment
            at = listed.pagination
            if not at.has_next:
                return
            cursor, size = at.next_cursor, at.page_size
            number = None if at.page is None else at.page + 1

    async def comment(
        self,
        platform: str,
        account_id: str,
        work_id: str,
        content: str,
        *,
        parent_comment_id: str | None = None,
    ) -> EngagementAction:
        """Comments on a work, or answers one of its comments.

        Where the platform's answer is lost and nothing is found there, the error's `data["reason"]`
        is `unconfirmed`: it may be written, so look before you send it again.
        """
        body = {
            "platform": platform,
            "platformWorkId": work_id,
            "content": content,
            "parentCommentId": parent_comment_id,
        }
        query = {"accountId": account_id}
        return await self._call(operations.CREATE_COMMENT, EngagementAction, query=query, body=body)

    async def call(
        self,
        platform: str,
        account_id: str,
        name: str,
        *,
        work_id: str | None = None,
        comment_id: str | None = None,
        target_uid: str | None = None,
        content: str | None = None,
    ) -> EngagementAction:
        """Calls a function, such as `like` with a `work_id` or `hide_reply` with a `comment_id`.

        `follow` and `unfollow` take a `target_uid`; `quote` takes a `content` beside the work.
        """
        given = {
            "platformWorkId": work_id,
            "commentId": comment_id,
            "targetPlatformUid": target_uid,
            "content": content,
        }
        data = {member: value for member, value in given.items() if value is not None}
        body = {"platform": platform, "name": name, "data": data}
        query = {"accountId": account_id}
        return await self._call(operations.CALL_FUNCTION, EngagementAction, query=query, body=body)
