"""Ends sessions that wait for a person's confirmation."""

from collections.abc import Sequence

from openchannels.core import errors
from openchannels.core.sessions import AuthSession
from openchannels.service.context import Context
from openchannels.store.database import Connection
from openchannels.store.queries import unconfirmed

NOT_CONFIRMED = errors.AUTHORIZATION_DENIED.number
WHY = {"category": "auth", "retryable": False, "reason": "not_confirmed"}


class Confirmations:
    """Ends sessions that a person declined or an operator closes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def decline(self, session: AuthSession) -> None:
        """End a session that the person declined. Raises SESSION_NOT_FOUND if it has ended."""
        data, now = {"platform": session.platform, **WHY}, self._context.clock()
        if not await self._context.db.write(
            unconfirmed.decline, session.id, NOT_CONFIRMED, data, now
        ):
            raise errors.SESSION_NOT_FOUND()
        denied = errors.AUTHORIZATION_DENIED.name
        self._context.metrics.count_connection(session.platform, denied)

    def decline_all(self, connection: Connection, user_id: str) -> Sequence[str]:
        """End a user's unconfirmed sessions; returns those that hold tokens."""
        unconfirmed.decline_all(connection, user_id, NOT_CONFIRMED, WHY, self._context.clock())
        return unconfirmed.awaiting_revocation(connection, user_id)
