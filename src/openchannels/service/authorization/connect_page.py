"""The connect page, which names the workspace and has one button to the platform.

The page's address holds a ticket, and no state. A bound session belongs to the browser in which
the button is pressed first: the state is derived from the secret in that browser's cookie, and the
ticket is used up. Other sessions may start from the page repeatedly: their state is derived from
the ticket.
"""

from openchannels.connectors.registry import OAuth
from openchannels.core import errors, ids
from openchannels.core.purposes import purposes_of
from openchannels.core.sessions import AuthSession, Binding, SessionStage
from openchannels.service.authorization.browser_binding import BrowserBinding, state_of
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Context
from openchannels.service.sealing import session_row
from openchannels.store.queries import sessions as store
from openchannels.store.queries import unconfirmed


class ConnectPage:
    """Shows the page and starts the authorization. `secret` is the cookie's value."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self._sessions = sessions
        self._proofs = BrowserBinding(context.vault)

    async def get_session(self, session_id: str, ticket: str, secret: str) -> AuthSession:
        """The pending session that this browser may start.

        Raises SESSION_NOT_FOUND unless the ticket opens it, OTHER_BROWSER when another browser
        did.
        """
        session = await self._of_ticket(session_id, ticket)
        if session is None:
            session = await self._sessions.by_id(session_id)
            if session is None or session.browser_hash is None or not self._open(session):
                raise errors.SESSION_NOT_FOUND()
            if not self._proofs.holds(session, secret):
                raise errors.OTHER_BROWSER()
        return session

    async def _of_ticket(self, session_id: str, ticket: str) -> AuthSession | None:
        found = await self._context.db.read(store.by_state, ids.state_key(state_of(ticket)))
        return found if found and found.id == session_id and self._open(found) else None

    def _open(self, session: AuthSession) -> bool:
        return session.stage is SessionStage.PENDING and session.expires_at > self._context.clock()

    async def start_authorization(
        self, session_id: str, ticket: str, secret: str
    ) -> tuple[AuthSession, str]:
        """Bind the session to this browser if it is a bound one; returns the platform's URL.

        Raises what `get_session` raises, and PlatformError. May be repeated by the same browser.
        """
        session = await self.get_session(session_id, ticket, secret)
        state = state_of(secret if session.binding is Binding.BOUND else ticket)
        if session.binding is Binding.BOUND and session.browser_hash is None:
            await self._bind(session_id, ticket, secret, state)
        verifier = None
        if session.sealed is not None:
            verifier = self._context.vault.open(session.sealed, session_row(session_id)).decode()
        connector, auth = self._context.platforms.oauth(session.platform)
        client = self._context.platforms.client(
            connector, session.user_id, purposes=purposes_of(session.purposes)
        )
        return session, await self._sessions.platform_url(auth, client, state, verifier)

    def checks_referrer(self, session: AuthSession) -> bool:
        """Whether the platform asks where people come from."""
        auth = self._context.platforms.connector(session.platform).auth
        return isinstance(auth, OAuth) and auth.starts_on_our_page

    async def _bind(self, session_id: str, ticket: str, secret: str, state: str) -> None:
        """The first browser wins; the same one may have pressed twice."""
        known, browser = ids.state_key(state_of(ticket)), ids.digest(secret)
        now = self._context.clock()
        if not await self._context.db.write(
            unconfirmed.bind_browser, session_id, known, browser, ids.state_key(state), now
        ):
            await self.get_session(session_id, ticket, secret)
