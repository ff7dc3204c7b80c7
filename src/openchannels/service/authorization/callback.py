"""The callback: the platform sends the person back, with a code or a denial.

One request claims the session by compare-and-set and redeems the code; all others wait for its
result. Whoever finds a lapsed lease resumes from the stored tokens, or ends the session where
there are none.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from openchannels.connectors.registry import OAuth
from openchannels.core import errors, ids
from openchannels.core.metrics import outcome_of
from openchannels.core.platform_errors import CATEGORY, RETRYABLE
from openchannels.core.request_record import current_request
from openchannels.core.sessions import AuthSession, Binding, SessionStage
from openchannels.service.authorization.browser_binding import (
    BrowserBinding,
    BrowserCookie,
    CallbackResult,
    no_cookie,
)
from openchannels.service.authorization.completion import Completion
from openchannels.service.authorization.lease import LEASE_SECONDS, Lease, Leases
from openchannels.service.authorization.sessions import readable
from openchannels.service.context import Context
from openchannels.service.errors import CODES
from openchannels.store.queries import sessions as store
from openchannels.store.queries.leases import is_over
from openchannels.transport.oauth import OAuthConfig

WAIT_SECONDS = 90.0
FIRST_POLL, LONGEST_POLL = 0.02, 0.25
DESCRIPTIONS = ("error_description", "error_message", "error_msg", "description")
PLATFORM_TEXT = 300
"""Characters of a platform's own text that a session keeps."""


class Callbacks:
    """Completes authorizations when the platform sends the person back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._binding = BrowserBinding(context.vault)
        self._leases = Leases(context)

    async def receive(
        self, platform: str, params: Mapping[str, str], cookie_of: BrowserCookie = no_cookie
    ) -> CallbackResult:
        """Process a callback's parameters; returns the session as it is afterwards.

        `cookie_of` gives the cookie that the browser holds for a session. These errors change
        nothing: SESSION_NOT_FOUND for an unknown state, PLATFORM_MISMATCH on another platform's
        path, SECURITY_CHECK_FAILED for a foreign issuer, CODE_MISSING with neither a code nor an
        error, OTHER_BROWSER for another browser than the session's.
        """
        count = partial(self._context.metrics.count_callback, platform)
        try:
            result = await self._receive(platform, params, cookie_of)
        except Exception as error:
            count(outcome_of(error))
            raise
        count(result.session.stage)
        _note_for_log(result.session)
        return result

    async def _receive(
        self, platform: str, params: Mapping[str, str], cookie_of: BrowserCookie
    ) -> CallbackResult:
        params = self.repaired(platform, params)
        session = await self._find(platform, params)
        cookie = cookie_of(session.id)
        if session.binding is Binding.BOUND and not self._binding.holds(session, cookie):
            raise errors.OTHER_BROWSER()
        if session.stage is SessionStage.PENDING:
            session = await self._process(session, params)
        if session.stage is SessionStage.CLAIMED:
            session = await self.wait_for_result(session.id)
        proof = self._binding.verify_return(session, self._code(session, params), cookie)
        return CallbackResult(session, proof)

    def repaired(self, platform: str, params: Mapping[str, str]) -> Mapping[str, str]:
        """A callback's parameters as the platform means them."""
        configured = self._context.platforms.configured(platform)
        if configured is None or not isinstance(configured[0].auth, OAuth):
            return params
        return configured[0].auth.callback_params(params)

    def answers_json(self, platform: str) -> bool:
        """Whether this platform's callbacks come from a program and are answered in JSON."""
        configured = self._context.platforms.configured(platform)
        if configured is None:
            return False
        connector, app = configured
        return isinstance(connector.auth, OAuth) and connector.auth.callback_json(app)

    async def _find(self, platform: str, params: Mapping[str, str]) -> AuthSession:
        state = params.get("state", "")
        session = (
            await self._context.db.read(store.by_state, ids.state_key(state)) if state else None
        )
        retention = self._context.rules.retention.sessions
        if session is None or not readable(session, self._context.clock(), retention):
            raise errors.SESSION_NOT_FOUND()
        if session.platform != platform:
            raise errors.PLATFORM_MISMATCH()
        return session

    def _code(self, session: AuthSession, params: Mapping[str, str]) -> str:
        return params.get(self._config(session)[1].code_param, "")

    def _config(self, session: AuthSession) -> tuple[OAuth, OAuthConfig]:
        """How the session's platform authorizes, with the app of this installation."""
        connector, auth = self._context.platforms.oauth(session.platform)
        return auth, auth.oauth_config(self._context.platforms.client(connector).app)

    async def _process(self, session: AuthSession, params: Mapping[str, str]) -> AuthSession:
        """Check the parameters, claim the session and complete it."""
        auth, config = self._config(session)
        refused = bool(auth.callback_errors(params))
        if not refused and not params.get(config.code_param):
            raise errors.CODE_MISSING()
        if config.issuer is not None and params.get("iss", config.issuer) != config.issuer:
            raise errors.SECURITY_CHECK_FAILED()
        browser_hash = None
        if session.binding is Binding.CONFIRM:
            code = self._code(session, params)
            browser_hash = ids.digest(self._binding.of_code(session.id, code))
        lease = await self._leases.claim(session, browser_hash)
        if lease is not None:
            # The work continues when the browser goes away: a code can be redeemed only once.
            work = self._refuse(session, auth, params) if refused else self._redeem(lease, params)
            await self._leases.run(lease, work)
        return await self._leases.load(session.id)

    async def _refuse(self, session: AuthSession, auth: OAuth, params: Mapping[str, str]) -> None:
        """End a session that the person denied, or that the platform refused by itself."""
        kind = auth.callback_failure(params)
        known = {
            "platform": session.platform,
            "category": CATEGORY[kind] if kind else "auth",
            "retryable": kind in RETRYABLE,
            "error": _short(next(iter(auth.callback_errors(params)), None)),
            "reason": _short(params.get("error_reason")),
            "description": _short(_first_of(params, DESCRIPTIONS)),
        }
        code = CODES[kind] if kind else errors.AUTHORIZATION_DENIED
        raise code({name: value for name, value in known.items() if value is not None})

    async def _redeem(self, lease: Lease, params: Mapping[str, str]) -> None:
        await Completion(self._context, self._leases, lease).redeem(params)

    async def wait_for_result(self, session_id: str) -> AuthSession:
        """Wait until the process that claimed the session has finished."""
        pause = FIRST_POLL
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            session = await self._leases.load(session_id)
            if session.stage is not SessionStage.CLAIMED:
                return session
            if is_over(session.lease_until or 0.0, self._context.clock(), LEASE_SECONDS):
                await self.recover(session_id)
                continue
            await asyncio.sleep(pause)
            pause = min(LONGEST_POLL, pause * 1.5)
        return await self._leases.load(session_id)

    async def recover(self, session_id: str) -> None:
        """Complete a session whose lease has lapsed: resume from the stored tokens, or end it."""
        lease = await self._leases.reclaim(session_id)
        if lease is not None:
            await self._leases.run(lease, self._resume(lease))

    async def _resume(self, lease: Lease) -> None:
        tokens = self._leases.stored_tokens(lease.session)
        if tokens is None:
            raise errors.AUTHORIZATION_INTERRUPTED()
        await Completion(self._context, self._leases, lease).connect(tokens)

    async def drain(self) -> None:
        """Wait for callbacks in flight, before the process stops."""
        await self._leases.drain()


def _note_for_log(session: AuthSession) -> None:
    """Notes whose session the request in progress was for, and how it ended."""
    record = current_request.get()
    if record is None:
        return
    record.user_id, record.key_id = session.user_id, session.key_id
    record.platform = session.platform
    record.code = session.error_code or 0
    if session.accounts:
        record.account_id = session.accounts[0]["accountId"]


def _first_of(params: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next(filter(None, map(params.get, names)), None)


def _short(value: str | None) -> str | None:
    return value[:PLATFORM_TEXT] if value else None
