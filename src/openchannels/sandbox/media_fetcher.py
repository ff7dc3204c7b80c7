"""Fetches the files that platforms pull from addresses, in the background.

Only from the service, or from this machine: any other address is taken for one that cannot be
reached.
"""

import asyncio
import zlib
from dataclasses import asdict, dataclass

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.webhooks_out import DeliveryFailed, WebhookSender, fetch

KIND = "fetched"
MAX_BYTES = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What came of a fetch: the HTTP status (0 where nothing answered), bytes, type and CRC-32."""

    status: int = 0
    size: int = 0
    mime_type: str = ""
    checksum: int = 0

    @property
    def is_there(self) -> bool:
        return 200 <= self.status < 300


class MediaFetcher:
    """Fetches files; what was found is kept under the address."""

    def __init__(self, documents: Documents, sender: WebhookSender) -> None:
        self._documents = documents
        self._sender = sender
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, address: str) -> None:
        """Fetch an address in the background, unless that is done or under way."""
        if address not in self._running and self._documents.get(KIND, address) is None:
            self._running[address] = self._sender.run_in_background(self._fetch(address))

    def result(self, address: str) -> FetchedFile | None:
        """What was found at an address; None while it is being fetched."""
        found = self._documents.get(KIND, address)
        if found is None:
            self.begin(address)
            return None
        return FetchedFile(**found)

    async def fetch(self, address: str) -> FetchedFile:
        """Fetch an address, also again, and wait for what is found."""
        found = await self._read(address)
        self._documents.put(KIND, address, asdict(found))
        return found

    async def finish(self) -> None:
        """Wait until nothing is being fetched any more."""
        while self._running:
            await asyncio.wait(self._running.values())

    def forget(self, address: str) -> None:
        """Let the next `begin` fetch the address again."""
        self._documents.delete(KIND, address)

    async def _fetch(self, address: str) -> None:
        try:
            await self.fetch(address)
        finally:
            del self._running[address]

    async def _read(self, address: str) -> FetchedFile:
        if not self._sender.is_allowed(address):
            return FetchedFile()
        size, checksum = 0, 0

        def take(part: bytes) -> None:
            nonlocal size, checksum
            size += len(part)
            checksum = zlib.crc32(part, checksum)
            if size > MAX_BYTES:
                raise ValueError("the file is too long")

        try:
            status, mime_type = await fetch(address, take)
        except DeliveryFailed:
            return FetchedFile()
        return FetchedFile(status, size, mime_type, checksum)
