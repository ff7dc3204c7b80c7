"""TikTok: webhooks about publications and withdrawn grants.

https://developers.tiktok.com/doc/webhooks-overview
"""

import hmac
import json
import re
from typing import Any

from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.parse import dig, moment, text
from openchannels.core.inbound import (
    InboundMessage,
    InboundRefused,
    InboundResult,
    PublicationReport,
)
from openchannels.transport.platform_client import PlatformClient

SIGNATURE = re.compile(r"t=(\d{1,12}),s=([0-9a-f]{64})")
OLDEST_SECONDS = 300.0
REMOVED = "authorization.removed"
PUBLICATION_PREFIX = "post.publish."


class TikTokInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies a webhook and returns what it reports.

        https://developers.tiktok.com/doc/webhooks-verification
        """
        signature = SIGNATURE.fullmatch(message.headers.get("tiktok-signature", ""))
        if signature is None:
            raise InboundRefused("there is no signature")
        signed_at, digest = signature.groups()
        expected = hmac.new(
            client.app.client_secret.encode(), f"{signed_at}.".encode() + message.body, "sha256"
        )
        if not hmac.compare_digest(expected.hexdigest(), digest):
            raise InboundRefused("the signature is not ours")
        if abs(client.clock() - int(signed_at)) > OLDEST_SECONDS:
            raise InboundRefused("the signature is too old")
        try:
            event = json.loads(message.body)
            content = json.loads(str(dig(event, "content") or "{}"))
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        if dig(event, "client_key") != client.app.client_id:
            raise InboundRefused("the event is about another app")
        return read_event(event, content, client.clock())


def read_event(event: Any, content: Any, now: float) -> InboundResult:
    """Returns what an event means; `content` is its own JSON text, read."""
    name, open_id = text(dig(event, "event")) or "", text(dig(event, "user_openid"))
    if name == REMOVED and open_id:
        return InboundResult(revoked={open_id: moment(dig(event, "create_time")) or now})
    publish_id = text(dig(content, "publish_id"))
    if not name.startswith(PUBLICATION_PREFIX) or publish_id is None:
        return InboundResult()
    known = {
        "event": name,
        "publish_id": publish_id,
        "post_id": text(dig(content, "post_id")),
        "reason": text(dig(content, "reason")),
        "create_time": dig(event, "create_time"),
    }
    facts = {key: value for key, value in known.items() if value is not None}
    return InboundResult(reports=(PublicationReport(publish_id, facts),))
