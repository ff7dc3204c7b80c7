"""Memory, processor time and open files of several processes, added up."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from openchannels.metrics.cells import Cells, Key

if TYPE_CHECKING:
    from prometheus_client import Metric as Family

ENDED_CPU = Key("process_cpu_seconds_total", ())
"""Processor time of the processes that have ended; without it the sum would fall at each end."""
LEAST = ("process_start_time_seconds", "process_max_fds")
"""Figures of which the least says most; all others are added up."""


class SumOfProcesses:
    """The figures of `process_ids`, under the names that prometheus_client gives those of one."""

    def __init__(self, process_ids: Callable[[], Sequence[int]], cells: Cells) -> None:
        self._process_ids = process_ids
        self._cells = cells

    def describe(self) -> Iterable["Family"]:
        """Returns nothing: the registry would collect at once to learn the names."""
        return ()

    def collect(self) -> Iterator["Family"]:
        """Yields the figures; nothing on systems without /proc. Called by prometheus_client."""
        found: dict[str, list[Family]] = {}
        for process_id in self._process_ids():
            for family in _figures(process_id):
                found.setdefault(family.name, []).append(family)
        for families in found.values():
            yield self._together(families)

    def _together(self, families: "Sequence[Family]") -> "Family":
        first = families[0]
        (sample,) = first.samples
        values = [family.samples[0].value for family in families]
        total = min(values) if sample.name in LEAST else sum(values)
        if sample.name == ENDED_CPU.metric:
            total += sum(self._cells.totals().get(ENDED_CPU.metric, {}).get((), ()))
        first.samples = [sample._replace(value=total)]
        return first


def _figures(process_id: int) -> "Iterable[Family]":
    from prometheus_client import CollectorRegistry, ProcessCollector

    return ProcessCollector(pid=lambda: process_id, registry=CollectorRegistry()).collect()
