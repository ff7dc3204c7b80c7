"""People who connect accounts, and a tool that asks about them, at a steady rate through a proxy.

A request is lost when it has no answer or a wrong one. What is refused with 503 is sent again after
`Retry-After`; so is a change with an Idempotency-Key that a proxy could not bring to its end.
"""

import asyncio
import contextlib
import itertools
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
from yarl import URL

from openchannels.core import errors
from tests.harness.paths import ACCOUNTS, API, AUTH, GROUPS, WORKS

AT_ONCE = 12
PATIENCE = 180.0
"""Seconds after which a request that is refused again and again is lost."""
PAUSE = 0.2
POLLS = 200
LIMITED = 15071
INTERRUPTED = errors.AUTHORIZATION_INTERRUPTED.number
IN_PROGRESS = errors.REQUEST_IN_PROGRESS.number
OF_THE_PROXY = (502, 504)
POSTS_ON = "twitter"


class Visitors:
    """Requests of one workspace, and what came of them."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        sandbox: str,
        key: str,
        platforms: Sequence[str],
        per_second: float,
    ) -> None:
        self._http, self._url, self._sandbox, self._key = http, url, sandbox, key
        self._platforms, self._per_second = platforms, per_second
        self.answered: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        """Refusals after which a client asks again, by what refused."""
        self.lost: list[str] = []
        self.sessions: dict[str, str] = {}
        """Outcome of each started session that a person has gone through with."""
        self.accounts: dict[str, str] = {}
        """Platform by account."""
        self.posts: dict[str, str] = {}
        """Title by flow."""
        self.posts_on = ""
        """The account that publishes."""
        self._first_work: dict[str, str] = {}

    # What visitors do

    async def connect(self, platform: str, person: str) -> str | None:
        """Connects an account, from the start to the last poll; returns its id, or None."""
        started = await self.ask("start", "GET", f"{AUTH}/{platform}")
        if started is None:
            return None
        session = str(started["sessionId"])
        self.sessions[session] = "begun"
        decided = f"&sandbox_decision=approve&sandbox_person={person}"
        address = URL(started["url"] + decided, encoded=True)
        async with self._http.get(address, allow_redirects=False) as consent:
            callback = consent.headers["location"]
        await self._come_back(callback)
        status: Any = None
        for _ in range(POLLS):
            status = await self.ask("poll", "GET", f"{AUTH}/{platform}/status/{session}")
            if status is None or status["status"] != "pending":
                break
            await asyncio.sleep(PAUSE)
        return self._ended(session, platform, status)

    def _ended(self, session: str, platform: str, status: Any) -> str | None:
        if status is None:
            return None
        self.sessions[session] = status["status"]
        if status["status"] == "completed":
            account = str(status["accountId"])
            self.accounts[account] = platform
            return account
        if status.get("errorCode") != INTERRUPTED:
            self.lost.append(f"connect: {status}")
        else:
            self.sessions[session] = "interrupted"
        return None

    async def _come_back(self, callback: str) -> None:
        """Opens the callback, again while the page says that the service is away."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE:
            address = URL(callback, encoded=True)
            async with self._http.get(address, allow_redirects=False) as page:
                if page.status == 303:
                    self.answered["callback"] += 1
                    return
                if page.status != 503:
                    self.lost.append(f"callback: {page.status}")
                    return
                self.repeated["callback 503"] += 1
            await asyncio.sleep(PAUSE)
        self.lost.append("callback: 503 for too long")

    async def publish(self) -> None:
        """Asks for a post of text."""
        flow = f"machines-{secrets.token_hex(8)}"
        title = f"post {flow}"
        item = {"platform": POSTS_ON, "accountId": self.posts_on, "option": {}}
        body = {
            "flowId": flow,
            "content": {"title": title, "body": title, "media": []},
            "publishAt": "2020-01-01T00:00:00Z",
            "items": [item],
        }
        self.posts[flow] = title
        await self.ask("publish", "POST", f"{API}/publish/flows", body)

    async def _read_works(self) -> None:
        # Of whoever publishes, the first work is another one each time.
        account = random.choice([one for one in self.accounts if one != self.posts_on])
        platform = self.accounts[account]
        page = await self.ask("works", "GET", f"{WORKS}/{platform}?accountId={account}")
        if page is None:
            return
        first = page["items"][0]["platformWorkId"] if page["items"] else ""
        if self._first_work.setdefault(account, first) != first:
            self.lost.append(f"works: {account} has another first work")

    async def _change(self) -> None:
        """Makes a group and deletes it, which says whether it was there."""
        name = f"group-{secrets.token_hex(8)}"
        made = await self.ask("change", "POST", GROUPS, {"name": name})
        if made is not None:
            gone = await self.ask("change", "DELETE", f"{GROUPS}?ids={made['id']}")
            if gone is False:
                self.lost.append("change: made, and not there")

    async def _status(self) -> None:
        account = random.choice(list(self.accounts))
        found = await self.ask("auth-status", "GET", f"{ACCOUNTS}/{account}/auth-status")
        if found is not None and found["status"] != 1:
            self.lost.append(f"auth-status: {found}")

    async def refused(self, url: str, platform: str, account: str) -> None:
        """Asks a server for works that a spent limit withholds."""
        path = f"{url}{WORKS}/{platform}?accountId={account}"
        async with self._http.get(path, headers={"X-Api-Key": self._key}) as answer:
            code = (await answer.json())["code"]
        if code != LIMITED:
            self.lost.append(f"works of a platform whose limit is spent: {code}")

    # How they ask

    async def ask(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """The data of an operation, asked for until it is there; None for one that is lost."""
        headers = {"X-Api-Key": self._key}
        if method != "GET":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        began = time.monotonic()
        while True:
            again, found = await self._send(method, path, headers, body)
            if not again:
                self.answered[kind] += 1
                return found
            if again == "lost" or time.monotonic() > began + PATIENCE:
                self.lost.append(f"{kind}: {found}")
                return None
            self.repeated[f"{kind} {again}"] += 1
            await asyncio.sleep(PAUSE)

    async def _send(
        self, method: str, path: str, headers: dict[str, str], body: Any
    ) -> tuple[str, Any]:
        """Why to ask again, or "lost", or "" with the data."""
        try:
            async with self._http.request(
                method, URL(self._url + path, encoded=True), headers=headers, json=body
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            return ("no answer" if method != "GET" else "lost"), repr(error)
        told = f"{answer.status} {text[:300]}"
        refused = answer.status == 503 and (not text or "Retry-After" in answer.headers)
        if refused or (answer.status in OF_THE_PROXY and method != "GET"):
            return str(answer.status), told
        if answer.status != 200:
            return "lost", told
        envelope = json.loads(text)
        if envelope["code"] == IN_PROGRESS:
            return "in progress", told
        return ("", envelope["data"]) if envelope["code"] == 0 else ("lost", told)

    # At a steady rate

    async def _one(self, number: int) -> None:
        kind = number % 20
        if kind == 0 and number % 60 == 0 and self.posts_on:
            await self.publish()
        elif kind == 0:
            await self.connect(random.choice(self._platforms), f"visitor-{number}")
        elif kind in (1, 2):
            await self._change()
        elif kind < 8:
            await self._read_works()
        else:
            await self._status()

    async def served(self, count: int) -> None:
        """Waits until so many more requests have been answered."""
        wanted = self.answered.total() + count
        while self.answered.total() < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Asks until the end of the block, and ends what has begun."""
        numbers, stop = itertools.count(1), asyncio.Event()
        began = time.monotonic()

        async def visitor() -> None:
            while not stop.is_set():
                number = next(numbers)
                await asyncio.sleep(began + number / self._per_second - time.monotonic())
                try:
                    await self._one(number)
                except Exception as error:
                    self.lost.append(f"{number}: {error!r}")

        visitors = [asyncio.create_task(visitor()) for _ in range(AT_ONCE)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*visitors)
