"""What callers of a large installation ask for, as a closed or an open loop."""

import asyncio
import itertools
import json
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tests.harness.paths import API
from tests.soak.serving import Connection

SHARES = {"poll": 33, "works": 40, "auth-status": 23, "start": 3, "connect": 1}
"""Requests of each kind in a hundred; to connect an account takes four."""
KINDS = tuple(kind for kind, share in SHARES.items() for _ in range(share))
OPEN_SESSIONS = 200
LATE_SECONDS = 1.0
ANSWER_SECONDS = 60.0
KEPT = 20
"""Failures that are kept in words."""


@dataclass
class Mix:
    """Callers of one workspace, its accounts by platform, and what came of the requests."""

    url: str
    key: str
    http: aiohttp.ClientSession
    accounts: dict[str, list[str]] = field(default_factory=dict)
    people: list[tuple[str, str]] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    failed: list[str] = field(default_factory=list)
    late: int = 0
    """Requests of the open loop that began more than a second after they were due."""
    sessions: "deque[tuple[str, str]]" = field(default_factory=lambda: deque(maxlen=OPEN_SESSIONS))

    async def fill(self, platforms: Sequence[str], size: int, at_once: int) -> None:
        """Connect so many accounts, each by the whole way that a person goes."""
        people = [(platforms[n % len(platforms)], f"person-{n}") for n in range(size)]
        left = iter(people)

        async def worker(line: Line) -> None:
            for platform, person in left:
                account = await self._connect(line, platform, person)
                self.accounts.setdefault(platform, []).append(account)

        await self._all(worker, at_once)
        self.people = people

    async def closed(self, clients: int, seconds: float) -> float:
        """Each client asks again as soon as it is answered; returns requests a second."""
        before, end = self.sent.total(), time.monotonic() + seconds

        async def worker(line: Line) -> None:
            while time.monotonic() < end:
                await self._one(line, random.choice(KINDS))

        await self._all(worker, clients)
        return (self.sent.total() - before) / seconds

    async def open(self, clients: int, per_second: float, seconds: float) -> None:
        """Requests begin when they are due, however long earlier ones take."""
        began, numbers = time.monotonic(), itertools.count()

        async def worker(line: Line) -> None:
            while (due := next(numbers) / per_second) < seconds:
                wait = began + due - time.monotonic()
                self.late += wait < -LATE_SECONDS
                await asyncio.sleep(max(0.0, wait))
                await self._one(line, random.choice(KINDS))

        await self._all(worker, clients)

    async def _all(self, worker: "Callable[[Line], Awaitable[None]]", clients: int) -> None:
        """Run a worker for each client; their connections end together."""
        lines = [Line(self.url, self.key) for _ in range(clients)]
        try:
            await asyncio.gather(*map(worker, lines))
        finally:
            for line in lines:
                line.close()

    async def _one(self, line: "Line", kind: str) -> None:
        self.sent[kind] += 1
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._ask(line, kind)
        except Exception as error:
            self.failures += 1
            if len(self.failed) < KEPT:
                self.failed.append(f"{kind}: {error!r}")

    async def _ask(self, line: "Line", kind: str) -> None:
        platform = random.choice(tuple(self.accounts))
        account = random.choice(self.accounts[platform])
        if kind == "connect":
            await self._connect(line, *random.choice(self.people))
        elif kind == "works":
            await line.get(f"/works/{platform}?accountId={account}&limit=10")
        elif kind == "auth-status":
            await line.get(f"/accounts/{account}/auth-status")
        elif kind == "poll" and self.sessions:
            await line.get("/accounts/auth/{}/status/{}".format(*random.choice(self.sessions)))
        else:
            started = await line.get(f"/accounts/auth/{platform}")
            self.sessions.append((platform, started["sessionId"]))

    async def _connect(self, line: "Line", platform: str, person: str) -> str:
        """From the start to the poll; returns the account's id. Raises Refused."""
        started = await line.get(f"/accounts/auth/{platform}")
        consent = f"{started['url']}&sandbox_decision=approve&sandbox_person={person}"
        page = await self._redirected(await self._redirected(consent))
        status = await line.get(f"/accounts/auth/{platform}/status/{started['sessionId']}")
        if status["status"] != "completed":
            raise Refused(f"{platform}: {status}, {page}")
        return str(status["accountId"])

    async def _redirected(self, url: str) -> str:
        address = URL(url, encoded=True)
        async with self.http.get(address, allow_redirects=False) as answer:
            if answer.status not in (302, 303):
                raise Refused(f"{answer.status} of {address.path}")
            return answer.headers["location"]


class Refused(Exception):
    """An answer that should have been another one."""


class Line:
    """A client's connection, which is opened again after it has failed."""

    def __init__(self, url: str, key: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._key = key
        self._connection: Connection | None = None

    async def get(self, path: str) -> Any:
        """The data of an answer. Raises Refused, or what the connection raises."""
        if self._connection is None:
            streams = await asyncio.open_connection(self._host, self._port)
            self._connection = Connection(*streams)
        try:
            answer = json.loads(await self._connection.get(API + path, self._key))
        except BaseException:
            self.close()
            raise
        if answer["code"] != 0:
            raise Refused(f"{answer['code']} {answer['message']} of {path}")
        return answer["data"]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
