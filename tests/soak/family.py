"""A platform's token endpoint that gives no second chance, and accounts whose tokens it issued.

It plays X: every refresh replaces the refresh token, and whoever shows one that was used before
ends the whole family. It can be reached in this process, or over a socket by many processes.

`python -m tests.soak.family` serves it alone and prints its address; `/_told` counts.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform
from openchannels.service.accounts import upsert
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.context import Context
from openchannels.service.platforms.catalog import Platforms
from openchannels.store.database import Connection
from openchannels.transport.client import Answer, Call, TransportError

PLATFORM = Platform("twitter")
CONNECTOR = CONNECTORS[PLATFORM]
ACCESS_SECONDS = 7200.0
SCOPES = ("tweet.read", "users.read", "offline.access")
REFUSED: dict[str, object] = {
    "error": "invalid_request",
    "error_description": "Value passed for the token was invalid.",
}
CHUNK = 250


@dataclass
class Family:
    """The grants of numbered people. `outage` is how every call fails, None for not at all."""

    generation: Counter[int] = field(default_factory=Counter)
    dead: set[int] = field(default_factory=set)
    refreshed: int = 0
    reused: int = 0
    refused: int = 0
    asked: int = 0
    outage: str | None = None

    def grant(self, number: int) -> str:
        """A first refresh token."""
        self.generation[number] = 0
        self.dead.discard(number)
        return f"family-{number}-0"

    def refresh(self, token: str) -> tuple[int, dict[str, object]]:
        """Status and body of the answer to a refresh."""
        _, number, generation = token.split("-")
        owner = int(number)
        if owner in self.dead:
            self.refused += 1
            return 400, REFUSED
        if int(generation) != self.generation[owner]:
            self.reused += 1
            self.dead.add(owner)
            return 400, REFUSED
        self.refreshed += 1
        self.generation[owner] += 1
        fresh = f"{owner}-{self.generation[owner]}"
        return 200, {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": f"access-{fresh}",
            "refresh_token": f"family-{fresh}",
            "scope": " ".join(SCOPES),
        }

    async def __call__(self, call: Call) -> Answer:
        """Answer a call in this process; takes the place of the HTTP client."""
        self.asked += 1
        match self.outage:
            case "500":
                return Answer(500, {}, b"{}")
            case "429":
                return Answer(429, {"retry-after": "30"}, b"{}")
            case "timeout":
                raise TransportError("timeout", "the deadline passed")
            case "reset":
                raise TransportError("network", "ServerDisconnectedError")
            case "dns":
                raise TransportError("network", "ClientConnectorDNSError", sent=False)
        status, body = self.refresh(str((call.form or {})["refresh_token"]))
        return Answer(status, {}, json.dumps(body).encode())

    @contextlib.asynccontextmanager
    async def listening(self, seconds: float) -> AsyncIterator[str]:
        """Answer over a socket, after so long; yields the address."""

        async def answer(request: web.Request) -> web.Response:
            form = parse_qs(await request.text())
            self.asked += 1
            status, body = self.refresh(form["refresh_token"][0])
            await asyncio.sleep(seconds)
            return web.json_response(body, status=status)

        app = web.Application()

        async def told(_request: web.Request) -> web.Response:
            return web.json_response({"refreshed": self.refreshed, "reused": self.reused})

        app.router.add_post("/api.x.com/2/oauth2/token", answer)
        app.router.add_get("/_told", told)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def replayed(context: Context, **changed: Any) -> Context:
    """The context with parts of what leads to platforms exchanged: `send`, `connectors`."""
    known: Any = context.platforms
    parts = {
        "connectors": known._connectors,
        "apps": known._apps,
        "send": known._send,
        "address": known._address,
        "clock": context.clock,
        "usage": context.usage,
        "shared_state": known._shared_state,
        "protection": known._guards[PLATFORM].protection,
    }
    return replace(context, platforms=Platforms(**{**parts, **changed}))


async def connect(
    context: Context, family: Family, numbers: Sequence[int], user_id: str = "soak"
) -> list[Account]:
    """Connect people's accounts, as callbacks do after the exchange; their tokens are new."""
    found: list[Account] = []
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        people = [_candidate(number, family.grant(number), context.clock()) for number in part]
        found += await context.db.write(_store, context, people, user_id)
    return found


def _candidate(number: int, refresh_token: str, now: float) -> Candidate:
    tokens = Tokens(f"access-{number}-0", refresh_token, now + ACCESS_SECONDS, None, SCOPES)
    return Candidate(Profile(PLATFORM, f"{10**12 + number}", f"Person {number}"), tokens)


def _store(
    connection: Connection, context: Context, people: list[Candidate], user_id: str
) -> list[Account]:
    how = UpsertOptions(
        user_id=user_id,
        group_id=None,
        group_given=False,
        actor="service",
        app_id="app",
        takeover=False,
        now=context.clock(),
    )
    return upsert.store_accounts(connection, context.vault, CONNECTOR, people, how)


async def _serve() -> None:
    async with Family().listening(0.0) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
