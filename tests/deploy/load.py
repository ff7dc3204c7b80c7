"""Clients that read and write without pause, and what they were answered."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from openchannels.core import errors
from tests.harness.paths import ACCOUNTS, GROUPS
from tests.harness.waiting import until

CLIENTS = 6
PAUSE = 0.05
NAME = "group-of-load-"
OF_THE_PROXY = (502, 504)
IN_PROGRESS = errors.REQUEST_IN_PROGRESS.number


@dataclass
class Load:
    """Requests to one address. A failed one is sent again, as a client of the API may do.

    A client may repeat reads, what was refused with 503, and changes with an Idempotency-Key.
    """

    session: aiohttp.ClientSession
    url: str
    done: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    """Failures after which a client tries again, by what failed."""
    lost: list[str] = field(default_factory=list)
    """Answers with which a client can do nothing."""

    async def served(self, count: int) -> None:
        """Wait until so many more requests have succeeded, or one is lost."""
        wanted = self.done + count
        await until(lambda: self.done >= wanted or self.lost)

    async def _client(self, stop: asyncio.Event) -> None:
        """Read, make a group and delete it, which says whether it was there."""
        while not stop.is_set() and not self.lost:
            await self._send("GET", ACCOUNTS)
            made = await self._send("POST", GROUPS, {"name": NAME + secrets.token_hex(8)})
            if made is not None:
                gone = await self._send("DELETE", f"{GROUPS}?ids={made['data']['id']}")
                if gone is not None and gone["data"] is not True:
                    self.lost.append(f"made, and not there: {made}")

    async def _send(self, method: str, path: str, body: object = None) -> Any:
        """Send until there is an answer; returns it, or None for one that is lost."""
        headers = {} if method == "GET" else {"Idempotency-Key": secrets.token_hex(16)}
        while True:
            try:
                async with self.session.request(
                    method, self.url + path, json=body, headers=headers
                ) as answer:
                    text = await answer.text()
                    if answer.status == 200 and '"code":0' in text:
                        self.done += 1
                        return json.loads(text)
                    failure = _repeatable(answer, text)
                    if failure is None:
                        self.lost.append(f"{method} {path} {answer.status} {text[:300]}")
                        return None
            except aiohttp.ClientError as error:
                failure = type(error).__name__
            self.repeated[f"{method} {failure}"] += 1
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send until the end of the block; every request is answered then."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(self._client(stop))
            try:
                yield
            finally:
                stop.set()


def _repeatable(answer: aiohttp.ClientResponse, text: str) -> str | None:
    """What failed, if the same request may be sent again; else None."""
    if f'"code":{IN_PROGRESS}' in text:
        return "in progress"
    # A proxy that knows of no server at the moment says 503 without a body.
    refused = answer.status == 503 and (not text or "Retry-After" in answer.headers)
    return str(answer.status) if refused or answer.status in OF_THE_PROXY else None
