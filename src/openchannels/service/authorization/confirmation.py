"""Sessions whose person must confirm: declining, and ending all that nobody confirmed."""

from collections.abc import Sequence

from openchannels.core.errors import SessionError
from openchannels.core.sessions import AuthSession
from openchannels.service.context import Context
from openchannels.store.database import Connection
from openchannels.store.queries import unconfirmed

NOT_CONFIRMED = 15013
WHY = {"category": "auth", "retryable": False, "reason": "not_confirmed"}


class Confirmations:
    """Ends sessions that a person declined or an operator closes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def decline(self, session: AuthSession) -> None:
        """End a session that its person did not want. Raises SessionError (15039) if it is over."""
        data, now = {"platform": session.platform, **WHY}, self._context.clock()
        if not await self._context.db.write(
            unconfirmed.decline, session.id, NOT_CONFIRMED, data, now
        ):
            raise SessionError(15039)

    def shut(self, connection: Connection, user_id: str) -> Sequence[str]:
        """End all that a user's people have not confirmed; the sessions that hold tokens then."""
        unconfirmed.decline_all(connection, user_id, NOT_CONFIRMED, WHY, self._context.clock())
        return unconfirmed.awaiting_revocation(connection, user_id)
