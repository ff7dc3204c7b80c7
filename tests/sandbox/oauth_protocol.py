"""The protocol of an OAuth platform as a table, and a login that follows it."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .conftest import BACK, Client, answered

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
Answer = dict[str, Any]


@dataclass(frozen=True)
class OAuthProtocol:
    """How a test calls one platform."""

    name: str
    authorize: str
    asking: dict[str, str]
    exchange: Callable[[Client, str, str], Awaitable[Any]]
    refresh: Callable[[Client, str], Awaitable[Any]]
    profile: Callable[[Client, Answer], Awaitable[Any]]
    page: Callable[[Client, Answer, Any], Awaitable[tuple[list[str], Any]]]
    access_seconds: int
    extends: bool = False
    rotates: bool = True
    tokens: Callable[[Answer], Answer] = lambda body: body
    denial: dict[str, str] = field(default_factory=lambda: {"error": "access_denied"})


def secret(name: str) -> str:
    return f"sandbox-{name}-secret"


def basic(name: str, password: str = "") -> dict[str, str]:
    pair = f"sandbox-{name}:{password or secret(name)}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(tokens: Answer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def login(client: Client, protocol: OAuthProtocol, **more: str) -> Answer:
    query = protocol.asking | {"sandbox_decision": "approve"} | more
    code = answered(await client.get(protocol.authorize, params=query))["code"]
    response = await protocol.exchange(client, code, secret(protocol.name))
    assert response.status_code == 200, response.text
    tokens: Answer = protocol.tokens(response.json())
    assert tokens["access_token"]
    return tokens


def asked(client_param: str, name: str, scope: str, **more: str) -> dict[str, str]:
    base = {"response_type": "code", "redirect_uri": BACK, "state": "s1", "scope": scope}
    return base | {client_param: f"sandbox-{name}"} | more


PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
