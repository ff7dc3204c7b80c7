"""Refreshes a credential exactly once, however many callers need it, and never loses new tokens.

A refresh holds a claim in the database on the version it read; within one process all callers
share one attempt. The new pair is written before it is used. Where a platform rotates refresh
tokens and its response is lost, the old one may or may not be valid: it is tried once more, and
the claim records the doubt for the next attempt.
"""

import asyncio
from functools import partial
from typing import Any

import structlog

from openchannels.connectors.registry import OAuth
from openchannels.core import errors, ids
from openchannels.core.accounts import NORMAL
from openchannels.core.credentials import Reason, TokenModel, Tokens
from openchannels.core.exceptions import AuthorizationError, PlatformError, Unavailable
from openchannels.core.metrics import counting
from openchannels.core.platform_errors import (
    ACCOUNT_HELD_BACK,
    ACCOUNT_REFUSED,
    Failure,
    FailureKind,
    PlatformFailure,
)
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.health import ASK_AGAIN, AccountHealth, refused_data
from openchannels.service.credentials.opened import OpenCredential, open_credential
from openchannels.service.errors import offline_data, to_error
from openchannels.service.sealing import credential_row
from openchannels.store.database import AnyRow, Connection
from openchannels.store.queries import accounts
from openchannels.store.queries import credentials as store
from openchannels.store.queries.leases import is_over
from openchannels.transport.platform_client import PlatformClient

ASK_SECONDS = 25.0
CLAIM_SECONDS = 40.0
"""Longer than one call to the platform; renewed before the second."""
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05

log = structlog.get_logger()


class CredentialRefresh:
    """The refreshes of this process, one per credential at a time."""

    def __init__(self, context: Context, account_health: AccountHealth) -> None:
        self._context = context
        self._account_health = account_health
        self._running: dict[tuple[str, int], asyncio.Task[OpenCredential | None]] = {}

    async def drain(self) -> None:
        """Wait for refreshes in flight, before the process stops."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def refresh(self, live: OpenCredential, *, needed: bool) -> OpenCredential:
        """A fresh credential, refreshed by this process or by another.

        With `needed` false the current tokens are still valid: the call does not wait for another
        process, and ignores a temporary failure. Raises ACCOUNT_NOT_AUTHORIZED,
        CREDENTIAL_NOT_FOUND or REFRESH_FAILED when a person must act, and a PlatformError when a
        later attempt may succeed.
        """
        if not needed and self._key(live) in self._running:
            return live
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                fresh = await self.attempt(live)
                return fresh or await self._await_other(live, needed=needed)
        except TimeoutError:
            raise self._temporary(live, "timeout") from None
        except (PlatformError, Unavailable) as error:
            if needed:
                raise
            log.warning("refresh postponed", account=live.account.id, cause=str(error))
            return live

    async def attempt(self, live: OpenCredential) -> OpenCredential | None:
        """Refresh now, or join this process's attempt; None while another process refreshes."""
        key = self._key(live)
        task = self._running.get(key)
        if task is None:
            # It continues when the caller is cancelled: the platform may have rotated the old pair.
            task = self._running[key] = asyncio.create_task(self._claimed(live))
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def _key(self, live: OpenCredential) -> tuple[str, int]:
        return live.account.id, live.version

    def _ended(self, key: tuple[str, int], task: asyncio.Task[OpenCredential | None]) -> None:
        del self._running[key]
        if not task.cancelled():
            # Retrieved here, because every caller may have been cancelled.
            task.exception()

    async def _claimed(self, live: OpenCredential) -> OpenCredential | None:
        # Before anything is claimed: this raises where the platform is not configured.
        client = self._context.platforms.client(live.connector, live.account.user_id)
        owner, now = ids.new_object_id(), self._context.clock()
        claim = await self._context.db.write(
            store.claim, live.account.id, live.version, owner, now, now + CLAIM_SECONDS
        )
        if claim is None:
            return None
        with counting(partial(self._context.metrics.count_refresh, live.account.platform)):
            fresh = await self._ask_and_save(live, client, owner, claim)
        log.info("token refreshed", account=live.account.id, platform=live.account.platform)
        return fresh

    async def _ask_and_save(
        self, live: OpenCredential, client: PlatformClient, owner: str, claim: store.Claim
    ) -> OpenCredential:
        rotating = _rotates(live)
        try:
            doubt = rotating and claim is store.Claim.DOUBT
            fresh = await self._ask(live, client, owner, doubt=doubt)
        except Exception as error:
            if not isinstance(error, PlatformError | AuthorizationError):
                # A fault of ours: the platform may or may not have been called.
                await self._release(live, owner, doubtful=rotating)
            raise
        return await self._save(live, owner, fresh) if isinstance(fresh, Tokens) else fresh

    async def _ask(
        self, live: OpenCredential, client: PlatformClient, owner: str, *, doubt: bool
    ) -> Tokens | OpenCredential:
        """Call the platform, twice if it may have rotated the pair and its response was lost."""
        for last in (False, True):
            try:
                return await self._ask_once(live, client)
            except PlatformFailure as failure:
                if _rotates(live):
                    doubt = doubt or failure.doubtful
                    if failure.unanswered and not last and await self._renew(live, owner):
                        continue
                return await self._failed(live, owner, failure, doubt=doubt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _ask_once(self, live: OpenCredential, client: PlatformClient) -> Tokens:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await live.connector.auth.refresh(client, live.tokens)
        except TimeoutError:
            raise _unavailable(live, "timeout") from None

    async def _failed(
        self, live: OpenCredential, owner: str, failure: PlatformFailure, *, doubt: bool
    ) -> OpenCredential:
        """Handle a failure: return the credential another process refreshed, or raise the error."""
        refused = failure.kind is FailureKind.TOKEN_EXPIRED or failure.kind in ACCOUNT_REFUSED
        lost = doubt and failure.kind not in ACCOUNT_HELD_BACK
        reason = Reason.REFRESH_LOST if lost else None
        # Before the claim is released: callers waiting for it then see the outcome.
        if refused and not await self._account_health.mark_dead(live, failure, reason):
            latest = await self.latest(live)
            if latest.version != live.version:
                return latest
        await self._release(live, owner, doubtful=doubt and not refused)
        error = to_error(
            failure,
            self._context.clock(),
            account_id=live.account.id,
            code=errors.REFRESH_FAILED if refused else None,
        )
        if refused:
            error.data |= refused_data(live, failure, reason)
        raise error from failure

    async def _renew(self, live: OpenCredential, owner: str) -> bool:
        until = self._context.clock() + CLAIM_SECONDS
        return await self._context.db.write(store.renew, live.account.id, owner, until)

    async def _release(self, live: OpenCredential, owner: str, *, doubtful: bool) -> None:
        """Release the claim; if that fails, it lapses."""
        try:
            await self._context.db.write(store.release, live.account.id, owner, doubtful=doubtful)
        except Exception:
            log.exception("a claim could not be released", account=live.account.id)

    async def _save(self, live: OpenCredential, owner: str, fresh: Tokens) -> OpenCredential:
        """Write the new pair before it is used, and retry until that succeeds.

        The platform may have revoked the old pair: the new one is lost only with the process.
        """
        kept = await self._context.unwritten.write(
            f"account {live.account.id}",
            partial(self._context.db.write, self._replace, live, fresh),
            partial(self._hold, live, owner),
        )
        # Not written if the person reconnected meanwhile: then that credential is used.
        return await self.latest(live) if not kept else self._fresh(live, fresh)

    async def _hold(self, live: OpenCredential, owner: str) -> None:
        """Renew the claim, if the database takes writes: nobody else refreshes the old pair."""
        try:
            await self._renew(live, owner)
        except Exception as error:
            log.warning("a claim could not be renewed", account=live.account.id, cause=str(error))

    def _fresh(self, live: OpenCredential, fresh: Tokens) -> OpenCredential:
        now = self._context.clock()
        return OpenCredential(
            live.account,
            live.connector,
            fresh,
            live.version + 1,
            now,
            now,
            refused_since=live.refused_since,
        )

    def _replace(self, connection: Connection, live: OpenCredential, fresh: Tokens) -> bool:
        found = store.lock_with_account(connection, live.account.id)
        if found is None:
            return False
        holder, row = found
        row_name = credential_row(live.account.id)
        sealed = self._context.vault.seal(fresh.to_json(), row_name, row.sealed)
        now = self._context.clock()
        lifetimes = schedule.lifetime_columns(live.connector, live.account.id, fresh, now)
        values: dict[str, Any] = {"sealed": sealed, "checked_at": now, **lifetimes}
        if row.refused_since is not None:
            # That the platform issues tokens does not yet say that it accepts them.
            values["probe_at"] = now + ASK_AGAIN
        if not store.replace(connection, live.account.id, live.version, values):
            return False
        self._clear_flags(connection, live, holder, row, lifetimes["notice_at"], now)
        return True

    def _clear_flags(
        self,
        connection: Connection,
        live: OpenCredential,
        holder: AnyRow,
        before: AnyRow,
        notice_at: float | None,
        now: float,
    ) -> None:
        """Clear offline and attention flags set for the previous credential.

        An account that was offline already stays so until a call succeeds.
        """
        if holder.status != NORMAL and live.account.status == NORMAL:
            self._account_health.mark_recovered_within(connection, live.account)
        elif holder.status == NORMAL and before.end_announced_at is not None:
            self._account_health.record_recovery(connection, live.account)
        if holder.attention is not None and (notice_at is None or notice_at > now):
            calm = {"attention": None, "attention_since": None}
            accounts.update_account(connection, live.account.id, calm)

    async def _await_other(self, live: OpenCredential, *, needed: bool) -> OpenCredential:
        """Wait for the process that holds the claim; returns its fresh credential."""
        if not needed:
            return live
        while True:
            row = await self._context.db.read(store.get_credential, live.account.id)
            if row is None or row.version != live.version or not store.is_claimed(row):
                break
            if is_over(row.claim_until, self._context.clock(), CLAIM_SECONDS):
                # Its holder died.
                return await self.refresh(live, needed=needed)
            await asyncio.sleep(POLL_SECONDS)
        latest = await self.latest(live)
        if latest.version != live.version:
            return latest
        state = await self._context.db.read(accounts.status_row, live.account.id)
        if state is None or state.status != NORMAL:
            raise await self._account_health.not_authorized(live.account, live.connector)
        raise self._temporary(live)

    async def latest(self, live: OpenCredential) -> OpenCredential:
        """The credential as stored now. Raises CREDENTIAL_NOT_FOUND."""
        row = await self._context.db.read(store.get_credential, live.account.id)
        if row is None:
            raise errors.CREDENTIAL_NOT_FOUND(
                offline_data(live.account, live.connector.name, Reason.CREDENTIAL_MISSING)
            )
        return open_credential(self._context, live.account, live.connector, row)

    def _temporary(self, live: OpenCredential, category: str | None = None) -> Exception:
        """The error for callers who waited for a refresh that did not finish."""
        failure = _unavailable(live, category)
        return to_error(failure, self._context.clock(), account_id=live.account.id)


def _rotates(live: OpenCredential) -> bool:
    auth = live.connector.auth
    return isinstance(auth, OAuth) and auth.config.token_model is TokenModel.ROTATING


def _unavailable(live: OpenCredential, category: str | None = None) -> PlatformFailure:
    return PlatformFailure(
        live.connector.id, "auth.refresh", Failure(FailureKind.UNAVAILABLE), category=category
    )
