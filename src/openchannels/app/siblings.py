"""What the processes of one service know of each other, and show as one."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from openchannels.metrics.cells import Reading, SharedCells
from openchannels.metrics.declared import Metric
from openchannels.server.acceptor import SharedSocket
from openchannels.server.board import Board

if TYPE_CHECKING:
    from openchannels.metrics.exposition import Gauges
    from openchannels.service.admin.readiness import BackgroundWork

TELL_SECONDS = 1.0


def process_name(number: int) -> str:
    """Returns what logs call a serving process: they count from 1."""
    return str(number + 1)


class Siblings:
    """The other processes of a service, as one that serves sees them."""

    def __init__(self, board: Board, number: int) -> None:
        """`number` is that of this process, from 0; the last row is the supervisor's."""
        self._own = board.rows[number]
        self._serving = [row for row in board.rows[:-1] if row is not self._own]
        self._supervisor = board.rows[-1]
        self.cells = SharedCells(self._own.cells, [*self._serving, self._supervisor])
        self.socket = SharedSocket(self._own, self._serving)

    @property
    def count(self) -> int:
        """Number of processes that serve, this one included."""
        return 1 + sum(row.alive for row in self._serving)

    def process_ids(self) -> list[int]:
        """Returns the ids of all processes that run, the supervising one included."""
        rows = (self._own, *self._serving, self._supervisor)
        return [row.pid for row in rows if row.alive]

    def background(self, own: "Callable[[], BackgroundWork | None]") -> "BackgroundWork":
        """Returns the background work of all processes; `own` gives that of this one."""
        return _AnyBackground(self, own)

    def problem(self, own: "BackgroundWork | None") -> str | None:
        """Returns what keeps one of the processes from background work; None without any."""
        problems = [own.problem] if own else []
        problems += [row.problem for row in self._serving if row.alive]
        return next(filter(None, problems), None)

    def together(self, gauges: "Gauges") -> "Gauges":
        """Returns gauges of this process put together with those of the others."""
        return {metric: self._together(metric, reading) for metric, reading in gauges.items()}

    def _together(self, metric: Metric, own: Reading) -> Reading:
        readings = [own, *self.cells.gauges(metric.name)]
        combine = sum if metric.across == "sum" else max
        labels = {key for reading in readings for key in reading}
        return {key: combine([reading.get(key, 0) for reading in readings]) for key in labels}

    async def tell(
        self, own: "Callable[[], BackgroundWork | None]", gauges: "Callable[[], Gauges]"
    ) -> None:
        """Tells the others of this process each second, until it is cancelled."""
        while True:
            background = own()
            self._own.beat(background.problem if background else None)
            for metric, reading in gauges().items():
                self.cells.set_gauge(metric.name, reading)
            await asyncio.sleep(TELL_SECONDS)


class _AnyBackground:
    """The background work of a service, whichever of its processes does it."""

    def __init__(self, siblings: Siblings, own: "Callable[[], BackgroundWork | None]") -> None:
        self._siblings = siblings
        self._own = own

    @property
    def problem(self) -> str | None:
        return self._siblings.problem(self._own())
