"""Reads what may be gone at the platform."""

from collections.abc import Awaitable
from typing import TypeVar

from openchannels.core.platform_errors import FailureKind, PlatformFailure

T = TypeVar("T")


async def none_if_gone(call: Awaitable[T]) -> T | None:
    """Returns what a call answers; None where the platform does not know what it is about."""
    try:
        return await call
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.NOT_FOUND:
            raise
        return None
