"""Work on a claimed session: it ends in a named state, or is left for another process to resume.

A claim is a lease that is renewed while the work runs. Where the process dies the lease lapses,
and whoever finds it reclaims the session.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from openchannels.core import errors, ids
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import ServiceError, Unavailable
from openchannels.core.platform_errors import CATEGORY, FailureKind
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.context import Context
from openchannels.service.sealing import session_row
from openchannels.store.queries import sessions as store
from openchannels.store.vault.vault import VaultError

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
RENEW_AGAIN_SECONDS = 1.0
"""Until the next attempt after the store took no renewal."""
WORK_SECONDS = 120.0

log = structlog.get_logger()


class CallbackLeaseLost(Exception):
    """Another process has taken the session over; this one may write nothing more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed session, and the owner's id that each of our writes must match."""

    session: AuthSession
    owner: str


class Leases:
    """Claims of sessions, and the work that this process does under them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[str, asyncio.Task[None]] = {}
        """By session id."""

    async def claim(self, session: AuthSession, browser_hash: bytes | None) -> Lease | None:
        """Claim a pending session; None where another request was first."""
        owner, now = ids.new_object_id(), self._context.clock()
        until = now + LEASE_SECONDS
        if not await self._context.db.write(
            store.claim, session.id, owner, now, until, browser_hash
        ):
            return None
        return Lease(session, owner)

    async def reclaim(self, session_id: str) -> Lease | None:
        """Claim a session whose lease has lapsed; None where it has not.

        Also None where this process works on it, and for one lease after the store was away: nobody
        could renew a lease then, and its owner may hold the tokens in memory.
        """
        if session_id in self._running:
            return None
        if self._context.db.outages.seconds_since() < LEASE_SECONDS:
            return None
        owner, now = ids.new_object_id(), self._context.clock()
        until = now + LEASE_SECONDS
        if not await self._context.db.write(store.reclaim, session_id, owner, now, until):
            return None
        return Lease(await self.load(session_id), owner)

    async def load(self, session_id: str) -> AuthSession:
        """The session as it is stored now. Raises SESSION_NOT_FOUND."""
        session = await self._context.db.read(store.get_session, session_id)
        if session is None:
            raise errors.SESSION_NOT_FOUND()
        return session

    async def run(self, lease: Lease, work: Coroutine[Any, Any, None]) -> None:
        """Run the work to its end, even when the caller is cancelled meanwhile."""
        session_id = lease.session.id
        task = self._running[session_id] = asyncio.create_task(self._run(lease, work))
        task.add_done_callback(lambda _: self._running.pop(session_id))
        await asyncio.shield(task)

    async def _run(self, lease: Lease, work: Coroutine[Any, Any, None]) -> None:
        session = lease.session
        renewal = asyncio.create_task(self._renew(lease))
        try:
            async with asyncio.timeout(WORK_SECONDS):
                await work
        except CallbackLeaseLost:
            log.warning("another process took over a callback", session=session.id)
        except Unavailable:
            # The lease lapses, and whoever finds it resumes from the stored tokens.
            log.exception("a callback is left until the store is back", session=session.id)
        except ServiceError as error:
            await self._fail(lease, error)
        except Exception:
            log.exception("a callback failed", session=session.id, platform=session.platform)
            if not await self._resumable(session.id):
                await self._fail(lease, errors.AUTHORIZATION_INTERRUPTED())
        finally:
            renewal.cancel()

    async def _renew(self, lease: Lease) -> None:
        pause = RENEW_SECONDS
        while True:
            await asyncio.sleep(pause)
            until = self._context.clock() + LEASE_SECONDS
            try:
                await self._context.db.write(store.renew, lease.session.id, lease.owner, until)
                pause = RENEW_SECONDS
            except Exception:
                pause = min(RENEW_SECONDS, RENEW_AGAIN_SECONDS)

    async def _resumable(self, session_id: str) -> bool:
        """Whether to let the claim lapse, so that recovery resumes from the stored tokens.

        A fault of ours, such as a database that is away, must not cost tokens that reached us
        while the session has time left.
        """
        session = await self.load(session_id)
        return (
            self.stored_tokens(session) is not None and session.expires_at > self._context.clock()
        )

    async def _fail(self, lease: Lease, error: ServiceError) -> None:
        number, now = error.code.number, self._context.clock()
        # Only the operator can mend the app's setup.
        operators = error.data.get("category") == CATEGORY[FailureKind.MISCONFIGURED]
        note = log.error if operators else log.info
        note(
            "authorization failed",
            session=lease.session.id,
            platform=lease.session.platform,
            error_code=number,
            error=error.data.get("error"),
            cause=str(error.__cause__ or ""),
        )
        await self._context.db.write(
            store.fail, lease.session.id, lease.owner, number, error.data, now
        )
        self._context.metrics.count_connection(lease.session.platform, error.code.name)

    async def save_tokens(self, lease: Lease, tokens: Tokens) -> None:
        """Commit the sealed tokens, before anything else is done with them.

        Raises CallbackLeaseLost. While the store takes no writes they stay in memory, up to the
        end of the work's time.
        """
        session_id = lease.session.id
        sealed = self._context.vault.seal(tokens.to_json(), session_row(session_id))
        saved = await self._context.unwritten.write(
            f"session {session_id}",
            partial(self._context.db.write, store.store_answer, session_id, lease.owner, sealed),
        )
        if not saved:
            raise CallbackLeaseLost

    def stored_tokens(self, session: AuthSession) -> Tokens | None:
        """The tokens saved for a claimed session; None where none can be read."""
        if session.stage is not SessionStage.CLAIMED or session.sealed is None:
            return None
        with contextlib.suppress(VaultError):
            return read_tokens(self._context.vault.open(session.sealed, session_row(session.id)))
        return None

    async def drain(self) -> None:
        """Wait for work in flight, before the process stops."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)


def read_tokens(secret: bytes) -> Tokens | None:
    """The saved tokens; None while the session still holds only its PKCE verifier."""
    try:
        return Tokens.from_json(secret)
    except (ValueError, TypeError, AttributeError):
        return None
