"""Requests as callers make them, at a steady rate, while something else is done to the store."""

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.harness.paths import API

WORKERS = 24


@dataclass
class Load:
    """Requests of one workspace on the servers of a store, and what came of them."""

    http: aiohttp.ClientSession
    key: str
    platform: str
    addresses: tuple[str, ...]
    ids: list[str]
    session_id: str
    per_second: int
    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    began: float = 0.0

    async def one(self, number: int) -> None:
        """One request: mostly auth-status and poll; a page of works or a new session at times."""
        account = random.choice(self.ids)
        paths = {
            "auth-status": f"/accounts/{account}/auth-status",
            "poll": f"/accounts/auth/{self.platform}/status/{self.session_id}",
            "works": f"/works/{self.platform}?accountId={account}&limit=2",
            "start": f"/accounts/auth/{self.platform}",
        }
        kind = ("works", "start", "poll", "auth-status", "auth-status")[min(number % 10, 4)]
        self.answered[kind] += 1
        try:
            answer = await self._ask(number, API + paths[kind])
            if answer["code"] != 0:
                self.failed.append(f"{kind}: {answer['code']} {answer['message']}")
        except Exception as error:
            self.failed.append(f"{kind}: {error!r}")

    async def _ask(self, number: int, path: str) -> Any:
        address = self.addresses[number // 10 % len(self.addresses)]
        headers = {"X-Api-Key": self.key}
        async with self.http.get(address + path, headers=headers) as answer:
            return await answer.json()

    async def worker(self, numbers: "itertools.count[int]") -> None:
        """Take the next request when its time has come."""
        while True:
            number = next(numbers)
            await asyncio.sleep(self.began + number / self.per_second - time.monotonic())
            await self.one(number)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.began, numbers = time.monotonic(), itertools.count()
        workers = [asyncio.create_task(self.worker(numbers)) for _ in range(WORKERS)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
