"""Paths to values of an answer: `data.user.name`, with alternatives `large_url|small_url`."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from openchannels.connectors.base.parse import dig

Path = tuple[str | int, ...]


@lru_cache(maxsize=2048)
def parse_paths(written: str) -> tuple[Path, ...]:
    """Returns the alternatives of a path; a step of digits is a list index.

    The empty path is the value itself.
    """
    return tuple(
        tuple(int(step) if step.isdecimal() else step for step in path.split(".") if step)
        for path in written.split("|")
    )


def values_at(value: Any, written: str) -> Iterator[Any]:
    """Returns the value at each alternative, in order; None for a missing one."""
    return (dig(value, *path) for path in parse_paths(written))


def value_at(value: Any, written: str) -> Any:
    """Returns the value at the first alternative that is not None."""
    for path in parse_paths(written):
        found = dig(value, *path)
        if found is not None:
            return found
    return None


def clean_value_at(value: Any, paths: Sequence[Path], clean: Callable[[Any], Any]) -> Any:
    """Returns the value at the first path that is not None after cleaning."""
    for path in paths:
        found = clean(dig(value, *path))
        if found is not None:
            return found
    return None
