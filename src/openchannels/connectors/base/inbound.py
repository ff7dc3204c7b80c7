"""Webhooks that a platform sends to us."""

from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.transport.platform_client import PlatformClient


class Inbound:
    """Verifies and reads the platform's webhooks."""

    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies that a message is from the platform and reads it. Raises InboundRefused."""
        raise NotImplementedError
