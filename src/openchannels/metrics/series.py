"""Counters and histograms as plain numbers, which prometheus_client renders at a scrape.

Its own objects lock, search their buckets one by one and take 64 ms to import: two of them and
two histograms of the store would cost a poll 7 us. These are used on the event loop alone.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from openchannels.metrics.cells import Cells, Key, Values
from openchannels.metrics.declared import Metric

Label = Callable[[object], str]
"""Returns the value of a label for what was reported."""
Reported = tuple[object, ...]
Cell = TypeVar("Cell", "Count", "Durations")


class Count:
    """One series of a counter."""

    __slots__ = ("_values",)

    def __init__(self, values: Values) -> None:
        self._values = values

    def add(self, more: int = 1) -> None:
        self._values[0] += more


class Durations:
    """One series of a histogram: the counts of its buckets, then the sum in seconds."""

    __slots__ = ("_bounds", "_values")

    def __init__(self, values: Values, bounds: tuple[float, ...]) -> None:
        self._values = values
        self._bounds = bounds

    def observe(self, seconds: float) -> None:
        values = self._values
        values[bisect_left(self._bounds, seconds)] += 1
        values[-1] += seconds


def buckets(metric: Metric, values: Sequence[float]) -> list[tuple[str, float]]:
    """Returns the upper bounds as Prometheus writes them, with the counts up to them."""
    names = [*map(str, metric.buckets), "+Inf"]
    return list(zip(names, accumulate(values[:-1]), strict=True))


class Series(Generic[Cell]):
    """All series of one metric that this process counts, by the values of their labels."""

    def __init__(
        self, metric: Metric, labels: tuple[Label, ...], new: Callable[[tuple[str, ...]], Cell]
    ) -> None:
        assert len(labels) == len(metric.labels)
        self.metric = metric
        self._labels = labels
        self._new: Callable[[tuple[str, ...]], Cell] = new
        self._cells: dict[tuple[str, ...], Cell] = {}
        self._found: dict[Reported, Cell] = {}

    def cell(self, values: Reported) -> Cell:
        """Returns the series of what was reported; made at its first use."""
        return self._found.get(values) or self._find(values)

    def _find(self, values: Reported) -> Cell:
        named = tuple(label(value) for label, value in zip(self._labels, values, strict=True))
        cell = self._cells.get(named)
        if cell is None:
            cell = self._cells[named] = self._new(named)
        # What was replaced is not kept: there is no end to it.
        if named == tuple(map(str, values)):
            self._found[values] = cell
        return cell


def counter(cells: Cells, metric: Metric, *labels: Label) -> Series[Count]:
    return Series(metric, labels, lambda named: Count(cells.new(Key(metric.name, named), 1)))


def histogram(cells: Cells, metric: Metric, *labels: Label) -> Series[Durations]:
    size = len(metric.buckets) + 2

    def new(named: tuple[str, ...]) -> Durations:
        return Durations(cells.new(Key(metric.name, named), size), metric.buckets)

    return Series(metric, labels, new)
