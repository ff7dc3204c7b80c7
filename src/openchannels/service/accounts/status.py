"""The state of an account at a moment, computed from its row and the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from openchannels.core.accounts import ABNORMAL, NORMAL, ListedAccount
from openchannels.core.credentials import Reason, missing_scopes
from openchannels.core.platforms import Text
from openchannels.core.purposes import Purpose
from openchannels.core.reconnect_hints import reconnect_hint
from openchannels.service.credentials.health import is_suspension
from openchannels.service.credentials.schedule import attention_from
from openchannels.store.database import AnyRow


class AuthState(NamedTuple):
    """Whether an account works at this moment. Times are Unix seconds.

    `since` is when the reason began, None if unknown. `evidence` is the platform's response that
    took the account offline. `reconnect_by` is when an account that still works will stop.
    """

    status: int
    reason: Reason | None
    expires_at: float | None
    refresh_expires_at: float | None
    scopes: Sequence[str] | None
    missing_scopes: Sequence[str] | None
    checked_at: float | None
    since: float | None = None
    evidence: Mapping[str, Any] | None = None
    reconnect_by: float | None = None


class StatusOfAccount(NamedTuple):
    """The state of an account, what a person should do about it, and what its grant is for."""

    state: AuthState
    advice: Text | None
    purposes: Sequence[Purpose]


class AccountWithStatus(NamedTuple):
    """An account, its status at a moment and why, and what a person should do about it."""

    account: ListedAccount
    status: int
    reason: Reason | None
    advice: Text | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A part of a list of accounts; `total` counts all that match, `more` says if any follow."""

    accounts: Sequence[AccountWithStatus]
    total: int
    more: bool


def advice_of(reason: Reason | None, evidence: Mapping[str, Any] | None, name: Text) -> Text | None:
    """What a person should do about an account of the platform with this name; None if nothing."""
    if reason is None:
        return None
    return reconnect_hint(reason, name, suspended=is_suspension(evidence))


def with_status(
    account: ListedAccount, required: tuple[str, ...], name: Text, now: float
) -> AccountWithStatus:
    """An account of the platform with this name, which needs the `required` scopes, at a moment."""
    reason, _since = _reason(account, missing_scopes(required, account.scopes), now)
    advice = advice_of(reason, _evidence(account), name)
    return AccountWithStatus(account, _status(reason), reason, advice)


def state_of(row: AnyRow | Any, required: tuple[str, ...], now: float) -> AuthState:
    """The state of an account: offline, ended, lacking a scope, ending soon, or working."""
    missing = missing_scopes(required, row.scopes)
    reason, since = _reason(row, missing, now)
    return AuthState(
        status=_status(reason),
        reason=reason,
        expires_at=row.expires_at,
        refresh_expires_at=row.grant_ends_at,
        scopes=row.scopes,
        missing_scopes=missing or None,
        checked_at=row.checked_at,
        since=since,
        evidence=_evidence(row),
        reconnect_by=row.grant_ends_at if reason is Reason.RECONNECT_ADVISED else None,
    )


def _status(reason: Reason | None) -> int:
    return NORMAL if reason is None or reason is Reason.RECONNECT_ADVISED else ABNORMAL


def _evidence(row: AnyRow | Any) -> Mapping[str, Any] | None:
    evidence: Mapping[str, Any] | None = row.evidence
    return evidence if row.status != NORMAL else None


def _reason(
    row: AnyRow | Any, missing: Sequence[str], now: float
) -> tuple[Reason | None, float | None]:
    """Why an account does not work, or soon will not, and since when."""
    if row.status != NORMAL:
        return Reason(row.reason) if row.reason else Reason.GRANT_DEAD, row.reason_since
    if row.version is None:
        return Reason.CREDENTIAL_MISSING, None
    end = row.grant_ends_at
    if end is not None and end <= now:
        return Reason.GRANT_ENDED, end
    if missing:
        return Reason.SCOPE_MISSING, None
    advised = attention_from(end, row.refresh_at)
    if advised is not None and advised <= now:
        return Reason.RECONNECT_ADVISED, max(advised, row.login_at or 0.0)
    return None, None
