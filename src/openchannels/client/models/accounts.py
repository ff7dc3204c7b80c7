"""Accounts and whether they work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Account(Result):
    """A connected account. A counter that the platform does not provide is None.

    `reason`, `advice` and `expires_at` are those of `AuthStatus`.
    """

    id: str
    user_id: str
    type: str
    uid: str
    nickname: str
    group_id: str
    status: int
    rank: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    client_type: str | None = None
    account: str | None = None
    avatar: str | None = None
    login_time: datetime | None = None
    fans_count: int | None = None
    following_count: int | None = None
    read_count: int | None = None
    like_count: int | None = None
    collect_count: int | None = None
    forward_count: int | None = None
    comment_count: int | None = None
    work_count: int | None = None
    last_stats_time: datetime | None = None
    reason: str | None = None
    advice: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountPage(Result):
    """A page of accounts by id; `total` counts all that match. The last has no `next_cursor`."""

    total: int
    list: tuple[Account, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence(Result):
    """What the platform answered when an account was taken offline, where known."""

    operation: str | None = None
    http_status: int | None = None
    platform_code: str | None = None
    platform_request_id: str | None = None
    at: datetime | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthStatus(Result):
    """Whether an account works now (`status` 1 or 0), why not, and until when.

    `advice` is what the person should do, by language: `en-US`, `zh-CN`. `purposes` are what the
    scopes suffice for: `read`, `publish`, `engage`.
    """

    status: int
    reason: str | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    missing_scopes: tuple[str, ...] = ()
    checked_at: datetime | None = None
    since: datetime | None = None
    reconnect_by: datetime | None = None
    evidence: Evidence | None = None
    advice: Mapping[str, str] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokedGrant(Result):
    """Whether the platform revoked the grant, else for which `reason` not.

    `siblings` are your other accounts on the same grant. For the reasons `siblings` and
    `grant_shared` nothing was changed; for all others the account is offline now.
    """

    revoked: bool
    siblings: tuple[str, ...] = ()
    reason: str | None = None
