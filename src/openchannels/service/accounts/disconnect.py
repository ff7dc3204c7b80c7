"""Deletes accounts, and revokes the grant behind them at the platform.

Several accounts may share a grant, of other users too. It is not revoked while an account that
stays uses it, unless that account's user agreed; nobody can agree for another user.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core import errors
from openchannels.core.accounts import ABNORMAL, NORMAL, Account
from openchannels.core.audit import Action
from openchannels.core.credentials import Reason
from openchannels.core.events import EventType
from openchannels.core.exceptions import AuthorizationError, NotSupported
from openchannels.core.platform_errors import PlatformFailure
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.errors import to_error
from openchannels.store.database import Connection
from openchannels.store.queries import account_lists, audit, credentials, events
from openchannels.store.queries import accounts as store
from openchannels.store.queries.moving import refuse_new_work
from openchannels.transport.platform_client import PlatformClient

REVOKE_SECONDS = 20.0
AT_ONCE = 8

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Revoked:
    """Whether the platform ended a grant, and if not why.

    With `siblings` and `grant_shared` nothing was changed. With `not_supported`,
    `not_configured`, `grant_dead` and `refused` the account is disconnected here only, `failed`
    is said of deletions alone. `siblings` are the user's other accounts on the grant.
    """

    revoked: bool
    reason: str | None = None
    siblings: Sequence[str] = ()


class Disconnects:
    """Deletes accounts and revokes grants."""

    def __init__(self, context: Context, credentials: Credentials) -> None:
        self._context = context
        self._credentials = credentials
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def delete(self, caller: Caller, account_id: str, *, revoke: bool) -> None:
        """Delete one account. Raises ACCOUNT_NOT_FOUND."""
        if not await self.delete_all(caller, [account_id], revoke=revoke):
            raise errors.ACCOUNT_NOT_FOUND()

    async def delete_all(
        self, caller: Caller, account_ids: Sequence[str], *, revoke: bool
    ) -> list[str]:
        """Delete those of the accounts that are the caller's; returns their ids.

        Their grants are revoked first, except where other accounts use them; a failing platform
        does not stop the deletion.
        """
        leaving = await self._owned(caller, account_ids)
        outcomes: dict[str, Revoked] = {}
        if revoke:
            outcomes = await self.end_grants(leaving)
        ids = [account.id for account in leaving]
        return await self._context.db.write(self._remove, caller, ids, outcomes)

    async def _owned(self, caller: Caller, account_ids: Sequence[str]) -> Sequence[Account]:
        now, most = self._context.clock(), len(account_ids)
        return await self._context.db.read(
            account_lists.list_accounts, caller.user_id, account_ids, now, most
        )

    async def end_grants(self, leaving: Sequence[Account]) -> dict[str, Revoked]:
        """End the grants of accounts of one user that are about to be deleted; by account."""
        ids = [account.id for account in leaving]
        await self._context.db.read(refuse_new_work)
        keys = await self._context.db.read(credentials.grant_keys, ids)

        def grant(account: Account) -> str:
            return keys.get(account.id) or account.id

        # Within a grant a working account first: the others' tokens cannot revoke anything.
        ordered = sorted(leaving, key=lambda a: (grant(a), -a.status))
        groups = [list(group) for _, group in groupby(ordered, grant)]
        ended = await asyncio.gather(
            *(self._end_grant(group[0], keys.get(group[0].id), ids) for group in groups)
        )
        return {a.id: end for group, end in zip(groups, ended, strict=True) for a in group}

    async def _end_grant(self, account: Account, key: str | None, leaving: list[str]) -> Revoked:
        """Revoke the grant of accounts that are deleted; a failure is returned, not raised."""
        try:
            async with self._turn:
                if await self._other_holders(key, leaving):
                    return Revoked(False, "grant_shared")
                line = await self._client_for(account)
                return line if isinstance(line, Revoked) else await self._ask(*line)
        except Exception as fault:
            log.warning("could not revoke a grant", account=account.id, cause=str(fault))
            return Revoked(False, "failed")

    async def _other_holders(
        self, key: str | None, leaving: Sequence[str]
    ) -> Sequence[credentials.GrantHolder]:
        """Other working accounts that use the grant."""
        if key is None:
            return []
        return await self._context.db.read(credentials.grant_holders, key, leaving)

    def _remove(
        self,
        connection: Connection,
        caller: Caller,
        account_ids: Sequence[str],
        outcomes: dict[str, Revoked],
    ) -> list[str]:
        found = store.lock_accounts(connection, caller.user_id, account_ids)
        store.delete_accounts(connection, found)
        for account in found.values():
            end = outcomes.get(account.id, Revoked(False, "not_asked"))
            self._note(connection, caller, Action.ACCOUNT_DELETED, account.id, end)
            self._announce(connection, caller, EventType.DELETED, account, reason="requested")
        return list(found)

    async def revoke(self, caller: Caller, account_id: str, *, siblings: bool) -> Revoked:
        """End the grant of an account, and of the caller's others on it if `siblings` says so.

        Raises ACCOUNT_NOT_FOUND, and a PlatformError where a later attempt may succeed: nothing is
        changed then.
        """
        account = await self._context.db.read(store.get_account, account_id, caller.user_id)
        if account is None:
            raise errors.ACCOUNT_NOT_FOUND()
        await self._context.db.read(refuse_new_work)
        line = await self._client_for(account)
        row = await self._context.db.read(credentials.get_credential, account_id)
        mine = credentials.GrantHolder(account_id, caller.user_id, row.version if row else None)
        if isinstance(line, Revoked):
            await self._context.db.write(self._drop_credentials, caller, [mine], line)
            return line
        key = row.grant_key if row else None
        others = await self._other_holders(key, [account_id])
        named = [other.account_id for other in others if other.user_id == caller.user_id]
        if len(named) < len(others):
            return Revoked(False, "grant_shared", named)
        if named and not siblings:
            return Revoked(False, "siblings", named)
        end = await self._ask(*line)
        hit = [mine, *others] if end.revoked else [mine]
        await self._context.db.write(self._drop_credentials, caller, hit, end)
        return Revoked(end.revoked, end.reason, named if end.revoked else [])

    async def _client_for(
        self, account: Account
    ) -> tuple[PlatformClient, OpenCredential] | Revoked:
        """A client and a fresh credential; or why there is nothing to revoke."""
        connector: Connector = self._context.platforms.connector(account.platform)
        if not isinstance(connector.auth, OAuth):
            return Revoked(False, "not_supported")
        try:
            client = self._context.platforms.client(connector, account.user_id, account.id)
            live = await self._credentials.open_fresh(account, connector)
        except NotSupported:
            return Revoked(False, "not_configured")
        except AuthorizationError as error:
            if error.data.get("retryable"):
                raise
            return Revoked(False, "grant_dead")
        if not connector.auth.revokes(client.app, live.tokens):
            return Revoked(False, "not_supported")
        return client, live

    async def _ask(self, client: PlatformClient, live: OpenCredential) -> Revoked:
        """Call the platform. Raises a PlatformError where a later attempt may succeed."""
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                done = await live.connector.auth.revoke(client, live.tokens)
        except PlatformFailure as failure:
            if failure.retryable:
                now = self._context.clock()
                raise to_error(failure, now, account_id=live.account.id) from failure
            return Revoked(False, "refused")
        return Revoked(done, None if done else "not_supported")

    def _drop_credentials(
        self,
        connection: Connection,
        caller: Caller,
        hit: Sequence[credentials.GrantHolder],
        end: Revoked,
    ) -> None:
        """Mark accounts offline whose credential is unchanged; skip any reconnected since."""
        found = store.lock_accounts(connection, caller.user_id, [one.account_id for one in hit])
        now = self._context.clock()
        for one in hit:
            if one.account_id in found and credentials.delete_version(
                connection, one.account_id, one.version
            ):
                reason = Reason.REVOKED.value
                values = {
                    "status": ABNORMAL,
                    "reason": reason,
                    "reason_since": now,
                    "updated_at": now,
                }
                store.update_account(connection, one.account_id, values)
                self._note(connection, caller, Action.ACCOUNT_REVOKED, one.account_id, end)
                account = found[one.account_id]
                if account.status == NORMAL:
                    self._announce(connection, caller, EventType.OFFLINE, account, reason=reason)

    def _announce(
        self,
        connection: Connection,
        caller: Caller,
        kind: EventType,
        account: store.LockedAccount,
        **data: str,
    ) -> None:
        about, now = (account.id, account.platform), self._context.clock()
        events.record_event(connection, now, caller.user_id, kind, about, **data)

    def _note(
        self, connection: Connection, caller: Caller, action: Action, account_id: str, end: Revoked
    ) -> None:
        details = {"revoked": end.revoked, **({"reason": end.reason} if end.reason else {})}
        actor, now = f"key:{caller.key_id}", self._context.clock()
        audit.record(connection, now, caller.user_id, actor, action, account_id, **details)
