"""Types of authorizations on the wire: start, status, selection of accounts."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from openchannels.api.schemas.common import (
    Address,
    Filled,
    Moment,
    PlatformName,
    UnusableVo,
    Wire,
)
from openchannels.core.clock import iso
from openchannels.core.platforms import Locale, in_language
from openchannels.core.purposes import Purpose
from openchannels.core.sessions import AuthSession
from openchannels.service.authorization.sessions import SessionStatus, StartedSession, status_of


class StartQuery(Wire, kw_only=True):
    """Where the browser goes at the end, the accounts' group, and what they are for."""

    callback_url: (
        Annotated[Address, Meta(description="The browser posts the signed result there as a form.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    redirect_uri: (
        Annotated[
            Address, Meta(description="The browser goes there with the result as query parameters.")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    group_id: (
        Annotated[
            str, Meta(description="Group to put the accounts into; the default group otherwise.")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    purpose: (
        Annotated[
            list[Purpose],
            Meta(
                min_length=1,
                description="What the accounts are connected for, which decides the scopes that"
                " the person is asked for. If absent, all that the operator allows for the"
                " platform.",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class SessionsQuery(Wire, kw_only=True):
    """Filters of the caller's sessions."""

    limit: (
        Annotated[int, Meta(ge=1, le=100, description="Maximum number; 20 if absent.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    status: (
        Annotated[
            Literal["pending", "completed", "failed"],
            Meta(description="Only sessions with this status."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    platform: (
        Annotated[PlatformName, Meta(description="Only this platform's sessions.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class SelectedAccount(Wire, kw_only=True):
    """A selected account, identified as it was offered."""

    platform_uid: Filled
    account: str | msgspec.UnsetType = msgspec.UNSET


class Selection(Wire, kw_only=True):
    """A selection among the accounts that a session offers."""

    session_id: Filled
    accounts: list[SelectedAccount]


class AuthStart(Wire, kw_only=True):
    """A new session. Show `url` to the person, then poll the status."""

    url: str
    session_id: str
    expires_at: Moment
    auth_instructions: dict[Locale, str] | None = None


class ConnectedAccount(Wire, kw_only=True):
    """An account that a session connected."""

    account_id: str
    platform: PlatformName
    platform_uid: str
    account: str | None = None
    display_name: str
    avatar_url: str | None = None


class SelectableAccount(Wire, kw_only=True):
    """An account that a session offers."""

    platform: PlatformName
    platform_uid: str
    account: str | None = None
    display_name: str
    avatar_url: str | None = None
    parent_platform_uid: str | None = None


class AuthSessionStatus(Wire, kw_only=True):
    """The status of an authorization. `requiresSelection` asks for a choice of accounts."""

    session_id: str
    status: Literal["pending", "completed", "failed"]
    requires_selection: bool
    error_code: int | None = None
    error_message: str | None = None
    error_data: dict[str, Any] | None = None
    expires_at: Moment | None = None
    account_id: str | None = None
    account_ids: list[str] | None = None
    accounts: list[ConnectedAccount] | None = None
    selectable_accounts: list[SelectableAccount] | None = None
    unusable: (
        Annotated[
            list[UnusableVo],
            Meta(description="Accounts that the platform shows and that cannot be connected."),
        ]
        | None
    ) = None


class ListedSession(AuthSessionStatus, kw_only=True):
    """A session in a list: its platform, its start and its status."""

    platform: PlatformName
    created_at: Moment


class SessionList(Wire, kw_only=True):
    """The caller's sessions, newest first."""

    list: list[ListedSession]


def auth_start(started: StartedSession) -> AuthStart:
    return AuthStart(
        url=started.url,
        session_id=started.session_id,
        expires_at=iso(started.expires_at),
        auth_instructions={
            "en-US": started.instructions.en,
            "zh-CN": started.instructions.zh,
        },
    )


def session_status(status_of: SessionStatus, locale: Locale) -> AuthSessionStatus:
    connected = [msgspec.convert(a, ConnectedAccount) for a in status_of.accounts]
    offered = [msgspec.convert(a, SelectableAccount) for a in status_of.offered]
    error, unusable = status_of.error, status_of.error_data.get("unusable")
    return AuthSessionStatus(
        session_id=status_of.session_id,
        status=status_of.status,  # type: ignore[arg-type]
        requires_selection=bool(offered),
        error_code=error.number if error else None,
        error_message=error.message(locale, status_of.error_data) if error else None,
        error_data=in_language(status_of.error_data, locale) if error else None,
        expires_at=iso(status_of.expires_at),
        account_id=connected[0].account_id if connected else None,
        account_ids=[a.account_id for a in connected] or None,
        accounts=connected or None,
        selectable_accounts=offered or None,
        unusable=None if unusable is None else msgspec.convert(unusable, list[UnusableVo]),
    )


def session_list(sessions: Sequence[AuthSession], locale: Locale) -> SessionList:
    return SessionList(list=[_listed_session(session, locale) for session in sessions])


def _listed_session(session: AuthSession, locale: Locale) -> ListedSession:
    status = session_status(status_of(session), locale)
    return ListedSession(
        **msgspec.structs.asdict(status),
        platform=session.platform,
        created_at=iso(session.created_at),
    )
