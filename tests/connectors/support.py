"""A platform played from a script, and a connector's line to it."""

import json
from collections.abc import Awaitable, Mapping
from typing import Any

import pytest

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.registry import OAuth
from openchannels.core.accounts import Account
from openchannels.core.paging import CursorRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, Send, TransportError, clean
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

NOW = 1_790_000_000.0
ANOTHER_SHAPE = {"hotspot": {"login": "https://wifi.example/"}}
"""A success that no platform sends: something between us and it has answered."""


def answer(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer as transport hands it on: JSON unless bytes are given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, dict(headers or {}), raw)


class FakeSend:
    """Answers calls by the end of their path and some parameters; keeps every call.

    Several answers are given one after another, the last one for good. A call that no line of
    the script fits is a mistake of the test, or of the connector.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._script: list[tuple[str, dict[str, str], list[Answer | TransportError]]] = []

    def on(self, path: str, *answers: Any, **params: str) -> "FakeSend":
        """Adds a line; a path may begin with a method, as `DELETE /1`."""
        ready = [a if isinstance(a, Answer | TransportError) else answer(a) for a in answers]
        self._script.append((path, params, ready))
        return self

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        sent = {**clean(call.params), **clean(call.form or {})}
        for path, params, answers in self._script:
            fits = f"{call.method} {call.url}".startswith(method_of(path))
            at_path = call.url.endswith(path.rpartition(" ")[2])
            if fits and at_path and params.items() <= sent.items():
                reply = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(reply, TransportError):
                    raise reply
                return reply
        raise AssertionError(f"unexpected {call.method} {call.url} with {sorted(sent)}")

    def params(self, index: int = -1) -> dict[str, str]:
        """What a call carried in its query, as sent."""
        return clean(self.calls[index].params)

    @property
    def paths(self) -> list[str]:
        return [call.url.rsplit("/", 1)[1] for call in self.calls]


def method_of(path: str) -> str:
    return path.partition(" ")[0] if " " in path else ""


def client_for(connector: Connector, send: Send, **options: Any) -> PlatformClient:
    """A line to the played platform, at the moment NOW."""
    scopes = connector.auth.config.scopes if isinstance(connector.auth, OAuth) else ()
    return PlatformClient(
        platform=connector.id,
        app=App("app-id", "app-secret", "https://oc.example/callback", scopes, options),
        send=send,
        classify=connector.classify,
        request_id_header=connector.request_id_header,
        cache=Cache(lambda: NOW),
        clock=lambda: NOW,
    )


def account_of(platform: Platform, uid: str, **more: Any) -> Account:
    """A connected account with nothing but what it must have."""
    return Account(
        **{
            "id": f"{platform}_{uid}",
            "user_id": "user",
            "platform": platform,
            "uid": uid,
            "nickname": "North Pier Bakery",
            "group_id": "0" * 24,
            "status": 1,
            "rank": 1,
            "created_at": NOW,
            "updated_at": NOW,
            **more,
        }
    )


def page(position: str | None = None, limit: int = 25, **more: Any) -> CursorRequest:
    return CursorRequest(limit=limit, position=position, **more)


async def is_malformed(work: Awaitable[Any]) -> bool:
    """Whether a call fails because its answer is not of the platform's form."""
    with pytest.raises(PlatformFailure) as caught:
        await work
    return caught.value.kind is FailureKind.MALFORMED
