"""`client.auth`: authorizations by their session, and a started one to wait for."""

import time
from collections.abc import Iterable

from openchannels.client import operations
from openchannels.client.errors import WaitTimeout
from openchannels.client.models import (
    AuthSession,
    AuthStart,
    ListedSession,
    Pick,
    SelectableAccount,
    SessionList,
)
from openchannels.client.sync.connection import Connection


class Auth:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    def start(
        self,
        platform: str,
        *,
        callback_url: str | None = None,
        redirect_uri: str | None = None,
        group_id: str | None = None,
        purpose: Iterable[str] = (),
    ) -> AuthStart:
        """Starts connecting an account; show the result's `url` to the person.

        `purpose` is what it is connected for, of `read`, `publish` and `engage`; without it, all
        that the operator allows.
        """
        query = {
            "callbackUrl": callback_url,
            "redirectUri": redirect_uri,
            "groupId": group_id,
            "purpose": [*purpose] or None,
        }
        return self._call(operations.START, AuthStart, platform, query=query)

    def session(self, platform: str, session_id: str) -> AuthSession:
        """Returns the status of an authorization."""
        return self._call(operations.SESSION, AuthSession, platform, session_id)

    def select(self, session_id: str, picks: Iterable[Pick | SelectableAccount]) -> AuthSession:
        """Connects the picked accounts that a session offers: all of them, or none on an error."""
        accounts = [Pick(pick.platform_uid, pick.account).to_dict() for pick in picks]
        body = {"sessionId": session_id, "accounts": accounts}
        return self._call(operations.SELECT, AuthSession, body=body)

    def sessions(
        self, *, platform: str | None = None, status: str | None = None, limit: int | None = None
    ) -> tuple[ListedSession, ...]:
        """Returns your sessions, newest first."""
        query = {"platform": platform, "status": status, "limit": limit}
        return (self._call(operations.LIST_SESSIONS, SessionList, query=query)).list

    def cancel(self, session_id: str) -> AuthSession:
        """Ends a pending session; returns how it ended."""
        return self._call(operations.CANCEL_SESSION, AuthSession, session_id)


class PendingConnection:
    """An account that is being connected: show `url` to the person, then wait."""

    def __init__(self, auth: Auth, platform: str, started: AuthStart) -> None:
        self._auth = auth
        self.platform = platform
        self.started = started

    @property
    def url(self) -> str:
        return self.started.url

    @property
    def session_id(self) -> str:
        return self.started.session_id

    def status(self) -> AuthSession:
        return self._auth.session(self.platform, self.session_id)

    def wait(self, *, timeout: float = 600.0, poll: float = 1.0) -> AuthSession:
        """Polls until the session has ended or asks for a choice of accounts.

        Both times are in seconds. Raises WaitTimeout when neither happens within `timeout`.
        """
        deadline = time.monotonic() + timeout
        while True:
            session = self.status()
            if session.ended or session.requires_selection:
                return session
            left = deadline - time.monotonic()
            if left <= 0:
                raise WaitTimeout(session)
            time.sleep(min(poll, left))

    def select(self, picks: Iterable[Pick | SelectableAccount]) -> AuthSession:
        """Connects the picked accounts that the session offers: all of them, or none."""
        return self._auth.select(self.session_id, picks)
