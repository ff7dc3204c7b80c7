"""Credentials: handing out one that works, and refreshing it exactly once.

Whoever refreshes holds a claim in the database on the version it read. Others wait for the new
version. A failure condemns an account only when the platform says that the grant is dead, and
only for the version it was seen on.
"""

import asyncio
from dataclasses import dataclass

import structlog

from openchannels.connectors.registry import Connector
from openchannels.core import ids
from openchannels.core.accounts import NORMAL, Account
from openchannels.core.credentials import Reason, Tokens
from openchannels.core.errors import AuthorizationError
from openchannels.core.events import EventType
from openchannels.core.failures import Kind, PlatformFailure, Verdict
from openchannels.core.platforms import AuthType, Platform
from openchannels.service import connecting, failures
from openchannels.service.context import Context
from openchannels.store import accounts, events
from openchannels.store import credentials as store
from openchannels.store.database import AnyRow, Connection

REFRESH_SECONDS = 25.0
CLAIM_SECONDS = 40.0
WAIT_SECONDS = 45.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Live:
    """A credential to work with, and the version that whatever happens is said of."""

    account: Account
    connector: Connector
    tokens: Tokens
    version: int
    checked_at: float = 0.0


class Credentials:
    """The life of stored credentials."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: set[asyncio.Task[Live]] = set()

    async def drain(self) -> None:
        """Wait for refreshes in flight, before the process stops."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def live(self, account: Account, connector: Connector) -> Live:
        """A credential fit for use now, refreshed first if it is due.

        Raises AuthorizationError: 15001 for an account known not to work, 15006 without a
        credential, 15009 and 15010 when a refresh is refused or does not come.
        """
        if account.status != NORMAL:
            raise AuthorizationError(15001, {"accountId": account.id})
        row = await self._context.db.read(store.get, account.id)
        if row is None:
            await self._condemn(account, None, Reason.CREDENTIAL_MISSING, {})
            raise AuthorizationError(15006, {"accountId": account.id})
        live = self._open(account, connector, row)
        now = self._context.clock()
        end, leeway = live.tokens.expires_at, connector.oauth.leeway if connector.oauth else 0
        if end is None or end > now + leeway:
            return live
        if connector.refreshable(live.tokens, now):
            return await self.refresh(live, needed=end <= now)
        if end <= now:
            await self._condemn(account, live.version, Reason.GRANT_ENDED, {})
            raise AuthorizationError(15001, {"accountId": account.id})
        return live

    async def refresh(self, live: Live, *, needed: bool) -> Live:
        """Refresh a credential once across all workers.

        With `needed` false the present tokens still serve, so a passing failure is forgiven.
        """
        owner, now = ids.new_object_id(), self._context.clock()
        claimed = await self._context.db.write(
            store.claim, live.account.id, live.version, owner, now, now + CLAIM_SECONDS
        )
        if not claimed:
            return await self._await_other(live, needed=needed)
        # It goes on when the caller goes away: the platform may have replaced the old pair.
        task = asyncio.create_task(self._refresh_claimed(live, owner, needed=needed))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _refresh_claimed(self, live: Live, owner: str, *, needed: bool) -> Live:
        try:
            return await self._refresh_now(live)
        except PlatformFailure as failure:
            return await self._refresh_failed(live, owner, failure, needed=needed)

    async def _refresh_failed(
        self, live: Live, owner: str, failure: PlatformFailure, *, needed: bool
    ) -> Live:
        code = None
        if failure.kind in (Kind.DEAD_GRANT, Kind.TOKEN_EXPIRED):
            code = 15009
            # Before the claim is given back, so that whoever waits for it sees what became of it.
            if not await self.condemned(live, failure):
                latest = await self._latest(live)
                if latest.version != live.version:
                    return latest
        await self._context.db.write(store.release, live.account.id, owner)
        if code is None and not needed:
            log.warning("refresh put off", account=live.account.id, cause=str(failure))
            return live
        raise failures.to_error(
            failure, self._context.clock(), account_id=live.account.id, code=code
        ) from failure

    async def _refresh_now(self, live: Live) -> Live:
        upstream = self._context.platforms.upstream(live.connector, live.account.user_id)
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                fresh = await live.connector.refresh(upstream, live.tokens)
        except TimeoutError:
            raise _timed_out(live.connector) from None
        return await self._store_fresh(live, fresh)

    async def _store_fresh(self, live: Live, fresh: Tokens) -> Live:
        """Write the new pair before it is used; a platform may have revoked the old one."""
        for attempt in range(6):
            try:
                kept = await self._context.db.write(self._replace, live, fresh)
                break
            except Exception:
                if attempt == 5:
                    raise
                log.exception("could not store refreshed tokens", account=live.account.id)
                await asyncio.sleep(0.05 * 2**attempt)
        if kept:
            return Live(live.account, live.connector, fresh, live.version + 1)
        # The person connected anew meanwhile: that credential is the one that counts.
        return await self._latest(live)

    def _replace(self, connection: Connection, live: Live, fresh: Tokens) -> bool:
        row = store.get(connection, live.account.id)
        if row is None:
            return False
        sealed = self._context.vault.seal(
            fresh.to_json(), connecting.vault_row(live.account.id), row.sealed
        )
        now = self._context.clock()
        values = {
            "sealed": sealed,
            "checked_at": now,
            **connecting.clocks(live.connector, fresh, now),
        }
        return store.replace(connection, live.account.id, live.version, values)

    async def _await_other(self, live: Live, *, needed: bool) -> Live:
        """Wait for the worker that holds the claim; use its fresh token."""
        if not needed:
            return live
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            row = await self._context.db.read(store.get, live.account.id)
            if row is None or row.claim_until is None or row.version != live.version:
                break
            if row.claim_until <= self._context.clock():
                # Its holder died.
                return await self.refresh(live, needed=needed)
            await asyncio.sleep(0.05)
        latest = await self._latest(live)
        if latest.version != live.version:
            return latest
        state = await self._context.db.read(accounts.status, live.account.id)
        if state is None or state.status != NORMAL:
            raise AuthorizationError(15001, {"accountId": live.account.id})
        raise AuthorizationError(
            15010,
            {
                "platform": live.connector.id.value,
                "category": "auth",
                "retryable": True,
                "accountId": live.account.id,
            },
        )

    async def _latest(self, live: Live) -> Live:
        row = await self._context.db.read(store.get, live.account.id)
        if row is None:
            raise AuthorizationError(15006, {"accountId": live.account.id})
        return self._open(live.account, live.connector, row)

    def _open(self, account: Account, connector: Connector, row: AnyRow) -> Live:
        secret = self._context.vault.open(row.sealed, connecting.vault_row(account.id))
        return Live(
            account, connector, Tokens.from_json(secret), row.version, row.checked_at or 0.0
        )

    async def condemned(self, live: Live, failure: PlatformFailure) -> bool:
        """Mark the account abnormal for the version on which its grant proved dead."""
        plugin = live.connector.auth_type is AuthType.PLUGIN
        reason = Reason.COOKIE_DEAD if plugin else Reason.GRANT_DEAD
        return await self._condemn(live.account, live.version, reason, failures.evidence(failure))

    async def revoked(self, platform: Platform, uid: str, at: float) -> bool:
        """Mark an account abnormal whose owner took the grant back, unless it was given anew."""
        return await self._context.db.write(self._revoke, platform, uid, at)

    def _revoke(self, connection: Connection, platform: Platform, uid: str, at: float) -> bool:
        holder = accounts.by_identity(connection, platform, uid)
        if holder is None or (holder.login_at or 0.0) > at:
            return False
        row = store.get(connection, holder.id)
        version = row.version if row else None
        proof: dict[str, object] = {"operation": "push"}
        return self._mark(connection, accounts.read(holder), version, Reason.GRANT_DEAD, proof)

    async def _condemn(
        self, account: Account, version: int | None, reason: Reason, proof: dict[str, object]
    ) -> bool:
        marked = await self._context.db.write(self._mark, account, version, reason, proof)
        if marked:
            log.warning("account is offline", account=account.id, reason=reason.value)
        return marked

    def _mark(
        self,
        connection: Connection,
        account: Account,
        version: int | None,
        reason: Reason,
        proof: dict[str, object],
    ) -> bool:
        now = self._context.clock()
        if not accounts.condemn(connection, account.id, version, reason.value, proof, now):
            return False
        accounts.record(
            connection,
            now,
            account.user_id,
            "service",
            "account.offline",
            account.id,
            reason=reason.value,
            **proof,
        )
        events.announce(
            connection,
            now,
            account.user_id,
            EventType.OFFLINE,
            (account.id, account.platform.value),
            reason=reason.value,
        )
        return True


def _timed_out(connector: Connector) -> PlatformFailure:
    return PlatformFailure(
        connector.id, "auth.refresh", Verdict(Kind.UNAVAILABLE), category="timeout"
    )
