"""One test for both clients: what either returns is awaited if it can be."""

import inspect
from collections.abc import AsyncIterator
from itertools import islice
from typing import Any, TypeAlias

BothClients: TypeAlias = Any
"""`Client` or `AsyncClient`: their methods have the same names."""


async def settled(value: Any) -> Any:
    """Returns what a method of either client returns."""
    return await value if inspect.isawaitable(value) else value


async def listed(found: Any, most: int | None = None) -> list[Any]:
    """Returns the first items of what either client iterates over, all by default."""
    if not isinstance(found, AsyncIterator):
        return list(islice(found, most))
    items: list[Any] = []
    while most is None or len(items) < most:
        try:
            items.append(await anext(found))
        except StopAsyncIteration:
            break
    return items
