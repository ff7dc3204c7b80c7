"""The callback: a code is redeemed once, its answer kept at once, and the session ends named.

One callback claims the session by compare-and-set and works under a lease that it renews; all
others wait for its result. Whoever finds a lapsed lease goes on from the kept answer, or ends
the session where none had arrived.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

import structlog

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core import ids
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens, missing_scopes
from openchannels.core.errors import AccountError, PlatformError, ServiceError, SessionError
from openchannels.core.platform_errors import CATEGORY, FailureKind, PlatformFailure
from openchannels.core.sessions import AuthSession, Binding, SessionStage
from openchannels.service import errors
from openchannels.service.accounts import upsert
from openchannels.service.authorization.browser_binding import (
    BrowserBinding,
    BrowserCookie,
    CallbackResult,
    no_cookie,
)
from openchannels.service.authorization.sessions import readable
from openchannels.service.context import Context
from openchannels.service.sealing import session_row
from openchannels.store.database import Connection
from openchannels.store.queries import accounts
from openchannels.store.queries import sessions as store
from openchannels.store.vault.vault import VaultError

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
WORK_SECONDS = 120.0
WAIT_SECONDS = 90.0
PLATFORM_TEXT = 300
PATIENCE = (0.3, 1.0, 2.5)
"""Pauses in seconds before a profile is asked for again."""

T = TypeVar("T")

log = structlog.get_logger()


class Callbacks:
    """Finishing authorizations when the platform sends the person back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._proofs = BrowserBinding(context.vault)
        self._running: set[asyncio.Task[Any]] = set()

    async def receive(
        self, platform: str, params: Mapping[str, str], held: BrowserCookie = no_cookie
    ) -> CallbackResult:
        """Take a callback's parameters; returns the session as it stands afterwards.

        `held` tells the cookie that the browser holds for a session. Raises SessionError when
        nothing was changed: 15039 for a state that opens nothing, 15040 on another platform's
        path, 15042 for a foreign issuer, 15045 with neither a code nor an error, 15201 for
        another browser than the session's.
        """
        configured = self._context.platforms.configured(platform)
        if configured is not None and isinstance(configured[0].auth, OAuth):
            params = configured[0].auth.callback_params(params)
        session = await self._find(platform, params)
        cookie = held(session.id)
        if session.binding is Binding.BOUND and not self._proofs.holds(session, cookie):
            raise SessionError(15201)
        if session.stage is SessionStage.PENDING:
            session = await self._first(session, params)
        if session.stage is SessionStage.CLAIMED:
            session = await self.result(session.id)
        return CallbackResult(
            session, self._proofs.verify_return(session, self._code(session, params), cookie)
        )

    def _code(self, session: AuthSession, params: Mapping[str, str]) -> str:
        connector, auth = self._context.platforms.oauth(session.platform)
        config = auth.oauth_config(self._context.platforms.client(connector).app)
        return params.get(config.code_param, "")

    def answers_json(self, platform: str) -> bool:
        """Whether this platform's callbacks come from a program and are answered in JSON."""
        configured = self._context.platforms.configured(platform)
        if configured is None:
            return False
        connector, app = configured
        return isinstance(connector.auth, OAuth) and connector.auth.callback_json(app)

    async def _find(self, platform: str, params: Mapping[str, str]) -> AuthSession:
        state = params.get("state", "")
        session = await self._context.db.read(store.by_state, ids.digest(state)) if state else None
        retention = self._context.rules.retention_seconds
        if session is None or not readable(session, self._context.clock(), retention):
            raise SessionError(15039)
        if session.platform != platform:
            raise SessionError(15040)
        return session

    async def _first(self, session: AuthSession, params: Mapping[str, str]) -> AuthSession:
        connector, auth = self._context.platforms.oauth(session.platform)
        config = auth.oauth_config(self._context.platforms.client(connector).app)
        denied = any(params.get(name) for name in config.denial_params)
        if not denied and not params.get(config.code_param):
            raise SessionError(15045)
        if config.issuer is not None and params.get("iss", config.issuer) != config.issuer:
            raise SessionError(15042)
        owner, now = ids.new_object_id(), self._context.clock()
        lease, browser = now + LEASE_SECONDS, None
        if session.binding is Binding.CONFIRM:
            browser = ids.digest(self._proofs.of_code(session.id, self._code(session, params)))
        if not await self._context.db.write(store.claim, session.id, owner, now, lease, browser):
            return await self._reload(session.id)
        # The work goes on when the browser goes away: the code is already taken.
        work = self._deny(session, auth.refusal(params), params) if denied else None
        await self._run(work or self._redeem(session, owner, params), session, owner)
        return await self._reload(session.id)

    async def _deny(
        self, session: AuthSession, refusal: FailureKind | None, params: Mapping[str, str]
    ) -> None:
        """End a session that the person denied, or whose app the platform refused."""
        told = {
            "platform": session.platform,
            "category": CATEGORY[refusal] if refusal else "auth",
            "retryable": False,
            "error": _short(params.get("error") or params.get("error_code")),
            "reason": _short(params.get("error_reason")),
            "description": _short(params.get("error_description") or params.get("error_message")),
        }
        data = {name: value for name, value in told.items() if value is not None}
        raise PlatformError(errors.CODES[refusal] if refusal else 15013, data)

    async def _redeem(self, session: AuthSession, owner: str, params: Mapping[str, str]) -> None:
        connector, auth = self._context.platforms.oauth(session.platform)
        verifier = None
        if session.sealed is not None:
            verifier = self._context.vault.open(session.sealed, session_row(session.id)).decode()
        client = self._context.platforms.client(connector, session.user_id, interactive=True)
        try:
            tokens = await auth.exchange(client, params, verifier)
        except PlatformFailure as failure:
            raise self._refused_code(failure) from failure
        await self._keep(session, owner, tokens)
        await self._connect(session, owner, tokens)

    def _refused_code(self, failure: PlatformFailure) -> ServiceError:
        refused = (
            FailureKind.DEAD_GRANT,
            FailureKind.INVALID,
            FailureKind.TOKEN_EXPIRED,
            FailureKind.PERMISSION,
        )
        code = 15010 if failure.kind in refused else None
        return errors.to_error(failure, self._context.clock(), code=code)

    async def _keep(self, session: AuthSession, owner: str, tokens: Tokens) -> None:
        """Commit the sealed answer before anything else is done with it."""
        sealed = self._context.vault.seal(tokens.to_json(), session_row(session.id))
        for attempt in range(5):
            try:
                kept = await self._context.db.write(store.store_answer, session.id, owner, sealed)
                break
            except Exception:
                if attempt == 4:
                    raise
                log.exception("could not keep a token answer, trying again", session=session.id)
                await asyncio.sleep(0.05 * 2**attempt)
        if not kept:
            raise _LeaseLost

    async def _connect(self, session: AuthSession, owner: str, tokens: Tokens) -> None:
        connector, auth = self._context.platforms.oauth(session.platform)
        candidates = await self._candidates(session, owner, connector, auth, tokens)
        if not candidates:
            hint = connector.accounts.empty_hint
            data = {"platform": connector.id}
            raise SessionError(15014, {**data, **({"hint": dict(hint.as_wire())} if hint else {})})
        if session.account_id is not None:
            candidates = [await self._expected(session, session.account_id, candidates)]
        if len(candidates) == 1 and session.binding is not Binding.CONFIRM:
            await self._context.db.write(self._store_only, session, owner, connector, candidates)
        else:
            await self._offer(session, owner, candidates)

    async def _expected(
        self, session: AuthSession, account_id: str, candidates: list[Candidate]
    ) -> Candidate:
        """The one candidate that is the account to reconnect. Raises 12600, 15200."""
        identity = await self._context.db.read(accounts.identity_of, account_id, session.user_id)
        if identity is None:
            raise AccountError(12600)
        for candidate in candidates:
            if candidate.profile.identity == identity:
                return candidate
        raise SessionError(15200, {"platform": session.platform, "accountId": account_id})

    async def _candidates(
        self, session: AuthSession, owner: str, connector: Connector, auth: OAuth, tokens: Tokens
    ) -> list[Candidate]:
        client = self._context.platforms.client(connector, session.user_id, interactive=True)
        try:
            lasting = await patiently(partial(auth.complete, client, tokens))
            if lasting != tokens:
                await self._keep(session, owner, lasting)
            missing = missing_scopes(auth.oauth_config(client.app).required_scopes, lasting.scopes)
            if missing:
                raise PlatformError(
                    15078,
                    {
                        "platform": connector.id,
                        "category": "permission",
                        "retryable": False,
                        "missingScopes": missing,
                    },
                )
            return await patiently(partial(connector.accounts.candidates, client, lasting))
        except PlatformFailure as failure:
            unread = (FailureKind.MALFORMED, FailureKind.INVALID, FailureKind.NOT_FOUND)
            code = 15003 if failure.kind in unread else None
            raise errors.to_error(failure, self._context.clock(), code=code) from failure

    def _store_only(
        self,
        connection: Connection,
        session: AuthSession,
        owner: str,
        connector: Connector,
        candidates: list[Candidate],
    ) -> None:
        how = upsert_options(self._context, session)
        stored = upsert.store_accounts(connection, self._context.vault, connector, candidates, how)
        views = [upsert.connected_view(account) for account in stored]
        if not store.complete_claimed(connection, session.id, owner, views, how.now):
            raise _LeaseLost

    async def _offer(self, session: AuthSession, owner: str, candidates: list[Candidate]) -> None:
        secret = json.dumps([candidate.to_dict() for candidate in candidates]).encode()
        confirm = session.binding is Binding.CONFIRM
        opened = await self._context.db.write(
            store.await_person,
            session.id,
            owner,
            self._context.vault.seal(secret, session_row(session.id)),
            [upsert.offered_view(candidate) for candidate in candidates],
            self._context.clock() + self._context.rules.choice_seconds,
            SessionStage.CONFIRMING if confirm else SessionStage.CHOOSING,
        )
        if not opened:
            raise _LeaseLost

    # Claims, leases and what a crash leaves behind

    async def _run(self, work: Coroutine[Any, Any, None], session: AuthSession, owner: str) -> None:
        task = asyncio.create_task(self._ending(work, session, owner))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def _ending(
        self, work: Coroutine[Any, Any, None], session: AuthSession, owner: str
    ) -> None:
        """Do the work under a lease; whatever happens, the session ends in a named state."""
        renewal = asyncio.create_task(self._renew(session.id, owner))
        try:
            async with asyncio.timeout(WORK_SECONDS):
                await work
        except _LeaseLost:
            log.warning("another process took over a callback", session=session.id)
        except ServiceError as error:
            await self._fail(session, owner, error)
        except Exception:
            log.exception("a callback failed", session=session.id, platform=session.platform)
            if not await self._resumable(session.id):
                await self._fail(session, owner, SessionError(15012))
        finally:
            renewal.cancel()

    async def _resumable(self, session_id: str) -> bool:
        """Whether to leave the claim to lapse, so that recovery goes on from the kept answer.

        A fault of ours, a database that is away for instance, must not cost a token that reached
        us; at the session's end it does.
        """
        session = await self._reload(session_id)
        return self._answer(session) is not None and session.expires_at > self._context.clock()

    async def _renew(self, session_id: str, owner: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            until = self._context.clock() + LEASE_SECONDS
            with contextlib.suppress(Exception):
                await self._context.db.write(store.renew, session_id, owner, until)

    async def _fail(self, session: AuthSession, owner: str, error: ServiceError) -> None:
        number, now = error.code.number, self._context.clock()
        log.info(
            "authorization failed",
            session=session.id,
            platform=session.platform,
            error_code=number,
            cause=str(error.__cause__ or ""),
        )
        await self._context.db.write(store.fail, session.id, owner, number, error.data, now)

    async def result(self, session_id: str) -> AuthSession:
        """Wait until whoever claimed the session has finished."""
        pause = 0.02
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            session = await self._reload(session_id)
            if session.stage is not SessionStage.CLAIMED:
                return session
            if (session.lease_until or 0.0) <= self._context.clock():
                await self.recover(session_id)
                continue
            await asyncio.sleep(pause)
            pause = min(0.25, pause * 1.5)
        return await self._reload(session_id)

    async def _reload(self, session_id: str) -> AuthSession:
        session = await self._context.db.read(store.by_id, session_id)
        if session is None:
            raise SessionError(15039)
        return session

    async def recover(self, session_id: str) -> None:
        """Finish a session whose claim has lapsed: go on from the kept answer, or end it."""
        owner, now = ids.new_object_id(), self._context.clock()
        lease = now + LEASE_SECONDS
        if not await self._context.db.write(store.reclaim, session_id, owner, now, lease):
            return
        session = await self._reload(session_id)
        await self._run(self._go_on(session, owner), session, owner)

    async def _go_on(self, session: AuthSession, owner: str) -> None:
        tokens = self._answer(session)
        if tokens is None:
            raise SessionError(15012)
        await self._connect(session, owner, tokens)

    def _answer(self, session: AuthSession) -> Tokens | None:
        """The kept token answer of a claimed session; None where none can be read."""
        if session.stage is not SessionStage.CLAIMED or session.sealed is None:
            return None
        with contextlib.suppress(VaultError):
            return read_answer(self._context.vault.open(session.sealed, session_row(session.id)))
        return None

    async def drain(self) -> None:
        """Wait for callbacks in flight, before the process stops."""
        await asyncio.gather(*self._running, return_exceptions=True)


async def patiently(read: Callable[[], Awaitable[T]]) -> T:
    """Read from a platform that may be down for a moment: the grant just given is worth it.

    One that hangs is asked twice at most, because the person waits all the while.
    """
    hung = False
    for pause in PATIENCE:
        try:
            return await read()
        except PlatformFailure as failure:
            wait = failure.reading.retry_after or 0.0
            passing = failure.kind in (FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED)
            hangs = failure.category == "timeout"
            if not passing or (hangs and hung) or wait > pause:
                raise
            hung = hung or hangs
        await asyncio.sleep(pause)
    return await read()


class _LeaseLost(Exception):
    """Another process has taken the session over; nothing of ours may be written."""


def upsert_options(context: Context, session: AuthSession) -> upsert.UpsertOptions:
    connector, _ = context.platforms.oauth(session.platform)
    return upsert.UpsertOptions(
        user_id=session.user_id,
        group_id=session.group_id,
        group_given=session.group_given,
        actor=f"session:{session.id}",
        app_id=context.platforms.client(connector).app.client_id,
        takeover=context.rules.takeover,
        now=context.clock(),
    )


def read_answer(secret: bytes) -> Tokens | None:
    """The kept token answer; None when the session still holds only its PKCE verifier."""
    try:
        return Tokens.from_json(secret)
    except (ValueError, TypeError, AttributeError):
        return None


def _short(value: str | None) -> str | None:
    return value[:PLATFORM_TEXT] if value else None
