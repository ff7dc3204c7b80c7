"""Lists a user's authorization sessions and cancels them."""

from collections.abc import Sequence

from openchannels.core import errors
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Caller, Context
from openchannels.store.queries import sessions as store
from openchannels.store.queries import unconfirmed

CANCELLED = errors.AUTHORIZATION_DENIED.number
STAGES = {
    "pending": (
        SessionStage.PENDING,
        SessionStage.CLAIMED,
        SessionStage.CHOOSING,
        SessionStage.CONFIRMING,
    ),
    "completed": (SessionStage.COMPLETED,),
    "failed": (SessionStage.FAILED,),
}
"""The stages behind a status of the wire."""


class SessionManagement:
    """Listing and cancelling sessions."""

    def __init__(self, context: Context, sessions: Sessions, callbacks: Callbacks) -> None:
        self._context = context
        self._sessions = sessions
        self._callbacks = callbacks

    async def list_sessions(
        self, caller: Caller, *, limit: int, status: str | None = None, platform: str | None = None
    ) -> Sequence[AuthSession]:
        """The caller's sessions that can still be read, newest first.

        `status` is one of the wire's, `pending`, `completed` or `failed`.
        """
        now = self._context.clock()
        stages = STAGES[status] if status else tuple(SessionStage)
        return await self._context.db.read(
            store.list_newest,
            caller.user_id,
            stages,
            platform,
            (now, now - self._context.rules.retention.sessions),
            limit,
        )

    async def cancel(self, caller: Caller, session_id: str) -> AuthSession:
        """Cancel a session unless it has ended; returns it afterwards.

        Waits for a session whose code is being redeemed: it ends by itself, or offers accounts,
        whose tokens are then dropped; unconfirmed grants are revoked.
        Raises SESSION_NOT_FOUND.
        """
        while not (session := await self._sessions.get_owned(caller, session_id)).stage.ended:
            if session.stage is SessionStage.CLAIMED:
                session = await self._callbacks.wait_for_result(session_id)
                if session.stage is SessionStage.CLAIMED:
                    break
            else:
                end = (
                    unconfirmed.decline
                    if session.stage is SessionStage.CONFIRMING
                    else store.cancel
                )
                await self._context.db.write(
                    end, session.id, CANCELLED, _why(session), self._context.clock()
                )
        return session


def _why(session: AuthSession) -> dict[str, object]:
    return {
        "platform": session.platform,
        "category": "auth",
        "retryable": False,
        "reason": "cancelled",
    }
