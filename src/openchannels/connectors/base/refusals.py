"""Calls that a platform may refuse to an app or an account without any harm to the rest."""

from collections.abc import Awaitable
from typing import TypeVar

from openchannels.core.platform_errors import FailureKind, PlatformFailure

T = TypeVar("T")

REFUSED = {
    FailureKind.PERMISSION,
    FailureKind.MISCONFIGURED,
    FailureKind.NOT_FOUND,
    FailureKind.INVALID,
}


async def unless_refused(call: Awaitable[T]) -> T | None:
    """Returns what a call returns; None if the platform refuses it to this app or account.

    Raises the other failures: they say nothing of what the call would have returned.
    """
    try:
        return await call
    except PlatformFailure as failure:
        if failure.kind in REFUSED:
            return None
        raise
