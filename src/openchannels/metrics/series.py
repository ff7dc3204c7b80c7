"""Counters and histograms as plain numbers, which prometheus_client renders at a scrape.

Its own objects lock, search their buckets one by one and take 64 ms to import: two of them and
two histograms of the store would cost a poll 7 us. These are used on the event loop alone.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Generic, TypeVar

from openchannels.metrics.declared import Metric

Label = Callable[[object], str]
"""Returns the value of a label for what was reported."""
Values = tuple[object, ...]
Cell = TypeVar("Cell", "Count", "Durations")


class Count:
    """One series of a counter."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0


class Durations:
    """One series of a histogram."""

    __slots__ = ("bounds", "counts", "seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Returns the upper bounds as Prometheus writes them, with the counts up to them."""
        names = [*map(str, self.bounds), "+Inf"]
        return list(zip(names, map(float, accumulate(self.counts)), strict=True))


class Series(Generic[Cell]):
    """All series of one metric, by the values of their labels."""

    _new: Callable[[], Cell]

    def __init__(self, metric: Metric, labels: tuple[Label, ...], new: Callable[[], Cell]) -> None:
        assert len(labels) == len(metric.labels)
        self.metric = metric
        self._labels = labels
        self._new = new
        self._cells: dict[tuple[str, ...], Cell] = {}
        self._found: dict[Values, Cell] = {}

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], Cell]]:
        return iter(self._cells.items())

    def cell(self, values: Values) -> Cell:
        """Returns the series of what was reported; made at its first use."""
        return self._found.get(values) or self._find(values)

    def _find(self, values: Values) -> Cell:
        named = tuple(label(value) for label, value in zip(self._labels, values, strict=True))
        cell = self._cells.get(named)
        if cell is None:
            cell = self._cells[named] = self._new()
        # What was replaced is not kept: there is no end to it.
        if named == tuple(map(str, values)):
            self._found[values] = cell
        return cell


def counter(metric: Metric, *labels: Label) -> Series[Count]:
    return Series(metric, labels, Count)


def histogram(metric: Metric, *labels: Label) -> Series[Durations]:
    return Series(metric, labels, lambda: Durations(metric.buckets))
