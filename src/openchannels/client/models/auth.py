"""Connecting an account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.models.common import Unusable
from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Pick(Result):
    """An account to connect, identified as it was offered."""

    platform_uid: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class AuthStart(Result):
    """A new authorization: show `url` to the person, then poll the session."""

    url: str
    session_id: str
    expires_at: datetime
    auth_instructions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectedAccount(Result):
    """An account that a session connected."""

    account_id: str
    platform: str
    platform_uid: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class SelectableAccount(Result):
    """An account that a session offers."""

    platform: str
    platform_uid: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None
    parent_platform_uid: str | None = None


@dataclass(frozen=True, slots=True)
class AuthSession(Result):
    """The status of an authorization: `pending`, `completed` or `failed`."""

    session_id: str
    status: str
    requires_selection: bool
    expires_at: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    error_data: Mapping[str, Any] = field(default_factory=dict)
    account_id: str | None = None
    account_ids: tuple[str, ...] = ()
    accounts: tuple[ConnectedAccount, ...] = ()
    selectable_accounts: tuple[SelectableAccount, ...] = ()
    unusable: tuple[Unusable, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status != "pending"


@dataclass(frozen=True, slots=True)
class ListedSession(AuthSession):
    """A session in a list: with its platform and its start."""

    platform: str = field(kw_only=True)
    created_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SessionList(Result):
    """Sessions, newest first."""

    list: tuple[ListedSession, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionResult(Result):
    """How a connection ended, as the person's browser brought it: `completed` or `failed`."""

    session_id: str
    status: str
    accounts: tuple[ConnectedAccount, ...] = ()
    error_code: int | None = None
