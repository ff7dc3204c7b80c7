"""Files on addresses that users give, as this service reads them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Protocol


class RemoteFault(StrEnum):
    """Why a file cannot be used; `data.reason` on the wire.

    `address`: it is not a public one. `status`: the answer is not the file.
    """

    ADDRESS = "address"
    STATUS = "status"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    TYPE = "type"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    QUOTA = "quota"


PASSING = frozenset({RemoteFault.NETWORK, RemoteFault.TIMEOUT})
"""Faults that may be gone later."""
BUSY = frozenset({408, 425, 429})


class RemoteFileError(Exception):
    """A file cannot be read, or not be used; `status` is the HTTP status of the answer."""

    def __init__(self, fault: RemoteFault, status: int | None = None) -> None:
        self.fault = fault
        self.status = status
        super().__init__(fault.value if status is None else f"{fault.value} {status}")

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        status = self.status or 0
        return self.fault in PASSING or status in BUSY or status >= 500


class RemoteAnswer(Protocol):
    """An answer with a file, or its beginning; `size` is that of the whole file, where told."""

    size: int | None

    def parts(self) -> AsyncIterator[bytes]:
        """Yields the body as it arrives. Raises RemoteFileError."""


class RemoteFiles(Protocol):
    """Reads files from public addresses."""

    def open(self, url: str, first: int | None = None) -> AbstractAsyncContextManager[RemoteAnswer]:
        """Asks for a file, or for its first bytes; a server may answer with all of it.

        Raises RemoteFileError.
        """

    async def close(self) -> None: ...
