"""A workspace that publishes through a service which a program may kill, and whose time it moves.

Service and sandbox are processes of their own. They share a clock with the program, so that
nobody waits for what is due in an hour.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp
from sqlalchemy import select
from yarl import URL

from openchannels.app.bootstrap import open_runtime
from openchannels.settings import load_settings
from openchannels.store.tables import metadata
from tests.harness.file_clock import FileClock
from tests.harness.listening import free_port
from tests.harness.paths import API
from tests.harness.processes import Process, client
from tests.harness.settings import UNLIMITED, store_environ
from tests.soak.relay import Relay
from tests.soak.repeater import Repeater

PERSON = "ida"
SHORTEST_MOVE = 5.0
AWAY = (503, 15206)
"""Codes with which the service asks to come again."""


class Desk:
    """The workspace, with one account on each platform that it has connected."""

    def __init__(self, folder: Path, database: str | None, settings: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._http: aiohttp.ClientSession
        self.clock = FileClock(folder / "clock")
        self.environ = {
            **store_environ(database),
            **UNLIMITED,
            "OPENCHANNELS_SERVER__PORT": str(free_port()),
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
            "OPENCHANNELS_JOBS__DEAD_SECONDS": "2",
            "SOAK_CLOCK": str(folder / "clock"),
            **settings,
        }
        self.service = Process(folder, environ=self.environ)
        self.accounts: dict[str, str] = {}

    @contextlib.asynccontextmanager
    async def open(self, relay: Relay | None = None) -> AsyncIterator[Self]:
        """Start sandbox and service; `relay` stands between the two."""
        url = f"http://127.0.0.1:{self.environ['OPENCHANNELS_SERVER__PORT']}"
        async with contextlib.AsyncExitStack() as stack:
            self._http = await stack.enter_async_context(client())
            repeater = Repeater(url, self._http)
            self.webhooks = await stack.enter_async_context(repeater.listening())
            environ = {"SOAK_CLOCK": self.environ["SOAK_CLOCK"], "SOAK_PUSH_TO": repeater.url}
            sandbox = Process(self._folder, "--sandbox", environ=environ)
            self._sandbox = (await stack.enter_async_context(sandbox)).url
            between = None if relay is None else relay.listening(self._sandbox)
            reached = await stack.enter_async_context(between) if between else self._sandbox
            self.environ["OPENCHANNELS_SANDBOX__URL"] = reached
            ours = {name: v for name, v in self.environ.items() if name.startswith("OPENCHANNELS_")}
            self.settings = load_settings(data_dir=self._folder, environ=ours)
            self.runtime = await open_runtime(self.settings, public_url=url, clock=self.clock)
            stack.push_async_callback(self.runtime.close)
            self._key = (await self.runtime.services.api_keys.create("soak")).key
            await self.service.start()
            stack.push_async_callback(self.service.end)
            yield self

    # As a tool builder

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an operation, asked for until the service answers."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                headers = {"X-Api-Key": self._key}
                address = self.service.url + path
                async with self._http.request(method, address, headers=headers, json=body) as said:
                    envelope = await said.json()
                if envelope["code"] == 0:
                    return envelope["data"]
                assert envelope["code"] in AWAY, envelope
            await asyncio.sleep(0.2)

    async def connect(self, platform: str) -> None:
        started = await self.api("GET", f"{API}/accounts/auth/{platform}")
        decided = f"&sandbox_decision=approve&sandbox_person={PERSON}"
        address = started["url"] + decided
        while not address.startswith(self.service.url) or address == started["url"] + decided:
            async with self._http.get(URL(address, encoded=True), allow_redirects=False) as page:
                address = page.headers["location"]
        async with self._http.get(URL(address, encoded=True), allow_redirects=False):
            pass
        path = f"{API}/accounts/auth/{platform}/status/{started['sessionId']}"
        status = await self.api("GET", path)
        if status["requiresSelection"]:
            picked = {"platformUid": status["selectableAccounts"][0]["platformUid"]}
            body = {"sessionId": started["sessionId"], "accounts": [picked]}
            status = await self.api("POST", f"{API}/accounts/auth/selections", body)
        assert status["status"] == "completed", (platform, status)
        self.accounts[platform] = str(status["accountId"])

    async def sign(self, size: int, name: str) -> Any:
        """A signed upload: its id, and the addresses of upload and file."""
        sign = {"filename": name, "type": "publishMedia", "size": size}
        return await self.api("POST", "/api/assets/uploadSign", sign)

    async def upload(self, content: bytes, name: str) -> str:
        """The address of an uploaded file."""
        signed = await self.sign(len(content), name)
        async with self._http.put(URL(signed["uploadUrl"], encoded=True), data=content) as answer:
            assert answer.status == 200, await answer.text()
        await self.api("POST", f"/api/assets/{signed['id']}/confirm", {})
        return str(signed["url"])

    async def create(
        self, flow: str, platform: str, content: Mapping[str, Any], option: Mapping[str, Any]
    ) -> None:
        """Ask for a post now."""
        item = {"platform": platform, "accountId": self.accounts[platform], "option": option}
        at = "2020-01-01T00:00:00Z"
        body = {"flowId": flow, "content": content, "publishAt": at, "items": [item]}
        made = await self.api("POST", f"{API}/publish/flows", body)
        assert len(made["tasks"]) == 1, made

    async def task(self, flow: str) -> Any:
        found = await self.api("GET", f"{API}/publish/flows/{flow}")
        (task,) = found["tasks"]
        return task

    # As the platforms

    async def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, self._sandbox + path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def shown(self, platform: str) -> list[Any]:
        """What the platform shows of what was published."""
        found = await self.sandbox("GET", f"/_world/{platform}/{PERSON}/posts")
        return list(found["posts"])

    # Time

    async def waiting(self) -> list[float]:
        """When each post that is not out yet falls due, in Unix seconds; 0 for one in work."""
        table = metadata.tables["publications"]
        query = select(table.c.due_at, table.c.lease_until).where(
            table.c.due_at.is_not(None), table.c.status.not_in(ENDED)
        )
        rows = await self.runtime.db.read(lambda connection: connection.execute(query).all())
        now = self.clock()
        return [0.0 if (row.lease_until or 0.0) > now else row.due_at for row in rows]

    def move(self, waiting: list[float]) -> bool:
        """Move the clock to what is due first, if nothing is due now."""
        ahead = min(waiting) - self.clock()
        if ahead <= 1.0:
            return False
        self.clock.advance(max(ahead, SHORTEST_MOVE))
        return True


ENDED = (-1, 1, 8, 9)
"""Statuses of a post that is out, or of which nothing more is done without a person."""
