"""Writes what a platform gives only once, however long the store takes no writes.

A code is redeemed once and a refresh token may rotate: an answer that is lost costs the person a
new authorization. It stays in memory, and the write is repeated until it succeeds or the caller is
cancelled at the deadline of its work.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from openchannels.core.exceptions import ServiceError, Unavailable

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Between attempts, in seconds."""

log = structlog.get_logger()


class Unwritten:
    """What this process holds in memory only, because the database takes no writes."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._held.total()

    async def write(
        self,
        what: str,
        write: Callable[[], Awaitable[T]],
        between: Callable[[], Awaitable[object]] | None = None,
        *,
        after: type[Exception] = Exception,
    ) -> T:
        """Returns what `write` returns, at the first attempt that succeeds.

        The write is tried again after the errors `after`, but not after a ServiceError other than
        Unavailable. `between` runs before each further attempt and may not raise. `what` names the
        rows in the log.
        """
        pause, held = FIRST_PAUSE, False
        try:
            while True:
                try:
                    result = await write()
                    break
                except after as error:
                    if isinstance(error, ServiceError) and not isinstance(error, Unavailable):
                        raise
                    # The first with its stack; the others would only repeat it.
                    log.error("tokens could not be stored yet", of=what, exc_info=not held)
                    self._held[what] += not held
                    held = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                if between is not None:
                    await between()
        except asyncio.CancelledError:
            log.critical("tokens are lost: they could not be stored in time", of=what)
            raise
        finally:
            self._held[what] -= held
            self._held += Counter()
        if held:
            log.warning("tokens are stored after all", of=what)
        return result
