"""A user's authorizations as a whole: looking through them, and calling one off."""

from collections.abc import Sequence

from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Caller, Context
from openchannels.store.queries import sessions as store
from openchannels.store.queries import unconfirmed

CANCELLED = 15013
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

    async def listed(
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
            (now, now - self._context.rules.retention_seconds),
            limit,
        )

    async def cancel(self, caller: Caller, session_id: str) -> AuthSession:
        """Call a session off, unless it has ended; returns it as it stands then.

        One whose code is just being redeemed is waited for: it ends by itself, or comes to offer
        accounts, whose tokens are then dropped; unconfirmed ones are given back to the platform.
        Raises SessionError (15039).
        """
        while not (session := await self._sessions.owned(caller, session_id)).stage.ended:
            if session.stage is SessionStage.CLAIMED:
                session = await self._callbacks.result(session_id)
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
