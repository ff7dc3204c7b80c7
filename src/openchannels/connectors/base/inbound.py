"""What a platform sends to us."""

from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.transport.platform_client import PlatformClient


class Inbound:
    """Verifies and reads the platform's messages."""

    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verify that a message comes from the platform, and read it. Raises InboundRefused."""
        raise NotImplementedError
