"""Where a value lies in an answer: `data.user.name`, with alternatives `large_url|small_url`."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from openchannels.connectors.base.parse import dig, first

Path = tuple[str | int, ...]


@lru_cache(maxsize=2048)
def parse_paths(written: str) -> tuple[Path, ...]:
    """The alternatives of a written path; a step of digits is the index of a list.

    The empty text is the path to the value itself.
    """
    return tuple(
        tuple(int(step) if step.isdecimal() else step for step in path.split(".") if step)
        for path in written.split("|")
    )


def values_at(value: Any, written: str) -> Iterator[Any]:
    """What lies at each alternative, in their order; None where nothing does."""
    return (dig(value, *path) for path in parse_paths(written))


def value_at(value: Any, written: str) -> Any:
    """What lies at the first alternative that holds anything."""
    return first(values_at(value, written))
