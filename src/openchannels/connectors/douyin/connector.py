"""Douyin: website apps connect by OAuth and list works; mini-apps connect by QR code and cannot."""

import hashlib
import hmac
import json
from typing import Any

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.douyin.accounts import DouyinAccounts
from openchannels.connectors.douyin.api import FAILURES
from openchannels.connectors.douyin.auth import DouyinAuth
from openchannels.connectors.douyin.details import DouyinDetails
from openchannels.connectors.douyin.insights import DouyinAccountInsights, DouyinWorkInsights
from openchannels.connectors.douyin.links import LINKS
from openchannels.connectors.douyin.publishing import PUBLISHING
from openchannels.connectors.douyin.works import DouyinWorks
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.platform_client import PlatformClient


class DouyinInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        """Verifies a webhook and returns what it reports.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/overview
        """
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
    open_id = text(dig(event, "from_user_id"))
    if dig(event, "event") == "verify_webhook":
        body = json.dumps({"challenge": dig(event, "content", "challenge")})
        return InboundResult(body, "application/json; charset=utf-8")
    if dig(event, "event") == "unauthorize" and open_id:
        return InboundResult(revoked={open_id: now})
    return InboundResult()


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
    works = DouyinWorks()
    details = DouyinDetails()
    account_insights = DouyinAccountInsights(accounts)
    work_insights = DouyinWorkInsights()
    links = LINKS
    inbound = DouyinInbound()
