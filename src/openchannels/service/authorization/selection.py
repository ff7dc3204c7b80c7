"""Choosing among the accounts behind one grant."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core.accounts import Candidate
from openchannels.core.errors import SessionError
from openchannels.core.sessions import AuthSession, Binding
from openchannels.service.accounts import upsert
from openchannels.service.authorization.callback import upsert_options
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Caller, Context
from openchannels.service.sealing import session_row
from openchannels.store.database import Connection
from openchannels.store.queries import sessions as store


@dataclass(frozen=True, slots=True)
class SelectedAccount:
    """One chosen account: its platform uid, and `account` where several share a uid."""

    platform_uid: str
    account: str | None = None


class Selections:
    """The account choice, by API key or by the browser that came back from the platform."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self._sessions = sessions

    async def choose(
        self, caller: Caller, session_id: str, picks: Sequence[SelectedAccount]
    ) -> AuthSession:
        """Connect the chosen accounts of the caller's session, all or none.

        Raises SessionError: 15039 without such an open session, 15202 where the person must
        confirm, 15043 where it offers no choice, 15083 and 15084 for a bad choice; AccountError
        15082, 12601. An error leaves the choice open.
        """
        session = await self._sessions.owned(caller, session_id)
        if session.binding is Binding.CONFIRM and not session.stage.ended:
            raise SessionError(15202)
        return await self.settle(session, picks)

    async def settle(self, session: AuthSession, picks: Sequence[SelectedAccount]) -> AuthSession:
        """Connect the chosen accounts of a session already known to be the chooser's."""
        if session.stage.ended:
            raise SessionError(15039)
        if not session.stage.asks or session.sealed is None:
            raise SessionError(15043)
        secret = self._context.vault.open(session.sealed, session_row(session.id))
        offered = [Candidate.from_dict(item) for item in json.loads(secret)]
        await self._context.db.write(self._store, session, select(offered, picks))
        return await self._sessions.found(session.id)

    def _store(self, connection: Connection, session: AuthSession, chosen: list[Candidate]) -> None:
        connector, _ = self._context.platforms.oauth(session.platform.value)
        how = upsert_options(self._context, session)
        stored = upsert.store_accounts(connection, self._context.vault, connector, chosen, how)
        views = [upsert.connected_view(account) for account in stored]
        if not store.complete_choice(connection, session.id, views, how.now):
            raise SessionError(15039)


def select(offered: Sequence[Candidate], picks: Sequence[SelectedAccount]) -> list[Candidate]:
    """The candidates that the picks name, each once. Raises SessionError 15083, 15084."""
    if not picks:
        raise SessionError(15083)
    chosen: dict[tuple[str, str | None], Candidate] = {}
    for pick in picks:
        fits = [
            candidate
            for candidate in offered
            if candidate.profile.uid == pick.platform_uid
            and pick.account in (None, candidate.profile.account)
        ]
        if len(fits) != 1:
            raise SessionError(15084, {"platformUid": pick.platform_uid})
        chosen[fits[0].key] = fits[0]
    return list(chosen.values())
