"""From the platform's tokens to stored accounts, or to an offer of several."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, ParamSpec, TypeVar

from openchannels.core import errors
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens, missing_scopes
from openchannels.core.exceptions import ServiceError, Unavailable
from openchannels.core.platform_errors import ACCOUNT_REFUSED, FailureKind, PlatformFailure
from openchannels.core.sessions import AuthSession, Binding, SessionStage
from openchannels.core.unusable import Unusable, unusable_data
from openchannels.service.accounts import upsert
from openchannels.service.accounts.connected import report_connected
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.authorization.lease import CallbackLeaseLost, Lease, Leases
from openchannels.service.context import Context
from openchannels.service.errors import to_error
from openchannels.service.sealing import session_row
from openchannels.store.database import Connection, Query
from openchannels.store.queries import accounts
from openchannels.store.queries import sessions as store

RETRY_PAUSES = (0.3, 1.0, 2.5)
"""Seconds before each further attempt to read a profile."""
CODE_REFUSED = (
    *ACCOUNT_REFUSED,
    FailureKind.INVALID,
    FailureKind.TOKEN_EXPIRED,
    FailureKind.PERMISSION,
)
"""Failures of a code's exchange after which the person must start again."""
PROFILE_UNREADABLE = (FailureKind.MALFORMED, FailureKind.INVALID, FailureKind.NOT_FOUND)

T = TypeVar("T")
P = ParamSpec("P")


class Completion:
    """Completes one leased session, with its connector and its client of the platform."""

    def __init__(self, context: Context, leases: Leases, lease: Lease) -> None:
        self._context = context
        self._leases = leases
        self._lease = lease
        self._session = lease.session
        self._connector, self._auth = context.platforms.oauth(lease.session.platform)
        self._client = context.platforms.client(
            self._connector, lease.session.user_id, interactive=True
        )

    async def redeem(self, params: Mapping[str, str]) -> None:
        """Exchange the callback's code for tokens, save them, then connect."""
        try:
            tokens = await self._auth.exchange(self._client, params, self._verifier())
        except PlatformFailure as failure:
            raise exchange_error(failure, self._context.clock()) from failure
        await self._leases.save_tokens(self._lease, tokens)
        await self.connect(tokens)

    def _verifier(self) -> str | None:
        """The PKCE verifier that the session has held since its start."""
        if self._session.sealed is None:
            return None
        row = session_row(self._session.id)
        return self._context.vault.open(self._session.sealed, row).decode()

    async def connect(self, tokens: Tokens) -> None:
        """Store the account that the tokens open, or offer it for selection or confirmation."""
        seen = await self._candidates(tokens)
        candidates = [candidate for candidate in seen if candidate.unusable is None]
        unusable = unusable_data(
            Unusable(candidate.profile.nickname, candidate.unusable)
            for candidate in seen
            if candidate.unusable is not None
        )
        if not candidates:
            raise self._no_accounts(unusable)
        if self._session.account_id is not None:
            reconnected = await self._reconnected(self._session.account_id, candidates, unusable)
            candidates = [reconnected]
        if len(candidates) == 1 and self._session.binding is not Binding.CONFIRM:
            ids = await self._write(self._store_accounts, candidates, unusable)
            session = self._session
            report_connected(self._context.metrics, session.platform, session.user_id, ids)
        else:
            await self._offer(candidates, unusable)

    async def _write(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write what the platform gave, again while the store takes no writes."""
        write = partial(self._context.db.write, fn, *args, **kwargs)
        what = f"session {self._session.id}"
        return await self._context.unwritten.write(what, write, after=Unavailable)

    def _no_accounts(self, unusable: Mapping[str, Any]) -> ServiceError:
        data: dict[str, Any] = {"platform": self._connector.id, **unusable}
        hint = self._connector.accounts.empty_hint
        if hint is not None:
            data["hint"] = dict(hint.as_text().as_wire())
        return errors.NO_ACCOUNTS_FOUND(data)

    async def _reconnected(
        self, account_id: str, candidates: list[Candidate], unusable: Mapping[str, Any]
    ) -> Candidate:
        """The candidate that is the account to reconnect.

        Raises ACCOUNT_NOT_FOUND, OTHER_ACCOUNT.
        """
        session = self._session
        identity = await self._context.db.read(accounts.identity_of, account_id, session.user_id)
        if identity is None:
            raise errors.ACCOUNT_NOT_FOUND()
        for candidate in candidates:
            if candidate.profile.identity == identity:
                return candidate
        data = {"platform": session.platform, "accountId": account_id, **unusable}
        raise errors.OTHER_ACCOUNT(data)

    async def _candidates(self, tokens: Tokens) -> list[Candidate]:
        client = self._client
        try:
            lasting = await with_retries(partial(self._auth.complete, client, tokens))
            if lasting != tokens:
                await self._leases.save_tokens(self._lease, lasting)
            self._check_scopes(lasting)
            return await with_retries(partial(self._connector.accounts.candidates, client, lasting))
        except PlatformFailure as failure:
            raise profile_error(failure, self._context.clock()) from failure

    def _check_scopes(self, tokens: Tokens) -> None:
        """Raises PERMISSION_MISSING, with the scopes that the person did not grant."""
        required = self._auth.oauth_config(self._client.app).required_scopes
        missing = missing_scopes(required, tokens.scopes)
        if missing:
            raise errors.PERMISSION_MISSING(
                {
                    "platform": self._connector.id,
                    "category": "permission",
                    "retryable": False,
                    "missingScopes": missing,
                }
            )

    def _store_accounts(
        self, connection: Connection, candidates: list[Candidate], unusable: Mapping[str, Any]
    ) -> list[str]:
        options = upsert_options(self._context, self._session, self._client.app.client_id)
        stored = upsert.store_accounts(
            connection, self._context.vault, self._connector, candidates, options
        )
        views = [upsert.connected_view(account) for account in stored]
        session_id, owner = self._session.id, self._lease.owner
        if not store.complete_claimed(connection, session_id, owner, views, unusable, options.now):
            raise CallbackLeaseLost
        return [account.id for account in stored]

    async def _offer(self, candidates: list[Candidate], unusable: Mapping[str, Any]) -> None:
        secret = json.dumps([candidate.to_dict() for candidate in candidates]).encode()
        confirm = self._session.binding is Binding.CONFIRM
        offered = await self._write(
            store.await_person,
            self._session.id,
            self._lease.owner,
            self._context.vault.seal(secret, session_row(self._session.id)),
            [upsert.offered_view(candidate) for candidate in candidates],
            unusable,
            self._context.clock() + self._context.rules.choice_seconds,
            SessionStage.CONFIRMING if confirm else SessionStage.CHOOSING,
        )
        if not offered:
            raise CallbackLeaseLost


def exchange_error(failure: PlatformFailure, now: float) -> ServiceError:
    """The error of a session whose code could not be exchanged."""
    code = errors.ACCESS_TOKEN_FAILED if failure.kind in CODE_REFUSED else None
    return to_error(failure, now, code=code)


def profile_error(failure: PlatformFailure, now: float) -> ServiceError:
    """The error of a session whose accounts could not be read."""
    code = errors.ACCOUNT_INFO_FAILED if failure.kind in PROFILE_UNREADABLE else None
    return to_error(failure, now, code=code)


async def with_retries(read: Callable[[], Awaitable[T]]) -> T:
    """Read from the platform, again after short pauses while it is unavailable.

    A grant was just given, which is worth waiting for; after a second timeout the failure is
    raised, because the person waits.
    """
    timed_out = False
    for pause in RETRY_PAUSES:
        try:
            return await read()
        except PlatformFailure as failure:
            wait = failure.reading.retry_after or 0.0
            temporary = failure.kind in (FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED)
            timeout = failure.category == "timeout"
            if not temporary or (timeout and timed_out) or wait > pause:
                raise
            timed_out = timed_out or timeout
        await asyncio.sleep(pause)
    return await read()


def upsert_options(context: Context, session: AuthSession, app_id: str) -> UpsertOptions:
    """How the accounts of a session are stored."""
    return UpsertOptions(
        user_id=session.user_id,
        group_id=session.group_id,
        group_given=session.group_given,
        actor=f"session:{session.id}",
        app_id=app_id,
        takeover=context.rules.takeover,
        now=context.clock(),
    )
