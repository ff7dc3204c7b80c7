"""Bilibili: webhooks about reviews and withdrawn grants."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.parse import CHINA, count, dig, text
from openchannels.connectors.bilibili.api import signature
from openchannels.core.inbound import (
    InboundMessage,
    InboundRefused,
    InboundResult,
    PublicationReport,
)
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

REVIEWS = ("video_open", "video_fail")


class BilibiliInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies a webhook and returns what it reports.

        https://open.bilibili.com/doc/4/b369a652-0e26-8ddb-74f0-20c74234fcd6
        """
        if not (is_signed(client.app, message) or is_signed_as_call(client.app, message)):
            raise InboundRefused("the signature is not ours")
        try:
            event = json.loads(message.body)
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        return read_event(event, client.clock())


def is_signed(app: App, message: InboundMessage) -> bool:
    secret = app.client_secret.encode()
    digest = hashlib.sha1(secret + message.body, usedforsecurity=False).hexdigest()
    return _same(digest, message.headers.get("x-bilibili-signature", ""))


def is_signed_as_call(app: App, message: InboundMessage) -> bool:
    """Returns whether the headers that sign a call sign this body; the documents know both ways."""
    sent = message.headers
    stamp, nonce = sent.get("x-bili-timestamp", ""), sent.get("x-bili-signature-nonce", "")
    if count(stamp) is None:
        return False
    expected = signature(app, message.body, int(stamp), nonce)
    return _same(expected["Authorization"], sent.get("authorization", ""))


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def read_time(event: Any) -> float | None:
    """Returns when an event happened, which the platform writes in China's time."""
    try:
        at = datetime.strptime(text(dig(event, "timestamp")) or "", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    return at.replace(tzinfo=CHINA).timestamp()


def read_event(event: Any, now: float) -> InboundResult:
    kind, content = text(dig(event, "event")), dig(event, "content")
    openid, work_id = text(dig(content, "openid")), text(dig(content, "resource_id"))
    if kind == "verify_webhooks":
        body = json.dumps({"data": dig(content, "data")})
        return InboundResult(body, "application/json; charset=utf-8")
    if kind == "deauthorize" and openid:
        return InboundResult(revoked={openid: read_time(event) or now})
    if kind in REVIEWS and work_id:
        known = {
            "event": kind,
            "work_id": work_id,
            "state": text(dig(content, "state")),
            "words": text(dig(content, "reject_reason")) or text(dig(content, "state_desc")),
        }
        facts = {name: value for name, value in known.items() if value is not None}
        return InboundResult(reports=(PublicationReport(work_id, facts),))
    return InboundResult()
