"""Asking platforms now and then whether a credential that nobody uses still works.

An account that is offline because a call was refused is asked about for some days, ever more
seldom: platforms err, and then it comes back by itself.
"""

import asyncio
from collections.abc import Sequence

from openchannels.core.errors import AuthorizationError
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
"""How long after its end an account is asked about."""


class ProbeDue:
    """The task that proves credentials."""

    name = "probe"
    every = 15.0
    at_once = 4

    def __init__(self, context: Context, credentials: Credentials) -> None:
        self._context = context
        self._care = DueCredentials(context, "probe_at")
        self._credentials = credentials

    async def take(self, batches: int) -> Sequence[Sequence[str]]:
        return await self._care.take(batches)

    async def run(self, ids: Sequence[str]) -> None:
        await self._care.each(ids, self._probe)

    async def _probe(self, live: OpenCredential, online: bool) -> None:
        if not online:
            await self._second_look(live)
            return
        moment = self._due(live, live.checked_at)
        if moment is None or moment > self._context.clock():
            # It was used meanwhile, which proves it as well.
            await self._care.plan(live, moment)
            return
        try:
            live, _ = await self._credentials.use(live, self._ask)
        except AuthorizationError as error:
            if not self._ends(error):
                raise
            return
        await self._proved(live)

    def _ends(self, error: AuthorizationError) -> bool:
        """Whether the account is offline now; a token refused twice says nothing for certain."""
        return error.code.number != 15010

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

    async def _proved(self, live: OpenCredential) -> None:
        now = self._context.clock()
        values = {"checked_at": now, "probe_at": self._due(live, now), "failures": 0}
        await self._context.db.write(due_times.reschedule, live.account.id, live.version, values)

    async def _second_look(self, live: OpenCredential) -> None:
        """Ask about an account that is offline; it is put off by its age, whatever fails."""
        row = await self._context.db.read(accounts.status_row, live.account.id)
        now = self._context.clock()
        age = now - (row.reason_since or 0.0) if row is not None else GIVEN_UP_SECONDS
        if age >= GIVEN_UP_SECONDS or self._due(live, now) is None:
            await self._care.plan(live, None)
            return
        try:
            await self._ask(live)
        except PlatformFailure:
            await self._care.plan(live, now + min(max(age, SECOND_LOOK_SECONDS), schedule.DAY))
        else:
            await self._context.db.write(self._recover, live)

    def _recover(self, connection: Connection, live: OpenCredential) -> None:
        now = self._context.clock()
        clocks = schedule.lifetime_columns(
            live.connector, live.account.id, live.tokens, live.came_at
        )
        values = {**clocks, "updated_at": live.came_at, "checked_at": now}
        values["probe_at"] = self._due(live, now)
        if due_times.reschedule(connection, live.account.id, live.version, values):
            self._credentials.account_health.recover(connection, live.account)
