"""What Douyin tells an app: revoked grants, and works that were published with a link of the app.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks
"""

import hashlib
from typing import Any

import msgspec

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.platforms.douyin.login import REALM, open_id
from openchannels.sandbox.webhooks_out import OutgoingRequest


class Webhooks:
    """Makes signed events."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def url(self) -> str | None:
        """The service's webhook URL, or None if unknown."""
        return self._context.webhooks.webhook_url(REALM)

    def event(self, url: str, app: str, person: str, name: str, content: Any) -> OutgoingRequest:
        """An event about a person, signed with the app's secret; repeats have the same id."""
        event = {
            "event": name,
            "client_key": app,
            "from_user_id": open_id(person, app),
            "to_user_id": "",
            "content": content,
        }
        body = msgspec.json.encode(event)
        secret = self._context.grants.secret_of(REALM, app) or ""
        signature = hashlib.sha1(secret.encode() + body).hexdigest()  # noqa: S324
        headers = {
            "Content-Type": "application/json",
            "X-Douyin-Signature": signature,
            "Msg-Id": random_text(length=24),
        }
        return OutgoingRequest(url, body, headers)
