"""Revokes grants that nobody confirmed at the platform, and drops their tokens."""

import asyncio
import json
from collections.abc import Sequence

import structlog

from openchannels.connectors.registry import Connector
from openchannels.core import ids
from openchannels.core.accounts import Candidate
from openchannels.core.exceptions import NotSupported
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.context import Context
from openchannels.service.sealing import grant_key, session_row
from openchannels.service.tasks.task import in_batches
from openchannels.store.queries import credentials, unconfirmed
from openchannels.store.queries import sessions as store
from openchannels.store.vault.vault import VaultError
from openchannels.transport.platform_client import PlatformClient

BATCH = 20
REVOKE_SECONDS = 20.0
AGAIN_SECONDS = 60.0
"""Until the next attempt after a failure; longer than an attempt takes."""
GIVE_UP_SECONDS = 3600.0
"""After the end of a session; then its tokens are dropped even if never revoked."""

log = structlog.get_logger()


class RevokeUnconfirmed:
    """Revokes the grants of sessions that were declined, cancelled or ended unconfirmed."""

    name = "unconfirmed"
    every = 5.0
    at_once = 2

    def __init__(self, context: Context) -> None:
        self._context = context

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Sessions declined, cancelled or expired; `run` claims each before it acts."""
        now = self._context.clock()
        found = await self._context.db.read(
            unconfirmed.due_for_revocation, now, AGAIN_SECONDS, batches * BATCH
        )
        return in_batches(found, BATCH)

    async def run(self, ids: Sequence[str]) -> None:
        # In parallel: one platform that hangs does not delay the others.
        outcomes = await asyncio.gather(*map(self._end_grant, ids), return_exceptions=True)
        for session_id, outcome in zip(ids, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.error(
                    "could not revoke an unconfirmed grant", session=session_id, exc_info=outcome
                )

    async def _end_grant(self, session_id: str) -> None:
        owner, now = ids.new_object_id(), self._context.clock()
        until = now + AGAIN_SECONDS
        if not await self._context.db.write(
            unconfirmed.claim_revocation, session_id, owner, now, until
        ):
            return
        session = await self._context.db.read(store.get_session, session_id)
        if session is None or session.stage not in (SessionStage.CONFIRMING, SessionStage.FAILED):
            return
        over = (session.ended_at or session.expires_at) + GIVE_UP_SECONDS <= now
        if await self._revoked(session) or over:
            await self._context.db.write(unconfirmed.discard_tokens, session_id, owner)

    async def _revoked(self, session: AuthSession) -> bool:
        """Whether the grant has ended, or need not or cannot be; False to try again."""
        candidates = self._candidates(session)
        if not candidates:
            return True
        try:
            connector, auth = self._context.platforms.oauth(session.platform)
            client = self._context.platforms.client(connector, session.user_id)
            if await self._is_used(connector, client, candidates):
                return True
            async with asyncio.timeout(REVOKE_SECONDS):
                await auth.revoke(client, candidates[0].tokens)
        except PlatformFailure as failure:
            return not failure.retryable
        except NotSupported:
            log.warning("a platform is no longer configured", platform=session.platform)
        except TimeoutError:
            return False
        return True

    async def _is_used(
        self, connector: Connector, client: PlatformClient, candidates: Sequence[Candidate]
    ) -> bool:
        """Whether a connected account of any user uses the same grant."""
        app_id = client.app.client_id
        for candidate in candidates:
            subject = candidate.grant_subject or candidate.profile.identity
            key = grant_key(connector, subject, app_id)
            if key is None:
                continue
            if await self._context.db.read(credentials.grant_holders, key, ()):
                return True
        return False

    def _candidates(self, session: AuthSession) -> list[Candidate]:
        """The candidates that the session still holds; none if they cannot be decrypted."""
        if session.sealed is None:
            return []
        try:
            secret = self._context.vault.open(session.sealed, session_row(session.id))
        except VaultError:
            return []
        return [Candidate.from_dict(item) for item in json.loads(secret)]
