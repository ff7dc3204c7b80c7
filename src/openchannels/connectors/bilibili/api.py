"""Bilibili: signing of calls."""

import hashlib
import hmac
from dataclasses import replace
from uuid import uuid4

from openchannels.core.credentials import Tokens
from openchannels.transport.client import Answer, Call
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

API = "https://member.bilibili.com/arcopen/fn"


def signature(app: App, body: bytes, timestamp: int, nonce: str) -> dict[str, str]:
    """Returns the headers that sign a call; path, query and access token are not signed.

    https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
    """
    headers = {
        "x-bili-accesskeyid": app.client_id,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": str(timestamp),
    }
    signed_text = "\n".join(f"{name}:{headers[name]}" for name in sorted(headers))
    digest = hmac.new(app.client_secret.encode(), signed_text.encode(), hashlib.sha256).hexdigest()
    return {**headers, "Authorization": digest}


def signing_client(client: PlatformClient, tokens: Tokens) -> PlatformClient:
    """Returns a client that adds a fresh signature to each attempt: a repeated nonce is refused."""

    async def send(call: Call) -> Answer:
        headers = {
            **call.headers,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "access-token": tokens.access_token,
            **signature(client.app, call.body or b"", int(client.clock()), str(uuid4())),
        }
        return await client.send(replace(call, headers=headers))

    return replace(client, send=send)
