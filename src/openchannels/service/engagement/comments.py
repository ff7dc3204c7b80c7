"""Lists comments on works, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment, CommentsPage, Thread
from openchannels.core.platforms import Platform
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.engagement.offered import (
    LIST_COMMENTS,
    NO_ANSWER_LIST,
    Offered,
    not_supported,
)
from openchannels.service.pagination import Listing, PageInfo, Pagination, PaginationParams
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class ListedComments:
    """A page of comments as the caller gets it."""

    platform: Platform
    items: Sequence[Comment]
    page: PageInfo


class Comments:
    """Comments on the works of connected accounts."""

    def __init__(self, context: Context, calls: AccountCalls, pagination: Pagination) -> None:
        self._context = context
        self._calls = calls
        self._pagination = pagination
        self._offered = Offered(context)

    async def list_page(
        self,
        caller: Caller,
        platform: Platform,
        account_id: str,
        thread: Thread,
        asked: PaginationParams,
    ) -> ListedComments:
        """One page of the comments on a work, or of the answers to one of them.

        Raises OPERATION_NOT_SUPPORTED, ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, PERMISSION_MISSING,
        the errors of Pagination.request, an AuthorizationError or a PlatformError.
        """
        _, engagement = self._offered.engagement(platform, LIST_COMMENTS)
        if engagement.paging is None:
            raise not_supported(platform, LIST_COMMENTS, reason="not_offered")
        if thread.parent_id is not None and not engagement.lists_answers:
            raise not_supported(
                platform, LIST_COMMENTS, reason="not_offered", detail=NO_ANSWER_LIST
            )
        account = await own_account(self._context, caller.user_id, account_id, platform)
        await self._offered.require_scopes(account, engagement, engagement.list_scopes)
        subject = ("comments", thread.work_id, thread.parent_id or "")
        listing = Listing(caller.user_id, account_id, platform, engagement.paging, subject)
        request = self._pagination.request(listing, asked)
        known = await self._offered.known_of(account, engagement, thread.work_id)
        wanted = replace(thread, known=known)

        async def fetch(client: PlatformClient, account: Account, tokens: Tokens) -> CommentsPage:
            return await engagement.list_comments(client, account, tokens, wanted, request)

        live = await self._calls.credential_of(account)
        page = await self._calls.call_once(live, (thread, request), fetch)
        return ListedComments(platform, page.items, self._pagination.info(listing, request, page))
