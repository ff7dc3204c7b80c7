"""Finds expired sessions for the browsers that belong to them, which can then be led back.

An expired session can no longer be read or finished. A person who comes too late still holds a
proof: the platform's state, the ticket of the connect page, or the browser's cookie.
"""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.core import errors, ids
from openchannels.core.sessions import AuthSession, Binding, SessionStage
from openchannels.service.authorization.browser_binding import (
    BrowserBinding,
    BrowserCookie,
    state_of,
)
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Context
from openchannels.store.queries import sessions as store


class ExpiredSessions:
    """Looks up expired sessions; each is returned as one that failed because it expired."""

    def __init__(self, context: Context, sessions: Sessions, callbacks: Callbacks) -> None:
        self._context = context
        self._sessions = sessions
        self._callbacks = callbacks
        self._binding = BrowserBinding(context.vault)

    async def of_callback(
        self, platform: str, params: Mapping[str, str], cookie_of: BrowserCookie
    ) -> AuthSession | None:
        """The expired session of a callback; a bound one only in its own browser."""
        state = self._callbacks.repaired(platform, params).get("state", "")
        session = await self._of_state(state)
        if session is None or session.platform != platform:
            return None
        bound = session.binding is Binding.BOUND
        if bound and not self._binding.holds(session, cookie_of(session.id)):
            return None
        return session

    async def of_ticket(self, session_id: str, ticket: str) -> AuthSession | None:
        """The expired session that this ticket would have started."""
        session = await self._of_state(state_of(ticket))
        return session if session is not None and session.id == session_id else None

    async def of_browser(self, session_id: str, cookie: str | None) -> AuthSession | None:
        """The expired session whose cookie the browser holds."""
        session = self._expired(await self._sessions.by_id(session_id))
        return session if session and self._binding.holds(session, cookie) else None

    async def _of_state(self, state: str) -> AuthSession | None:
        return self._expired(await self._context.db.read(store.by_state, ids.state_key(state)))

    def _expired(self, session: AuthSession | None) -> AuthSession | None:
        if session is None or session.stage.ended or session.stage is SessionStage.CLAIMED:
            return None
        if session.expires_at > self._context.clock():
            return None
        return replace(
            session,
            stage=SessionStage.FAILED,
            error_code=errors.SESSION_NOT_FOUND.number,
            error_data={"platform": session.platform, "reason": "expired"},
        )
