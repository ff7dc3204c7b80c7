"""Requests under an idempotency key: the first one acts, and repeats get its answer."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog

from openchannels.core import errors, ids
from openchannels.core.exceptions import Issue, Unavailable
from openchannels.core.idempotency import (
    HEADER,
    LEASE_SECONDS,
    WAIT_SECONDS,
    KeyedRequest,
)
from openchannels.service.context import Context
from openchannels.service.sealing import idempotency_row
from openchannels.store.queries import idempotency as store
from openchannels.store.queries.leases import is_over

POLL_SECONDS = 0.05
ANOTHER_REQUEST = "was sent with another request before"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """An encoded answer. `is_final`: repeats get it too. `is_replayed`: it was given before."""

    body: bytes
    is_final: bool = True
    is_replayed: bool = False


Act = Callable[[], Awaitable[Reply]]


class IdempotentRequests:
    """Runs requests under keys, each once for all processes of the installation."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, request: KeyedRequest, act: Act) -> Reply:
        """Returns the reply of `act`, or the final one that it gave to the same request before.

        Waits for one that still runs. What `act` raises is not kept. Raises VALIDATION_FAILED if
        another request had the key, REQUEST_IN_PROGRESS if the wait was too long, and Unavailable.
        """
        owner = ids.new_object_id()
        has_waited_enough = self._waiting()
        while True:
            now = self._context.clock()
            row = await self._context.db.read(store.get, request.id, now)
            if row is not None and row.request_hash != request.digest:
                raise errors.validation_failed([Issue(HEADER, ANOTHER_REQUEST)])
            if row is not None and row.sealed is not None:
                body = self._context.vault.open(row.sealed, idempotency_row(request.id))
                return Reply(body, is_replayed=True)
            if row is None or is_over(row.lease_until, now, LEASE_SECONDS):
                if await self._context.db.write(store.claim, request, owner, now):
                    return await self._act(request.id, owner, act)
            elif has_waited_enough():
                raise errors.request_in_progress()
            else:
                await asyncio.sleep(POLL_SECONDS)

    def _waiting(self) -> Callable[[], bool]:
        """Returns a function that says whether the longest wait has passed since now."""
        # By both clocks, because the one of the context may be set back meanwhile.
        began, started = self._context.clock(), time.monotonic()
        return lambda: (
            max(self._context.clock() - began, time.monotonic() - started) >= WAIT_SECONDS
        )

    async def _act(self, request_id: str, owner: str, act: Act) -> Reply:
        async with self._renewed(request_id, owner):
            try:
                reply = await act()
            except Exception:
                await self._free(request_id, owner)
                raise
            if reply.is_final:
                await self._keep(request_id, owner, reply.body)
            else:
                await self._free(request_id, owner)
        return reply

    @contextlib.asynccontextmanager
    async def _renewed(self, request_id: str, owner: str) -> AsyncIterator[None]:
        """Renews the lease for as long as the request takes."""
        renewing = asyncio.create_task(self._renew(request_id, owner))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, request_id: str, owner: str) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(Unavailable):
                await self._context.db.write(store.renew, request_id, owner, self._context.clock())

    async def _keep(self, request_id: str, owner: str, body: bytes) -> None:
        """Stores an answer. The caller gets it also where that fails: the request has acted."""
        sealed = self._context.vault.seal(body, idempotency_row(request_id))
        try:
            is_kept = await self._context.db.write(store.keep, request_id, owner, sealed)
        except Unavailable:
            is_kept = False
        if not is_kept:
            log.warning("the answer to a request with an idempotency key could not be kept")

    async def _free(self, request_id: str, owner: str) -> None:
        # Where the store is away the lease lapses.
        with contextlib.suppress(Unavailable):
            await self._context.db.write(store.free, request_id, owner)
