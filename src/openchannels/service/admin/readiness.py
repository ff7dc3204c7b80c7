"""Whether this process can work: the store answers and takes writes, background work runs."""

import asyncio
from typing import Protocol

import structlog

from openchannels.core.clock import iso
from openchannels.service.context import Context
from openchannels.store.queries import metadata, moving

ANSWER_SECONDS = 2.0
"""How long one answer may take, whatever is away."""
FRESH_SECONDS = 1.0
"""How long the result of a check is used: callers without a key must not cause many writes."""

log = structlog.get_logger()


class BackgroundWork(Protocol):
    """The background work of a process."""

    @property
    def problem(self) -> str | None:
        """The name of the error for which nothing runs; None while it runs or is starting."""


class Readiness:
    """Checks the store and the background work of this process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._check: asyncio.Task[str | None] | None = None
        self._checked_at = float("-inf")
        self.moving = False
        """Whether the store was moving to another installation at the last check."""
        self.background: BackgroundWork | None = None
        """None where this process does no background work."""

    async def problems(self) -> dict[str, str]:
        """Returns what keeps this process from its work; empty while nothing does.

        Keys are `database` and `background`, values are names of errors, which hold no secret.
        """
        database = await self._database()
        background = None if self.background is None else self.background.problem
        found = {"database": database, "background": background}
        return {part: problem for part, problem in found.items() if problem is not None}

    async def _database(self) -> str | None:
        """One check at a time: callers share it, and one that hangs is not repeated."""
        now = asyncio.get_running_loop().time
        stale = now() - self._checked_at > FRESH_SECONDS
        if self._check is None or (self._check.done() and stale):
            self._check, self._checked_at = asyncio.create_task(self._read_and_write()), now()
        check = self._check
        await asyncio.wait({check}, timeout=ANSWER_SECONDS)
        return check.result() if check.done() else TimeoutError.__name__

    async def _read_and_write(self) -> str | None:
        db = self._context.db
        try:
            move = await db.read(moving.current)
            self.moving = move is not None
            if move is None:
                await db.write(metadata.check_write, iso(self._context.clock()))
        except Exception as error:
            log.warning(
                "the database is not ready",
                database=db.outages.address,
                cause=str(error.__cause__ or error),
            )
            return type(error.__cause__ or error).__name__
        return None
