"""`client.works`: an account's works, their figures and their history."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime

from openchannels.client import operations
from openchannels.client.aio.accounts import Accounts
from openchannels.client.aio.connection import Connection
from openchannels.client.aio.parallel import AllWorks
from openchannels.client.aio.works_iterator import WorksIterator
from openchannels.client.models import (
    Account,
    LinkInfo,
    Ownership,
    Platform,
    WorkAnalytics,
    WorkData,
    WorkHistory,
    WorkSnapshot,
    WorksPage,
)
from openchannels.client.works_of_accounts import lists_works
from openchannels.client.works_position import PageLength, WorksFilter, WorksPosition, page_length


class Works:
    """Every method raises ApiError and ConnectionFailed, and ValueError for a time without zone."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call
        self._accounts = Accounts(connection)
        self._platforms: Mapping[str, Platform] = {}

    async def list(
        self,
        platform: str,
        account_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        direction: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        content_mode: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> WorksPage:
        """Returns one page of an account's works, of those published from `since` to `until`.

        A platform pages by `limit`, `cursor` and `direction`, or by `page` and `page_size`, which
        go together. `until` itself is not within.
        """
        query = {
            "accountId": account_id,
            # In brackets, which all services with this API read.
            "pagination[limit]": limit,
            "pagination[cursor]": cursor,
            "pagination[direction]": direction,
            "pagination[page]": page,
            "pagination[pageSize]": page_size,
            "contentMode": content_mode,
            "since": since,
            "until": until,
        }
        return await self._call(operations.LIST_WORKS, WorksPage, platform, query=query)

    def iter(
        self,
        platform: str,
        account_id: str,
        *,
        content_mode: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        position: str | None = None,
    ) -> WorksIterator:
        """Returns an iterator over all works of an account, in the platform's longest pages.

        `position` is that of another iterator over the same works, which this one continues.
        """
        wanted = WorksFilter(content_mode, since, until)

        async def read(at: WorksPosition) -> WorksPage:
            return await self._page(platform, account_id, wanted, at)

        return WorksIterator(read, wanted, position)

    def iter_all(
        self,
        accounts: Iterable[Account] | None = None,
        *,
        content_mode: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        in_flight: int = 8,
        position: str | None = None,
    ) -> AllWorks:
        """Returns an iterator over the works of many accounts, each with its account.

        Without `accounts` these are all whose platform lists works. At most `in_flight` requests
        are on their way at once, and a page of each is held. `position` is that of another
        iterator with the same arguments, which this one continues. Raises ValueError.
        """
        wanted = WorksFilter(content_mode, since, until)

        async def list_accounts() -> Iterable[Account]:
            # Read first, so that not every account's first page asks for them.
            platforms = await self._every_platform()
            if accounts is not None:
                return accounts
            listing = [one.platform for one in platforms.values() if lists_works(one)]
            if not listing:
                return ()
            return [one async for one in self._accounts.iter(platforms=listing)]

        async def read(account: Account, at: WorksPosition) -> WorksPage:
            return await self._page(account.type, account.id, wanted, at)

        return AllWorks(list_accounts, read, wanted, in_flight, position)

    async def _page(
        self, platform: str, account_id: str, wanted: WorksFilter, at: WorksPosition
    ) -> WorksPage:
        """Returns the page at a position, as long as the platform has it."""
        query = {**wanted.query(), **at.query(await self.longest_page(platform))}
        return await self.list(platform, account_id, **query)

    async def longest_page(self, platform: str) -> PageLength:
        """Returns how a platform pages, and how many works it gives at once."""
        known = (await self._every_platform()).get(platform)
        return PageLength() if known is None else page_length(known)

    async def _every_platform(self) -> Mapping[str, Platform]:
        """Returns the platforms by id; they are asked for once."""
        if not self._platforms:
            every = await self._call(operations.LIST_PLATFORMS, tuple[Platform, ...])
            self._platforms = {one.platform: one for one in every}
        return self._platforms

    async def get(self, platform: str, work_id: str, account_id: str) -> WorkData:
        """Returns one work, as the platform shows it to an account."""
        query = {"accountId": account_id}
        return await self._call(operations.GET_WORK, WorkData, platform, work_id, query=query)

    async def analytics(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> WorkAnalytics:
        """Returns a work's figures, and its snapshots of a time, by default of thirty days."""
        query = {"accountId": account_id, "since": since, "until": until}
        return await self._call(
            operations.WORK_ANALYTICS, WorkAnalytics, platform, work_id, query=query
        )

    async def history(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> WorkHistory:
        """Returns a page of a work's stored snapshots, newest first."""
        query = {
            "accountId": account_id,
            "since": since,
            "until": until,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._call(
            operations.WORK_HISTORY, WorkHistory, platform, work_id, query=query
        )

    async def iter_history(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AsyncIterator[WorkSnapshot]:
        """Yields a work's stored snapshots, newest first."""
        cursor: str | None = None
        while True:
            page = await self.history(
                platform, work_id, account_id, since=since, until=until, cursor=cursor
            )
            for snapshot in page.list:
                yield snapshot
            cursor = page.next_cursor
            if cursor is None:
                return

    async def verify_ownership(self, platform: str, work_id: str, account_id: str) -> Ownership:
        """Returns whether the platform proves that a work is an account's."""
        body = {"candidateAccountId": account_id}
        return await self._call(
            operations.VERIFY_OWNERSHIP, Ownership, platform, work_id, body=body
        )

    async def link_info(self, platform: str, link: str, account_id: str | None = None) -> LinkInfo:
        """Returns which work a public link or a short link names."""
        query = {"platform": platform, "link": link, "accountId": account_id}
        return await self._call(operations.LINK_INFO, LinkInfo, query=query)
