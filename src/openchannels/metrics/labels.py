"""Bounds the values of labels: whatever is reported, a metric has few series.

A Prometheus server keeps each combination of label values as a series of its own, for weeks.
"""

from collections.abc import Iterable

UNKNOWN = "unknown"
"""What stands for every value that is not known."""
MOST_NAMES = 200
"""Names of one label that are kept where no list of them exists."""
LONGEST_NAME = 64


class Known:
    """A label whose values are listed; any other value is `unknown`."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = frozenset(values)

    def __call__(self, value: object) -> str:
        text = str(value)
        return text if text in self._values else UNKNOWN


class FirstNames:
    """A label whose values are names in our own code: the first so many are kept."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._names: set[str] = set()

    def __call__(self, value: object) -> str:
        text = str(value)
        if text in self._names:
            return text
        if value is None or len(self._names) >= self._most or len(text) > LONGEST_NAME:
            return UNKNOWN
        self._names.add(text)
        return text
