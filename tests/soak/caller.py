"""A tool builder who works on servers in processes of their own, and what they refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.harness.browser import Browser
from tests.harness.paths import API

PLATFORM = "youtube"
LISTS = ("accounts", "account-groups", "events", "webhooks", "audit", "platforms/usage")


@dataclass
class Caller:
    """A workspace with one key; `connected` are the accounts of which it was told."""

    http: aiohttp.ClientSession
    sandbox: str
    key: str
    failed: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    async def get(self, url: str, path: str) -> Any:
        return await self.ask(url, "GET", path)

    async def ask(self, url: str, method: str, path: str, **options: Any) -> Any:
        """The data of an answer; a refusal is noted."""
        headers = {"X-Api-Key": self.key, **options.pop("headers", {})}
        address = url + API + path
        async with self.http.request(method, address, headers=headers, **options) as answer:
            body = await answer.json()
        if body["code"] != 0:
            self.failed.append(f"{path}: {body['code']} {body['message']}")
        return body["data"]

    async def connect(self, url: str, person: str, platform: str = PLATFORM) -> str:
        """Connect an account of a person, from the start to the poll; returns the session's id."""
        browser = Browser(url, self.sandbox)
        try:
            started = await self.get(url, f"/accounts/auth/{platform}")
            await browser.open(await browser.consent(started["url"], person))
            path = f"/accounts/auth/{platform}/status/{started['sessionId']}"
            status = await self.get(url, path)
            if status["status"] != "completed":
                self.failed.append(f"connect: {status}")
            self.connected.append(status["accountId"])
            return str(started["sessionId"])
        finally:
            await browser.close()

    async def connect_on(self, url: str, tag: str) -> None:
        """Connect one account after the other until cancelled."""
        number = 0
        while True:
            await self.connect(url, f"{tag}-{number}")
            number += 1
            await asyncio.sleep(0.2)

    async def lists_of(self, url: str) -> list[str]:
        """The lists that a version has."""
        headers, found = {"X-Api-Key": self.key}, []
        for path in LISTS:
            async with self.http.get(f"{url}{API}/{path}", headers=headers) as answer:
                if (await answer.json())["code"] != 404:
                    found.append(path)
        return found

    async def read_all(self, url: str, lists: Sequence[str] = LISTS) -> None:
        """Read lists, and states and works of the accounts that went the whole way."""
        for path in lists:
            await self.get(url, f"/{path}")
        for account in self.connected:
            await self.get(url, f"/accounts/{account}/auth-status")
        for account in self.connected[:3]:
            await self.get(url, f"/works/{PLATFORM}?accountId={account}&limit=2")
