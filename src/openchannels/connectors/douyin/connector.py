"""Douyin: website apps connect by OAuth and list works; mini-apps connect by QR code and cannot."""

import hashlib
import hmac
import json
from typing import Any

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.douyin.accounts import DouyinAccounts
from openchannels.connectors.douyin.api import FAILURES, is_miniapp
from openchannels.connectors.douyin.app_calls import share_app
from openchannels.connectors.douyin.auth import DouyinAuth
from openchannels.connectors.douyin.details import DouyinDetails
from openchannels.connectors.douyin.engagement import DouyinEngagement
from openchannels.connectors.douyin.insights import DouyinAccountInsights, DouyinWorkInsights
from openchannels.connectors.douyin.links import LINKS
from openchannels.connectors.douyin.publisher import DouyinPublisher
from openchannels.connectors.douyin.publishing import PUBLISHING
from openchannels.connectors.douyin.works import DouyinWorks
from openchannels.core.inbound import (
    InboundMessage,
    InboundRefused,
    InboundResult,
    PublicationReport,
)
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.platform_client import PlatformClient


class DouyinInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies a webhook and returns what it reports.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/overview
        """
        signature = message.headers.get("x-douyin-signature", "").encode()
        sharing = share_app(client.app)
        secrets = {client.app.client_secret, *(sharing[1:] if sharing else ())}
        if not any(_is_signed(secret, message.body, signature) for secret in secrets):
            raise InboundRefused("the signature is not ours")
        try:
            event = json.loads(message.body)
        except (ValueError, RecursionError):
            raise InboundRefused("the body is no JSON") from None
        own = sharing is not None and sharing[0] == client.app.client_id
        return read_event(event, client.clock(), own_ids=own and not is_miniapp(client.app))


def _is_signed(secret: str, body: bytes, signature: bytes) -> bool:
    digest = hashlib.sha1(secret.encode() + body, usedforsecurity=False).hexdigest()
    return hmac.compare_digest(digest.encode(), signature)


def read_event(event: Any, now: float, *, own_ids: bool = True) -> InboundResult:
    """Returns what an event says. Without `own_ids` it names people as another app knows them."""
    open_id = text(dig(event, "from_user_id"))
    if dig(event, "event") == "create_video":
        report = read_report(dig(event, "content"), open_id if own_ids else None)
        return InboundResult(reports=(report,) if report else ())
    if dig(event, "event") == "verify_webhook":
        body = json.dumps({"challenge": dig(event, "content", "challenge")})
        return InboundResult(body, "application/json; charset=utf-8")
    if dig(event, "event") == "unauthorize" and open_id and own_ids:
        return InboundResult(revoked={open_id: now})
    return InboundResult()


def read_report(content: Any, open_id: str | None) -> PublicationReport | None:
    """Returns what is said of a work that was handed over: that it is posted, before its review."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return None
    known = {name: text(dig(content, name)) for name in ("share_id", "item_id", "video_id")}
    share_id = known["share_id"]
    if share_id is None or not (known["item_id"] or known["video_id"]):
        return None
    facts = {**known, "open_id": open_id}
    return PublicationReport(share_id, {name: one for name, one in facts.items() if one})


class Douyin(Connector):
    """An account's `open_id` differs per app, and so between a website app and a mini-app."""

    id = Platform("douyin")
    name = Text(en="Douyin", zh="抖音")
    mark = Mark("抖", "#17181f")
    docs_url = "https://developer.open-douyin.com/docs/resource/zh-CN/dop/overview"
    failures = FAILURES
    request_id_header = "x-tt-logid"
    auth = DouyinAuth()
    accounts = DouyinAccounts()
    publishing = PUBLISHING
    publisher = DouyinPublisher()
    engagement = DouyinEngagement()
    works = DouyinWorks()
    details = DouyinDetails()
    account_insights = DouyinAccountInsights(accounts)
    work_insights = DouyinWorkInsights()
    links = LINKS
    inbound = DouyinInbound()
