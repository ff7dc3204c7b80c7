"""Authorization sessions: starting one and watching it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from openchannels.connectors.registry import OAuth
from openchannels.core import errors, ids
from openchannels.core.exceptions import ErrorCode, Issue, ServiceError
from openchannels.core.metrics import counting
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.core.purposes import Purpose
from openchannels.core.sessions import AuthSession, Binding, PolledSession, SessionStage
from openchannels.service.authorization.browser_binding import state_of
from openchannels.service.authorization.return_urls import check_return_url
from openchannels.service.context import Caller, Context
from openchannels.service.errors import to_error
from openchannels.service.sealing import session_row
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, groups
from openchannels.store.queries import sessions as store
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

T = TypeVar("T", AuthSession, PolledSession)
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A session just started: the URL to show and the id to poll."""

    url: str
    session_id: str
    expires_at: float
    instructions: Text


class SessionStatus(NamedTuple):
    """The status of a session for its owner. Times are Unix seconds."""

    session_id: str
    status: str
    expires_at: float
    error: ErrorCode[ServiceError] | None = None
    error_data: Mapping[str, Any] = MappingProxyType({})
    accounts: Sequence[Mapping[str, Any]] = ()
    offered: Sequence[Mapping[str, Any]] = ()


class Sessions:
    """Starts authorization sessions and reads them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def start(
        self,
        caller: Caller,
        platform: str,
        *,
        callback_url: str | None = None,
        redirect_uri: str | None = None,
        group_id: str | None = None,
        account_id: str | None = None,
        purposes: Sequence[Purpose] = (),
    ) -> StartedSession:
        """Start a session; with `account_id` it can only end in that account.

        `purposes` are what the accounts are connected for; none means all of the installation's.
        `url` leads to the platform, or to our page that leads there: see `ConnectPage`. Raises
        PLATFORM_NOT_SUPPORTED, VALIDATION_FAILED, GROUP_NOT_FOUND, and a PlatformError where
        building the URL takes a call to the platform.
        """
        with counting(partial(self._context.metrics.count_start, platform)):
            for name, value in (("callbackUrl", callback_url), ("redirectUri", redirect_uri)):
                if value is not None:
                    check_return_url(name, value, caller.origins)
            connector, auth = self._context.platforms.oauth(platform)
            await self._check_group(caller, group_id)
            client = self._context.platforms.client(connector, caller.user_id, purposes=purposes)
            _check_purposes(connector.id, client.app, purposes)
            _check_binding(caller, connector.id, auth, client.app)
            now = self._context.clock()
            session_id, ticket = ids.new_session_id(now), ids.new_ticket(now)
            verifier = ids.new_secret() if auth.oauth_config(client.app).pkce else None
            if auth.starts_on_our_page or caller.binding is Binding.BOUND:
                url = f"{self._context.rules.public_url}/connect/{session_id}/go?ticket={ticket}"
            else:
                url = await self.platform_url(auth, client, state_of(ticket), verifier)
            values = {
                **self._new_row(caller, session_id, ticket, verifier),
                "platform": connector.id,
                "account_id": account_id,
                "purposes": " ".join(purposes) or None,
                "callback_url": callback_url,
                "redirect_uri": redirect_uri,
            }
            await self._context.db.write(_open, values, group_id)
            instructions = auth.instructions_for(client.app)
            return StartedSession(url, session_id, values["expires_at"], instructions)

    def _new_row(
        self, caller: Caller, session_id: str, ticket: str, verifier: str | None
    ) -> dict[str, Any]:
        """Returns the columns of a session that nobody has come back to."""
        now = self._context.clock()
        return {
            "id": session_id,
            "state_hash": ids.state_key(state_of(ticket)),
            "user_id": caller.user_id,
            "key_id": caller.key_id,
            "stage": SessionStage.PENDING.value,
            "binding": caller.binding.value,
            "sealed": self._seal_verifier(session_id, verifier),
            "error_data": {},
            "accounts": [],
            "offered": [],
            "created_at": now,
            "expires_at": now + self._context.rules.session_seconds,
        }

    async def reconnect(self, caller: Caller, account_id: str, **how: Any) -> StartedSession:
        """Open a session that ends in this account or not at all; `how` as at `start`.

        Raises ACCOUNT_NOT_FOUND and what `start` raises; PLATFORM_NOT_SUPPORTED for plug-in
        platforms.
        """
        account = await self._context.db.read(accounts.get_account, account_id, caller.user_id)
        if account is None:
            raise errors.ACCOUNT_NOT_FOUND()
        return await self.start(caller, account.platform, account_id=account.id, **how)

    async def _check_group(self, caller: Caller, group_id: str | None) -> None:
        """Refuse another's group before the platform is asked for anything."""
        if group_id is None:
            return
        if not await self._context.db.read(groups.is_owned, caller.user_id, group_id):
            raise errors.GROUP_NOT_FOUND()

    async def platform_url(
        self, auth: OAuth, client: PlatformClient, state: str, verifier: str | None
    ) -> str:
        """The platform's address, for the person's browser. Raises PlatformError."""
        try:
            url = await auth.start_url(client, state, verifier)
        except PlatformFailure as failure:
            raise to_error(failure, self._context.clock()) from failure
        return self._context.platforms.browser_address(url)

    def _seal_verifier(self, session_id: str, verifier: str | None) -> bytes | None:
        if verifier is None:
            return None
        return self._context.vault.seal(verifier.encode(), session_row(session_id))

    async def status(self, caller: Caller, platform: str, session_id: str) -> SessionStatus:
        """The status of a session. Raises SESSION_NOT_FOUND, PLATFORM_MISMATCH."""
        session = self._readable(await self._read(store.get_watched, session_id, caller.user_id))
        if session.platform != platform:
            raise errors.PLATFORM_MISMATCH()
        return status_of(session)

    async def get_owned(self, caller: Caller, session_id: str) -> AuthSession:
        """The caller's session, if it can still be read. Raises SESSION_NOT_FOUND."""
        return self._readable(await self._read(store.get_owned, session_id, caller.user_id))

    async def by_id(self, session_id: str) -> AuthSession | None:
        """Any user's session; None also for what is not a session's id."""
        return await self._read(store.get_session, session_id)

    async def get_session(self, session_id: str) -> AuthSession:
        """Any user's session, if it can still be read. Raises SESSION_NOT_FOUND."""
        return self._readable(await self.by_id(session_id))

    async def _read(
        self, find: Callable[[Connection, str, *Ts], T | None], session_id: str, *of: *Ts
    ) -> T | None:
        if not ids.SESSION_ID.fullmatch(session_id):
            return None
        return await self._context.db.read(find, session_id, *of)

    def _readable(self, session: T | None) -> T:
        now, retention = self._context.clock(), self._context.rules.retention.sessions
        if session is None or not readable(session, now, retention):
            raise errors.SESSION_NOT_FOUND()
        return session


def _check_purposes(platform: Platform, app: App, purposes: Sequence[Purpose]) -> None:
    """Raises VALIDATION_FAILED for a purpose that this installation has not."""
    absent = [purpose for purpose in purposes if purpose not in app.purposes]
    if absent:
        what = f"{absent[0]} is not among platforms.{platform}.purposes, or the platform lacks it"
        raise errors.validation_failed([Issue("purpose", what)])


def _check_binding(caller: Caller, platform: Platform, auth: OAuth, app: App) -> None:
    """Refuse a binding where no browser comes back that could be known again, or asked."""
    if caller.binding is not Binding.DIRECT and auth.callback_json(app):
        data = {"platform": platform, "capability": "auth", "reason": "binding"}
        raise errors.PLATFORM_NOT_SUPPORTED(data)


def _open(connection: Any, values: dict[str, Any], group_id: str | None) -> None:
    user_id = values["user_id"]
    if group_id is not None and not groups.is_owned(connection, user_id, group_id):
        raise errors.GROUP_NOT_FOUND()
    resolved = group_id or groups.ensure_default(connection, user_id, values["created_at"])
    given = {"group_id": resolved, "group_given": group_id is not None}
    store.insert_session(connection, {**values, **given})


def readable(session: AuthSession | PolledSession, now: float, retention: float) -> bool:
    """Whether a session still answers: ended ones for a day, a claimed one until it ends."""
    if session.stage.ended:
        return (session.ended_at or 0.0) + retention > now
    return session.stage is SessionStage.CLAIMED or session.expires_at > now


def status_of(session: AuthSession | PolledSession) -> SessionStatus:
    status = session.stage.value if session.stage.ended else SessionStage.PENDING.value
    return SessionStatus(
        session_id=session.id,
        status=status,
        expires_at=session.expires_at,
        error=errors.CATALOGUE.get(session.error_code or 0),
        error_data=session.error_data,
        accounts=session.accounts,
        offered=session.offered if session.stage is SessionStage.CHOOSING else (),
    )
