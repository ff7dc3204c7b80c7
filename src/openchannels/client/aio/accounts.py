"""`client.accounts`: connected accounts, and whether they work."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import (
    Account,
    AccountAnalytics,
    AccountPage,
    AuthStart,
    AuthStatus,
    RevokedGrant,
)


class Accounts:
    """Every method raises ApiError and ConnectionFailed, and ValueError for a time without zone."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def list(
        self,
        ids: Iterable[str] = (),
        *,
        group_ids: Iterable[str] = (),
        platforms: Iterable[str] = (),
        status: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AccountPage:
        """Returns a page of accounts with their status: by id, else by group, else by the rest."""
        query = {
            "ids[]": [*ids] or None,
            "spaceIds[]": [*group_ids] or None,
            "types[]": [*platforms] or None,
            "status": status,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._call(operations.LIST_ACCOUNTS, AccountPage, query=query)

    async def iter(
        self,
        *,
        group_ids: Iterable[str] = (),
        platforms: Iterable[str] = (),
        status: int | None = None,
    ) -> AsyncIterator[Account]:
        """Yields all accounts, page by page."""
        groups, types = [*group_ids], [*platforms]
        cursor: str | None = None
        while True:
            page = await self.list(
                group_ids=groups, platforms=types, status=status, limit=100, cursor=cursor
            )
            for account in page.list:
                yield account
            cursor = page.next_cursor
            if cursor is None:
                return

    async def get(self, account_id: str) -> Account:
        return await self._call(operations.GET_ACCOUNT, Account, account_id)

    async def create(
        self,
        platform: str,
        *,
        uid: str | None = None,
        nickname: str | None = None,
        avatar: str | None = None,
        group_id: str | None = None,
        login_cookie: str | None = None,
    ) -> Account:
        """Creates an account of a platform that a browser plug-in connects."""
        body = {
            "type": platform,
            "uid": uid,
            "nickname": nickname,
            "avatar": avatar,
            "groupId": group_id,
            "loginCookie": login_cookie,
        }
        return await self._call(operations.CREATE_ACCOUNT, Account, body=body)

    async def update(
        self,
        account_id: str,
        *,
        nickname: str | None = None,
        avatar: str | None = None,
        group_id: str | None = None,
        rank: int | None = None,
    ) -> Account:
        """Changes the given properties, which stay when the account is connected again."""
        body = {"nickname": nickname, "avatar": avatar, "groupId": group_id, "rank": rank}
        return await self._call(operations.UPDATE_ACCOUNT, Account, account_id, body=body)

    async def delete(self, account_id: str, *, revoke: bool | None = None) -> None:
        """Deletes an account; `revoke` says whether its grant is revoked at the platform too."""
        query = {"revoke": revoke}
        await self._call(operations.DELETE_ACCOUNT, bool, account_id, query=query)

    async def delete_many(
        self, account_ids: Iterable[str], *, revoke: bool | None = None
    ) -> tuple[str, ...]:
        """Deletes accounts; returns the ids of those that were there, as far as the service says.

        `revoke` says whether their grants are revoked at the platforms too.
        """
        query = {"ids[]": [*account_ids], "revoke": revoke}
        data = await self._call(operations.DELETE_ACCOUNTS, dict[str, Any], query=query)
        # Other services with the same API send no data.
        return tuple((data or {}).get("deleted", ()))

    async def status(self, account_id: str) -> AuthStatus:
        """Returns whether an account works now, and why not."""
        return await self._call(operations.ACCOUNT_STATUS, AuthStatus, account_id)

    async def reconnect(
        self,
        account_id: str,
        *,
        callback_url: str | None = None,
        redirect_uri: str | None = None,
        purpose: Iterable[str] = (),
    ) -> AuthStart:
        """Starts connecting this account again; another account than this one is refused.

        `purpose` is what it is connected for, of `read`, `publish` and `engage`; without it, all
        that the operator allows.
        """
        query = {
            "callbackUrl": callback_url,
            "redirectUri": redirect_uri,
            "purpose": [*purpose] or None,
        }
        return await self._call(operations.RECONNECT_ACCOUNT, AuthStart, account_id, query=query)

    async def revoke(self, account_id: str, *, siblings: bool | None = None) -> RevokedGrant:
        """Revokes the account's grant at the platform and keeps the account, offline.

        `siblings` allows it where other accounts of yours are on the same grant.
        """
        query = {"siblings": siblings}
        return await self._call(operations.REVOKE_ACCOUNT, RevokedGrant, account_id, query=query)

    async def analytics(
        self, account_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> AccountAnalytics:
        """Returns an account's figures, and its snapshots of a time, by default of thirty days."""
        query = {"since": since, "until": until}
        return await self._call(
            operations.ACCOUNT_ANALYTICS, AccountAnalytics, account_id, query=query
        )
