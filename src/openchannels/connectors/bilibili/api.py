"""Bilibili: signing of calls, and what refusals mean."""

import hashlib
import hmac
from dataclasses import replace
from uuid import uuid4

from openchannels.connectors.base.failures import FailureTable, by_kind, code_text
from openchannels.connectors.base.parse import dig
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer, Call
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

API = "https://member.bilibili.com/arcopen/fn"
JSON = "application/json"


def require_code(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure of an answer; one without a code is not Bilibili's."""
    absent = reading is None and code_text(dig(body_of(answer), "code")) is None
    return Failure(FailureKind.MALFORMED) if absent else reading


# The code decides, mostly under HTTP 200, at the token endpoints too.
# https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
FAILURES = FailureTable(
    code="code",
    request_id="request_id",
    code_decides=True,
    success=("0",),
    codes=by_kind(
        {
            FailureKind.TOKEN_EXPIRED: (127000, 127001, 127003, 127008),
            FailureKind.DEAD_GRANT: (122002, 122007),
            FailureKind.MISCONFIGURED: (
                *(122000, 122001, 122008, 127002, 127004, 127010),
                *range(4002, 4010),
            ),
            FailureKind.PERMISSION: (123001, 127005, 127006, 127007, 127011, 127304, 127305),
            FailureKind.RATE_LIMITED: (123026, 127009, 127306),
            FailureKind.UNAVAILABLE: (
                *(-500, 4010, 4011, 122009, 122010),
                *(123002, 123023, 123028),
            ),
            FailureKind.NOT_FOUND: (123004, 123005),
            FailureKind.INVALID: (4000, 4001, 4012, 123008),
        }
    ),
    wait={"123026": 30.0, "123028": 10.0},
    refine=require_code,
)


def may_have_scope(tokens: Tokens, scope: str) -> bool:
    """Returns whether a scope is granted; True if the granted scopes are unknown."""
    return tokens.scopes is None or scope in tokens.scopes


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
    """Returns a client that adds a fresh signature to each attempt: a repeated nonce is refused.

    The bytes of files are not part of what is signed.
    """

    async def send(call: Call) -> Answer:
        headers = {"Accept": "application/json", "Content-Type": JSON, **call.headers}
        signed = (call.body or b"") if headers["Content-Type"] == JSON else b""
        headers |= {
            "access-token": tokens.access_token,
            **signature(client.app, signed, int(client.clock()), str(uuid4())),
        }
        return await client.send(replace(call, headers=headers))

    return replace(client, send=send)
