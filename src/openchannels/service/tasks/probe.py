"""Probes: checks whether an unused credential still works.

An account that is offline because a call was refused is probed for some days, less and less often:
if the platform was wrong, the account recovers.
"""

import asyncio
from collections.abc import Sequence

from openchannels.core import errors
from openchannels.core.exceptions import AuthorizationError
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.health import SECOND_LOOK_SECONDS
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.tasks.due_credentials import DueCredentials
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, due_times

PROBE_SECONDS = 20.0
GIVEN_UP_SECONDS = 7 * schedule.DAY
"""How long an offline account is probed."""


class ProbeDue:
    """Verifies unused credentials."""

    name = "probe"
    every = 15.0
    at_once = 4

    def __init__(self, context: Context, credentials: Credentials) -> None:
        self._context = context
        self._due_batches = DueCredentials(context, "probe_at")
        self._credentials = credentials

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        return await self._due_batches.claim(batches)

    async def run(self, ids: Sequence[str]) -> None:
        await self._due_batches.for_each(ids, self._probe)

    async def _probe(self, live: OpenCredential, online: bool) -> None:
        if not online:
            await self._probe_offline(live)
            return
        moment = self._due(live, live.checked_at)
        if moment is None or moment > self._context.clock():
            # It was used meanwhile, which verifies it as well.
            await self._due_batches.set_due(live, moment)
            return
        try:
            live, _ = await self._credentials.use(live, self._ask)
        except AuthorizationError as error:
            if not self._ends(error):
                raise
            return
        await self._verified(live)

    def _ends(self, error: AuthorizationError) -> bool:
        """Whether the account is offline now; a token refused twice is not conclusive."""
        return error.code is not errors.ACCESS_TOKEN_FAILED

    def _due(self, live: OpenCredential, verified_at: float) -> float | None:
        return schedule.probe_due(live.connector, live.account.id, live.tokens, verified_at)

    async def _ask(self, live: OpenCredential) -> None:
        account = live.account
        client = self._context.platforms.client(live.connector, account.user_id, account.id)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await live.connector.auth.probe(client, account, live.tokens)
        except TimeoutError:
            reading = Failure(FailureKind.UNAVAILABLE)
            raise PlatformFailure(
                live.connector.id, "auth.probe", reading, category="timeout"
            ) from None

    async def _verified(self, live: OpenCredential) -> None:
        now = self._context.clock()
        values = {"checked_at": now, "probe_at": self._due(live, now), "failures": 0}
        await self._context.db.write(due_times.reschedule, live.account.id, live.version, values)

    async def _probe_offline(self, live: OpenCredential) -> None:
        """Probe an offline account; after a failure again, less often the longer it is offline."""
        row = await self._context.db.read(accounts.status_row, live.account.id)
        now = self._context.clock()
        age = now - (row.reason_since or 0.0) if row is not None else GIVEN_UP_SECONDS
        if age >= GIVEN_UP_SECONDS or self._due(live, now) is None:
            await self._due_batches.set_due(live, None)
            return
        try:
            await self._ask(live)
        except PlatformFailure:
            await self._due_batches.set_due(
                live, now + min(max(age, SECOND_LOOK_SECONDS), schedule.DAY)
            )
        else:
            await self._context.db.write(self._recover, live)

    def _recover(self, connection: Connection, live: OpenCredential) -> None:
        now = self._context.clock()
        lifetimes = schedule.lifetime_columns(
            live.connector, live.account.id, live.tokens, live.came_at
        )
        values = {**lifetimes, "updated_at": live.came_at, "checked_at": now}
        values["probe_at"] = self._due(live, now)
        if due_times.reschedule(connection, live.account.id, live.version, values):
            self._credentials.account_health.mark_recovered_within(connection, live.account)
