"""WeChat official accounts: what the platform sends."""

from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.wechat.component import receive
from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.transport.platform_client import PlatformClient


class WxGzhInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        return await receive(client, message)
