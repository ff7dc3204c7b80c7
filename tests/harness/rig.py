"""The service over a sandbox, each on a socket of the loop at hand, for async tests and programs.

Both servers share one clock that can be moved forward. Everything is asked over HTTP; only what
no request can show is read from the database or from `runtime`.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import delete, insert, select

from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.runtime import Runtime
from openchannels.sandbox import Sandbox, create_sandbox
from openchannels.server.serve import bind
from openchannels.settings import load_settings
from openchannels.store.queries import audit
from openchannels.store.tables import metadata
from tests.harness.browser import Browser
from tests.harness.clock import Clock, SkewedClock
from tests.harness.listening import address_of, listening
from tests.harness.settings import COMMON, store_environ
from tests.harness.stores import sqlite_store
from tests.harness.tool import Tool


@dataclass
class Rig:
    """The two servers and how to work them."""

    url: str
    sandbox_url: str
    runtime: Runtime
    clock: Clock
    folder: Path
    http: aiohttp.ClientSession
    store: str
    skewed: SkewedClock
    """The service's clock: that of the platforms, and as wrong as a test makes it."""
    imitation: Sandbox
    _browsers: list[Browser] = field(default_factory=list)

    def browser(self, language: str = "en-US") -> Browser:
        browser = Browser(self.url, self.sandbox_url, language)
        self._browsers.append(browser)
        return browser

    async def tool(self, user_id: str | None = None, **options: Any) -> Tool:
        name = user_id or f"user-{secrets.token_hex(6)}"
        return Tool(self, await self.runtime.services.api_keys.create(name, **options))

    async def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, self.sandbox_url + path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def fault(self, place: tuple[str, str], kind: str, **rule: Any) -> str:
        """Let the platform misbehave at an endpoint; see the sandbox's `Rule`."""
        where = {"host": place[0], "path": place[1], "kind": kind}
        return str((await self.sandbox("POST", "/_faults", {**where, **rule}))["id"])

    async def heal(self) -> None:
        await self.sandbox("DELETE", "/_faults")

    async def calls(self) -> dict[str, int]:
        """How often each address of the platforms was called."""
        found: dict[str, int] = (await self.sandbox("GET", "/_calls"))["calls"]
        return found

    async def count(self, place: tuple[str, str]) -> int:
        """Calls of one endpoint, whatever the method."""
        host, path = place
        calls = await self.calls()
        return sum(n for name, n in calls.items() if name.partition(" ")[2] == host + path)

    async def person(self, platform: str, person: str) -> Any:
        return await self.sandbox("GET", f"/_world/{platform}/{person}")

    async def revoke(self, platform: str, person: str) -> None:
        await self.sandbox("POST", "/_grants/revoke", {"platform": platform, "person": person})

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a table as they stand."""
        query = select(metadata.tables[table]).filter_by(**where)
        found = await self.runtime.db.read(lambda c: c.execute(query).all())
        return [dict(row._mapping) for row in found]

    async def add_row(self, table: str, **values: Any) -> None:
        statement = insert(metadata.tables[table]).values(**values)
        await self.runtime.db.write(lambda c: c.execute(statement).rowcount)

    async def drop_rows(self, table: str, **where: Any) -> None:
        statement = delete(metadata.tables[table]).filter_by(**where)
        await self.runtime.db.write(lambda c: c.execute(statement).rowcount)

    async def fresh(self) -> None:
        """As after a new start: no faults, no counts, no accounts, sessions or keys."""
        self.skewed.skew = 0.0
        await self.heal()
        await self.sandbox("DELETE", "/_calls")
        await self.runtime.services.drain()

        def empty(connection: Any) -> None:
            with audit.allow_deletion(connection):
                for table in reversed(metadata.sorted_tables):
                    if table.name != "facts":
                        connection.execute(delete(table))

        await self.runtime.db.write(empty)
        for browser in self._browsers:
            await browser.close()
        self._browsers.clear()


@contextlib.asynccontextmanager
async def open_rig(
    folder: Path,
    *,
    database: str | None = None,
    environ: Mapping[str, str] | None = None,
    public_url: str | None = None,
    works: int = 240,
    keyring: Path | None = None,
) -> AsyncIterator[Rig]:
    """Start sandbox and service; `database` is the URL of a PostgreSQL database without rows.

    `environ` holds further settings under their environment names. PostgreSQL has its master
    keys in the file `keyring` or, without one, in the settings.
    """
    clock = Clock()
    skewed = SkewedClock(clock)
    listener = bind("127.0.0.1", 0)
    url = address_of(listener)
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    if database is None:
        sqlite_store(folder / "openchannels.db")
    imitation = create_sandbox(
        state_file=folder / "sandbox.db", works=works, clock=clock, quota=None
    )
    async with contextlib.AsyncExitStack() as stack:
        sandbox_url = await stack.enter_async_context(listening(imitation))
        settings = load_settings(
            data_dir=folder,
            overrides={"sandbox_url": sandbox_url},
            environ={
                **COMMON,
                "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
                **store_environ(database, keyring),
                **(environ or {}),
            },
        )
        runtime = await open_runtime(settings, public_url=public_url or url, clock=skewed)
        await stack.enter_async_context(listening(build_app(runtime), listener))
        # A connection kept for the next call may be closed by the server just as that is sent.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        )
        store = "postgresql" if database else "sqlite"
        rig = Rig(url, sandbox_url, runtime, clock, folder, http, store, skewed, imitation)
        try:
            yield rig
        finally:
            for browser in rig._browsers:
                await browser.close()


@contextlib.asynccontextmanager
async def twin(rig: Rig) -> AsyncIterator[str]:
    """A second service over the same store, as on another machine; yields its address."""
    settings = rig.runtime.settings
    runtime = await open_runtime(settings, public_url=rig.runtime.public_url, clock=rig.skewed)
    async with listening(build_app(runtime)) as url:
        yield url
