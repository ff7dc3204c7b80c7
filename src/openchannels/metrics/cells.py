"""The numbers of counters and histograms: in memory of one process, or shared by several.

Shared, each process writes to memory of its own, and whoever is asked adds them up. Memory outlives
the process that wrote it, so a replacement finds its predecessor's numbers and goes on from them.

Layout of a process's memory, all in 8 bytes: the bytes used, then for each series the length of its
key and the number of its values as two 32-bit numbers, the key, and the values as doubles.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol


class Values(Protocol):
    """Numbers of a series that can be changed."""

    def __getitem__(self, index: int, /) -> float: ...

    def __setitem__(self, index: int, value: float, /) -> None: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[float]: ...


class Key(NamedTuple):
    """A series: the name of its metric and the values of its labels."""

    metric: str
    labels: tuple[str, ...]


Reading = Mapping[tuple[str, ...], float]
"""The values of a gauge by the values of its labels."""
Totals = Mapping[str, Mapping[tuple[str, ...], Sequence[float]]]
"""Values by the labels of their series, by the name of the metric."""
_USED = struct.Struct("=Q")
_HEAD = struct.Struct("=II")
_DOUBLE = 8


class Neighbour(Protocol):
    """Another process of the service: the memory that it writes, and whether it runs."""

    @property
    def cells(self) -> memoryview: ...

    @property
    def alive(self) -> bool: ...


class Cells(Protocol):
    """The numbers of all series of a service."""

    def new(self, key: Key, size: int) -> Values:
        """Returns the numbers that this process counts a series by; 0 at its first use."""

    def totals(self) -> Totals:
        """Returns the numbers of all series, over all processes."""


class OwnCells(Cells):
    """The numbers of a process that shares none."""

    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[str, ...], array[float]]] = {}

    def new(self, key: Key, size: int) -> Values:
        values = array("d", bytes(size * _DOUBLE))
        self._values.setdefault(key.metric, {})[key.labels] = values
        return values

    def totals(self) -> Totals:
        return self._values


class SharedCells(Cells):
    """The numbers of one of several processes.

    Where its memory is full, further series are counted, but not shown.
    """

    def __init__(self, own: memoryview, others: Sequence[Neighbour]) -> None:
        """`own` is the memory that this process writes."""
        self._own = own
        self._others = others
        self._found = dict(_series(own))

    def new(self, key: Key, size: int) -> Values:
        found = self._found.get(key)
        if found is not None and len(found) == size:
            return found
        values = self._found[key] = self._append(key, size)
        return values

    def _append(self, key: Key, size: int) -> Values:
        name = _padded(json.dumps(key).encode())
        at = _used(self._own)
        begin = at + _HEAD.size + len(name)
        end = begin + size * _DOUBLE
        if end > len(self._own):
            return array("d", bytes(size * _DOUBLE))
        _HEAD.pack_into(self._own, at, len(name), size)
        self._own[at + _HEAD.size : begin] = name
        # Last, so that no reader, and no replacement, finds half a series.
        _USED.pack_into(self._own, 0, end)
        return self._own[begin:end].cast("d")

    def totals(self) -> Totals:
        totals: dict[str, dict[tuple[str, ...], Sequence[float]]] = {}
        for memory in (self._own, *(other.cells for other in self._others)):
            for key, values in _series(memory):
                series = totals.setdefault(key.metric, {})
                before = series.get(key.labels)
                both = zip(before, values, strict=True) if before else ((v, 0.0) for v in values)
                series[key.labels] = [one + other for one, other in both]
        return totals

    def set_gauge(self, metric: str, reading: Reading) -> None:
        """Shows the others the values of a gauge in this process."""
        gone = {key.labels: 0.0 for key in self._found if key.metric == metric}
        for labels, value in {**gone, **reading}.items():
            self.new(Key(metric, labels), 1)[0] = value

    def gauges(self, metric: str) -> list[Reading]:
        """Returns the values of a gauge in each other process that runs."""
        return [
            {key.labels: values[0] for key, values in _series(other.cells) if key.metric == metric}
            for other in self._others
            if other.alive
        ]


def _used(memory: memoryview) -> int:
    return int(_USED.unpack_from(memory)[0]) or _USED.size


def _padded(name: bytes) -> bytes:
    return name + b" " * (-len(name) % _DOUBLE)


def _series(memory: memoryview) -> Iterator[tuple[Key, Values]]:
    at, used = _USED.size, _used(memory)
    while at < used:
        length, size = _HEAD.unpack_from(memory, at)
        begin = at + _HEAD.size + length
        metric, labels = json.loads(bytes(memory[at + _HEAD.size : begin]))
        at = begin + size * _DOUBLE
        yield Key(metric, tuple(labels)), memory[begin:at].cast("d")
