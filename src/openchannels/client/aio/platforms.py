"""`client.platforms`: what each platform accepts and gives, and how much of it was used."""

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import (
    AvailabilityMatrix,
    OptionSource,
    Platform,
    PlatformAvailability,
    Usage,
)


class Platforms:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def list(self) -> tuple[Platform, ...]:
        """Returns the platforms: what each accepts, and what can be done with it here."""
        return await self._call(operations.LIST_PLATFORMS, tuple[Platform, ...])

    async def publish_options(self, platform: str) -> tuple[OptionSource, ...]:
        """Returns a platform's publish options whose values are the account's or its own."""
        return await self._call(operations.PUBLISH_OPTIONS, tuple[OptionSource, ...], platform)

    async def availability(self) -> tuple[PlatformAvailability, ...]:
        """Returns which fields each platform gives, with a scope or not, and why others never."""
        return (await self._call(operations.AVAILABILITY, AvailabilityMatrix)).platforms

    async def usage(self) -> Usage:
        """Returns what your workspace used of the platforms in the last thirty days."""
        return await self._call(operations.USAGE, Usage)
