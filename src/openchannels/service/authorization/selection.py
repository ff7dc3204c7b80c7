"""Selects among the accounts behind one grant."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core import errors
from openchannels.core.accounts import Candidate
from openchannels.core.sessions import AuthSession, Binding
from openchannels.service.accounts import upsert
from openchannels.service.accounts.connected import report_connected
from openchannels.service.authorization.completion import upsert_options
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
    """The account choice, by API key or by the browser that returned from the platform."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self._sessions = sessions

    async def choose(
        self, caller: Caller, session_id: str, picks: Sequence[SelectedAccount]
    ) -> AuthSession:
        """Connect the chosen accounts of the caller's session, all or none.

        Raises SESSION_NOT_FOUND without such an open session, CONFIRMATION_REQUIRED where the
        person must confirm, NO_SELECTION_OFFERED where nothing is offered, SELECTION_REQUIRED and
        SELECTED_ACCOUNT_UNAVAILABLE for a bad choice, ACCOUNT_OF_ANOTHER_USER and GROUP_NOT_FOUND.
        The selection stays open after an error.
        """
        session = await self._sessions.get_owned(caller, session_id)
        if session.binding is Binding.CONFIRM and not session.stage.ended:
            raise errors.CONFIRMATION_REQUIRED()
        return await self.connect_selected(session, picks)

    async def connect_selected(
        self, session: AuthSession, picks: Sequence[SelectedAccount]
    ) -> AuthSession:
        """Connect the chosen accounts of a session already known to be the chooser's."""
        if session.stage.ended:
            raise errors.SESSION_NOT_FOUND()
        if not session.stage.asks or session.sealed is None:
            raise errors.NO_SELECTION_OFFERED()
        secret = self._context.vault.open(session.sealed, session_row(session.id))
        offered = [Candidate.from_dict(item) for item in json.loads(secret)]
        ids = await self._context.db.write(self._store, session, select(offered, picks))
        report_connected(self._context.metrics, session.platform, session.user_id, ids)
        return await self._sessions.get_session(session.id)

    def _store(
        self, connection: Connection, session: AuthSession, chosen: list[Candidate]
    ) -> list[str]:
        connector, _auth = self._context.platforms.oauth(session.platform)
        app = self._context.platforms.client(connector).app
        how = upsert_options(self._context, session, app.client_id)
        stored = upsert.store_accounts(connection, self._context.vault, connector, chosen, how)
        views = [upsert.connected_view(account) for account in stored]
        if not store.complete_choice(connection, session.id, views, how.now):
            raise errors.SESSION_NOT_FOUND()
        return [account.id for account in stored]


def select(offered: Sequence[Candidate], picks: Sequence[SelectedAccount]) -> list[Candidate]:
    """The candidates that the picks name, each once.

    Raises SELECTION_REQUIRED, SELECTED_ACCOUNT_UNAVAILABLE.
    """
    if not picks:
        raise errors.SELECTION_REQUIRED()
    chosen: dict[tuple[str, str | None], Candidate] = {}
    for pick in picks:
        fits = [
            candidate
            for candidate in offered
            if candidate.profile.uid == pick.platform_uid
            and pick.account in (None, candidate.profile.account)
        ]
        if len(fits) != 1:
            raise errors.SELECTED_ACCOUNT_UNAVAILABLE({"platformUid": pick.platform_uid})
        chosen[fits[0].key] = fits[0]
    return list(chosen.values())
