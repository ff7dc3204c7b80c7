"""What processes tell each other of limits, by way of the database.

No call and no request waits for it. A process tells at once of an empty bucket and of a circuit
breaker that opens, and of requests in parts of a minute's budget; it asks for what others have told
twice a second. While the database is away each goes on with what it knows, and with its share of
the budgets of requests.
"""

import asyncio
import contextlib

import structlog

from openchannels.core import ids
from openchannels.core.exceptions import Moving, Unavailable
from openchannels.core.limit_exchange import LimitExchange, Note
from openchannels.core.rate_limits import InboundLimits
from openchannels.store.database import AnyRow, Database
from openchannels.store.queries import shared_limits as store

ASK_SECONDS = 0.5
TELL_SECONDS = 0.05
"""Pause before telling, so that what happens together is one write."""
OVERLAP_SECONDS = 5.0
"""How far back is asked again: a transaction may be seen later than its time."""
PRESENT_SECONDS = 30.0
"""For how long a process counts as present after it has told so."""
LONGEST_SECONDS = 32 * 86_400.0
"""How far back is asked at the start: no limit is believed for longer."""
INBOUND, PROCESS = "inbound/", "process/"

log = structlog.get_logger()


class SharedLimits:
    """Tells the other processes what this one has learnt of limits, and learns from them."""

    def __init__(self, db: Database, exchange: LimitExchange, inbound: InboundLimits) -> None:
        self._db = db
        self._exchange = exchange
        self._inbound = inbound
        self._id = ids.new_object_id()
        self._heard_at: float | None = None
        """When the others were last heard, by the event loop's clock."""
        self._seen: dict[str, float] = {}
        """When the rows that were read last were noted, by the database's clock."""
        self._present: dict[str, float] = {}
        """Until when other processes are present, by the event loop's clock."""
        self._told_presence = float("-inf")

    async def run(self) -> None:
        """Tells and asks until it is cancelled."""
        alone = False
        while True:
            try:
                await self.sync()
            except Moving:
                # This store is closing; nothing is told any more.
                log.debug("limits are not shared during the move")
            except Unavailable as away:
                if not alone:
                    log.warning("limits are not shared while the database is away", error=str(away))
                alone = True
                self._inbound.share(1 + self._others())
            except Exception:
                log.exception("limits could not be shared")
            else:
                if alone:
                    log.info("limits are shared again")
                    self._inbound.share(1)
                alone = False
            with contextlib.suppress(TimeoutError):
                # While the database is away there is always something to tell.
                news = asyncio.Event() if alone else self._exchange.news
                await asyncio.wait_for(news.wait(), ASK_SECONDS)
                await asyncio.sleep(TELL_SECONDS)

    async def sync(self) -> None:
        """Tells and asks once. Raises Unavailable; what could not be told is told later."""
        await self._tell()
        now, before = asyncio.get_running_loop().time(), self._heard_at
        within = LONGEST_SECONDS if before is None else now - before + OVERLAP_SECONDS
        rows = await self._db.read(store.changed, within)
        for row in rows:
            # At the start nothing is known that may have ended.
            if self._seen.get(row.name) != row.noted_at and (row.seconds > 0 or before is not None):
                self._hear(row)
        self._heard_at, self._seen = now, {row.name: row.noted_at for row in rows}

    async def _tell(self) -> None:
        notes, used = self._exchange.take(), self._inbound.take_used()
        now = asyncio.get_running_loop().time()
        presence: list[Note] = []
        if now - self._told_presence > PRESENT_SECONDS / 2:
            presence.append(Note(PROCESS + self._id, PRESENT_SECONDS, ""))
        if not (notes or used or presence):
            return
        spent = {INBOUND + key: seconds for key, seconds in used.items()}
        try:
            await self._db.write(store.share, [*notes, *presence], spent, self._id)
        except BaseException:
            self._exchange.restore(notes)
            self._inbound.restore_used(used)
            raise
        if presence:
            self._told_presence = now

    def _hear(self, row: AnyRow) -> None:
        if row.name.startswith(INBOUND):
            self._inbound.adopt(row.name.removeprefix(INBOUND), max(0.0, row.seconds))
        elif row.noted_by == self._id:
            return
        elif row.name.startswith(PROCESS):
            self._present[row.name] = asyncio.get_running_loop().time() + row.seconds
        else:
            self._exchange.hear(Note(row.name, row.seconds, row.detail))

    def _others(self) -> int:
        """How many other processes were present when the database was last heard."""
        now = asyncio.get_running_loop().time()
        self._present = {
            name: until for name, until in self._present.items() if until > now - PRESENT_SECONDS
        }
        return len(self._present)
