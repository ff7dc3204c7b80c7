"""Probes: checks whether an unused credential still works.

An account that is offline because a call was refused is probed some times, less and less often: if
the platform was wrong, or its owner passes the platform's check, the account recovers.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from openchannels.core import errors
from openchannels.core.credentials import Reason
from openchannels.core.exceptions import AuthorizationError, PlatformError
from openchannels.core.platform_errors import (
    ACCOUNT_HELD_BACK,
    ACCOUNT_REFUSED,
    Failure,
    FailureKind,
    PlatformFailure,
)
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.health import SECOND_LOOK_SECONDS
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.tasks.due_credentials import DueCredentials
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, due_times

PROBE_SECONDS = 20.0
MOST_PROBES = 11
"""Refusals after which an offline account is left alone, after about a week. They are counted: a
wrong clock must not end them."""
PROBES = {Reason.VERIFICATION_REQUIRED: 64}
"""The same by reason: the owner of an account may take two months to pass a check."""


class ProbeDue:
    """Verifies unused credentials."""

    name = "probe"
    every = 15.0
    at_once = 4

    def __init__(self, context: Context, credentials: Credentials) -> None:
        self._context = context
        self._due_batches = DueCredentials(context, schedule.PROBE)
        self._credentials = credentials

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        return await self._due_batches.claim(batches)

    async def run(self, ids: Sequence[str]) -> None:
        await self._due_batches.for_each(ids, self._probe)

    async def _probe(self, live: OpenCredential, online: bool) -> None:
        if not online:
            await self._probe_offline(live)
            return
        now = self._context.clock()
        moment = self._due(live, min(live.checked_at, now))
        if live.refused_since is None and (moment is None or moment > now):
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
        """Make the probe's call, or read the accounts where the platform has no cheaper one."""
        account, auth = live.account, live.connector.auth
        client = self._context.platforms.client(live.connector, account.user_id, account.id)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                if auth.probe_every is not None:
                    await auth.probe(client, account, live.tokens)
                else:
                    await live.connector.accounts.candidates(client, live.tokens)
        except TimeoutError:
            reading = Failure(FailureKind.UNAVAILABLE)
            raise PlatformFailure(
                live.connector.id, "auth.probe", reading, category="timeout"
            ) from None

    async def _verified(self, live: OpenCredential) -> None:
        now = self._context.clock()
        values = {"checked_at": now, **self._calm(live, now)}
        await self._context.db.write(due_times.reschedule, live.account.id, live.version, values)

    def _calm(self, live: OpenCredential, now: float) -> dict[str, Any]:
        """The columns of a credential that has just been accepted."""
        due = {"probe_at": self._due(live, now), schedule.PROBE.hold: None}
        return {**due, "failures": 0, "refused_since": None}

    async def _probe_offline(self, live: OpenCredential) -> None:
        """Probe an offline account; after a refusal again, less often after each."""
        row = await self._context.db.read(accounts.status_row, live.account.id)
        reason = Reason(row.reason) if row is not None and row.reason else Reason.GRANT_DEAD
        if live.failures >= PROBES.get(reason, MOST_PROBES):
            await self._due_batches.set_due(live, None)
            return
        failures = live.failures
        try:
            live = await self._with_valid_token(live)
            await self._ask(live)
        except (PlatformFailure, PlatformError, AuthorizationError) as error:
            await self._still_offline(live, failures, reason, error)
        else:
            await self._context.db.write(self._recover, live)

    async def _with_valid_token(self, live: OpenCredential) -> OpenCredential:
        now, end = self._context.clock(), live.tokens.expires_at
        if end is None or end > now or not live.connector.auth.refreshable(live.tokens, now):
            return live
        return await self._credentials.refreshing.refresh(live, needed=True)

    async def _still_offline(
        self, live: OpenCredential, failures: int, reason: Reason, error: Exception
    ) -> None:
        """Plan the next probe, and note where the platform names another reason by now."""
        failure = error if isinstance(error, PlatformFailure) else error.__cause__
        kind = failure.kind if isinstance(failure, PlatformFailure) else None
        if isinstance(failure, PlatformFailure) and kind in ACCOUNT_REFUSED:
            await self._credentials.account_health.change_reason(live, failure, reason)
        if kind not in ACCOUNT_HELD_BACK and _refresh_refused(error):
            # The token endpoint's word is final.
            await self._due_batches.set_due(live, None)
            return
        if kind in ACCOUNT_REFUSED or kind is FailureKind.TOKEN_EXPIRED:
            failures += 1
        pause = min(SECOND_LOOK_SECONDS * 2.0 ** min(failures, 10), schedule.DAY)
        again = self._context.clock() + pause
        values = {"probe_at": again, schedule.PROBE.hold: None, "failures": failures}
        await self._context.db.write(due_times.reschedule, live.account.id, live.version, values)

    def _recover(self, connection: Connection, live: OpenCredential) -> None:
        now = self._context.clock()
        lifetimes = schedule.lifetime_columns(
            live.connector, live.account.id, live.tokens, live.came_at
        )
        values = {**lifetimes, "checked_at": now, **self._calm(live, now)}
        if due_times.reschedule(connection, live.account.id, live.version, values):
            self._credentials.account_health.mark_recovered_within(connection, live.account)


def _refresh_refused(error: Exception) -> bool:
    return isinstance(error, AuthorizationError) and error.code is errors.REFRESH_FAILED
