"""Accounts: handing in a plug-in's account, and knowing whether one still works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.registry import Connector, CookieRefused, Submission
from openchannels.core.accounts import NORMAL, Account, Candidate, Filter
from openchannels.core.credentials import Reason
from openchannels.core.errors import AccountError, PlatformError
from openchannels.core.failures import Kind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service import connecting, failures
from openchannels.service.callback import missing_scopes
from openchannels.service.context import Caller, Context
from openchannels.store import accounts as store
from openchannels.store.database import AnyRow, Connection

MOST_LISTED = 1000
ADVISE_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a plug-in hands in, through the tool builder's back end."""

    platform: Platform
    uid: str | None = None
    nickname: str | None = None
    avatar: str | None = None
    group_id: str | None = None
    login_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class AuthState:
    """Whether an account works at this moment. Times are Unix seconds."""

    status: int
    reason: Reason | None
    expires_at: float | None
    refresh_expires_at: float | None
    scopes: Sequence[str] | None
    missing_scopes: Sequence[str] | None
    checked_at: float | None


class Accounts:
    """Use cases of accounts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, caller: Caller, new: NewAccount) -> Account:
        """Connect a plug-in's account.

        Raises, in this order: NotSupported 15081; AccountError 15092; PlatformError 15003,
        15072 and the like; AccountError 12601, 15082.
        """
        connector = self._context.platforms.plugin(new.platform)
        given = {"uid": new.uid, "nickname": new.nickname, "loginCookie": new.login_cookie}
        absent = [name for name in connector.required_fields if not given[name]]
        if absent:
            raise AccountError(15092, {"fields": absent})
        candidate = await self._checked(connector, new, caller.user_id)
        names = tuple(n for n in ("nickname", "avatar") if getattr(new, n))
        return await self._context.db.write(
            self._store, connector, candidate, caller, new.group_id, names
        )

    async def _checked(self, connector: Connector, new: NewAccount, user_id: str) -> Candidate:
        upstream = self._context.platforms.upstream(connector, user_id)
        submission = Submission(new.uid, new.nickname, new.avatar, new.login_cookie)
        try:
            candidate = await connector.plugin_account(upstream, submission)
        except CookieRefused as refused:
            data = {
                "platform": connector.id.value,
                "category": refused.category,
                "retryable": False,
            }
            raise PlatformError(15003, data) from refused
        except PlatformFailure as failure:
            code = 15072 if failure.kind is Kind.MALFORMED else 15003
            raise failures.to_error(failure, self._context.clock(), code=code) from failure
        if "uid" not in connector.required_fields and new.uid not in (None, candidate.profile.uid):
            raise PlatformError(15072, {"platform": connector.id.value})
        return candidate

    def _store(
        self,
        connection: Connection,
        connector: Connector,
        candidate: Candidate,
        caller: Caller,
        group_id: str | None,
        names: tuple[str, ...],
    ) -> Account:
        now = self._context.clock()
        how = connecting.Connecting(
            user_id=caller.user_id,
            group_id=group_id,
            group_given=group_id is not None,
            actor=f"key:{caller.key_id}",
            app_id="",
            takeover=self._context.rules.takeover,
            now=now,
            names=names,
        )
        stored = connecting.store_accounts(
            connection, self._context.vault, connector, [candidate], how
        )
        return stored[0]

    async def listed(self, caller: Caller, wanted: Filter) -> tuple[int, list[Account]]:
        """How many of the caller's accounts are wanted, and up to 1000 of them."""
        return await self._context.db.read(
            store.listed, caller.user_id, wanted, self._context.clock(), MOST_LISTED
        )

    async def one(self, caller: Caller, account_id: str) -> Account:
        """One of the caller's accounts. Raises AccountError (12600)."""
        _, found = await self.listed(caller, Filter(ids=[account_id]))
        if not found:
            raise AccountError(12600)
        return found[0]

    async def auth_state(self, caller: Caller, account_id: str) -> AuthState:
        """Whether an account works, worked out from its row and the clock. Raises 12600."""
        row = await self._context.db.read(store.status, account_id)
        if row is None or row.user_id != caller.user_id:
            raise AccountError(12600)
        connector = self._context.platforms.connector(Platform(row.platform))
        required = self._context.platforms.required_scopes(connector)
        return state_of(row, required, self._context.clock())


def state_of(row: AnyRow | Any, required: tuple[str, ...], now: float) -> AuthState:
    """The state of an account: dead, ended, lacking a scope, ending soon, or well."""
    missing = missing_scopes(required, row.scopes)
    reason = _reason(row, missing, now)
    works = reason in (None, Reason.RECONNECT_ADVISED)
    return AuthState(
        status=NORMAL if works else 0,
        reason=reason,
        expires_at=row.expires_at,
        refresh_expires_at=row.grant_ends_at,
        scopes=row.scopes,
        missing_scopes=missing or None,
        checked_at=row.checked_at,
    )


def _reason(row: AnyRow | Any, missing: Sequence[str], now: float) -> Reason | None:
    if row.status != NORMAL:
        return Reason(row.reason) if row.reason else Reason.GRANT_DEAD
    if row.version is None:
        return Reason.CREDENTIAL_MISSING
    if row.grant_ends_at is not None and row.grant_ends_at <= now:
        return Reason.GRANT_ENDED
    if missing:
        return Reason.SCOPE_MISSING
    if row.grant_ends_at is not None and row.grant_ends_at <= now + ADVISE_SECONDS:
        return Reason.RECONNECT_ADVISED
    return None
