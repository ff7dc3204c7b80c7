"""A platform made of Python functions: keyed by the end of an address, it records every call."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from openchannels.connectors.base.connector import Connector
from openchannels.core.accounts import Account
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, TransportError
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

NOW = 1_760_000_000.0

Reply = Answer | TransportError | Callable[[Call], "Answer | TransportError"]


def reply(value: Any, status: int = 200, **headers: str) -> Answer:
    body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return Answer(status, headers, body)


class Fake:
    """Answers calls by their path's end and counts how many are under way at once."""

    def __init__(self, routes: Mapping[str, Reply]) -> None:
        self.routes = dict(routes)
        self.calls: list[Call] = []
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        found = next(answer for end, answer in self.routes.items() if call.url.endswith(end))
        answer = found(call) if callable(found) else found
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def made(self, end: str) -> list[Call]:
        return [call for call in self.calls if call.url.endswith(end)]


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def line(
    connector: Connector,
    fake: Fake,
    *,
    client_id: str = "bcli_demo_0001",
    secret: str = "bsec_demo_0123456789abcdef",
    clock: Clock | None = None,
    **options: Any,
) -> PlatformClient:
    clock = clock or Clock()
    app = App(client_id, secret, "https://open.example/callback", (), options)
    return PlatformClient(connector.id, app, fake, connector.classify, Cache(clock), clock)


def account(connector: Connector, uid: str, nickname: str, **facts: Any) -> Account:
    return Account(
        id=f"{connector.id}_{uid}",
        user_id="user",
        platform=connector.id,
        uid=uid,
        nickname=nickname,
        group_id="0" * 24,
        status=1,
        rank=0,
        created_at=NOW,
        updated_at=NOW,
        facts=facts,
    )
