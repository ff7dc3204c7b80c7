"""Douyin: what the platform sends."""

import hashlib
import hmac
import json
from typing import Any

from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.parse import dig, text
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.transport.platform_client import PlatformClient


class DouyinInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/overview"""
        secret = client.app.client_secret.encode()
        digest = hashlib.sha1(secret + message.body, usedforsecurity=False).hexdigest()
        signature = message.headers.get("x-douyin-signature", "")
        if not hmac.compare_digest(digest.encode(), signature.encode()):
            raise InboundRefused("the signature is not ours")
        try:
            event = json.loads(message.body)
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        return read_event(event, client.clock())


def read_event(event: Any, now: float) -> InboundResult:
    person = text(dig(event, "from_user_id"))
    if dig(event, "event") == "verify_webhook":
        body = json.dumps({"challenge": dig(event, "content", "challenge")})
        return InboundResult(body, "application/json; charset=utf-8")
    if dig(event, "event") == "unauthorize" and person:
        return InboundResult(revoked={person: now})
    return InboundResult()
