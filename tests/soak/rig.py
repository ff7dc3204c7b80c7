"""A real service on a real socket over a real sandbox, for tests and for soak programs.

Both servers run in this process and share one clock that can be moved forward. Everything is
asked over HTTP; only what no request can show is read from the database or from `runtime`.
"""

import asyncio
import base64
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import uvicorn
from sqlalchemy import delete, insert, select
from yarl import URL

from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.runtime import Runtime
from openchannels.sandbox import create_sandbox
from openchannels.server.serve import bind
from openchannels.service.api_keys import NewKey
from openchannels.settings import load_settings
from openchannels.store.queries import audit
from openchannels.store.tables import metadata
from tests.support import server

API = "/api/v2/channels"
STORES = ("sqlite", "postgresql")
UNLIMITED = {f"OPENCHANNELS_{name}": value for name, value in server.UNLIMITED.items()}
"""Settings of a service whose callers all come from one address."""
# The endpoints that redeem codes and refresh tokens, and those that tell whose account it is.
TOKEN = {
    "youtube": ("oauth2.googleapis.com", "/token"),
    "bilibili": ("api.bilibili.com", "/x/account-oauth2/v1/token"),
}
REFRESH = {**TOKEN, "bilibili": ("api.bilibili.com", "/x/account-oauth2/v1/refresh_token")}
PROFILE = {
    "youtube": ("www.googleapis.com", "/youtube/v3/channels"),
    "bilibili": ("member.bilibili.com", "/arcopen/fn/user/account/info"),
}
WORKS = {
    "youtube": ("www.googleapis.com", "/youtube/v3/playlistItems"),
    "bilibili": ("member.bilibili.com", "/arcopen/fn/archive/viewlist"),
}


class Clock:
    """The time of both servers: the real one, until it is stopped, plus what was added."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._stopped: float | None = None

    def __call__(self) -> float:
        return (self._stopped or time.time()) + self.ahead

    def stop(self) -> None:
        """Let time pass only when told to, so that a slow machine changes nothing."""
        self._stopped = time.time()

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser got, without following redirects."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope."""

    status: int
    body: Mapping[str, Any]

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def message(self) -> str:
        return str(self.body["message"])


class Browser:
    """A person's browser: keeps cookies, follows redirects only when told to."""

    def __init__(self, rig: "Rig", language: str = "en-US") -> None:
        self._rig = rig
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(
            cookie_jar=jar, headers={"Accept-Language": language, "Accept": "text/html"}
        )

    async def open(self, url: str, **options: Any) -> Page:
        return await self._page("GET", url, **options)

    async def post(self, url: str, fields: Sequence[tuple[str, str]], **options: Any) -> Page:
        return await self._page("POST", url, data=list(fields), **options)

    async def _page(self, method: str, url: str, **options: Any) -> Page:
        address = url if "://" in url else self._rig.url + url
        target = URL(address, encoded=True)
        async with self._session.request(
            method, target, allow_redirects=False, **options
        ) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            cookies = answer.headers.getall("set-cookie", [])
            return Page(answer.status, headers, cookies, await answer.text())

    async def consent(
        self, url: str, person: str = "ida", decision: str = "approve", **more: str
    ) -> str:
        """Decide on the platform's page; returns the callback address it leads to."""
        decided = {"sandbox_decision": decision, "sandbox_person": person, **more}
        page = await self.open(f"{url}&{urlencode(decided)}")
        if page.location.startswith(self._rig.sandbox_url):
            # The way led over a page of ours.
            page = await self.open(page.location)
        assert page.status in (302, 303), page.text
        return page.location

    async def finish(self, callback: str) -> Page:
        """Open a callback address and the page it leads to."""
        page = await self.open(callback)
        return await self.open(page.location) if page.status == 303 else page

    async def close(self) -> None:
        await self._session.close()


@dataclass
class Tool:
    """A tool builder's back end: one workspace with one API key."""

    rig: "Rig"
    key: NewKey
    language: str = "en-US"

    @property
    def user_id(self) -> str:
        return self.key.user_id

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"X-Api-Key": self.key.key, "Accept-Language": self.language}
        headers |= options.pop("headers", {})
        session = self.rig.http
        async with session.request(
            method, self.rig.url + path, headers=headers, **options
        ) as answer:
            return Answer(answer.status, await answer.json())

    async def get(self, path: str, **params: str | int) -> Answer:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, json=body)

    async def start(self, platform: str, **params: str) -> Any:
        answer = await self.get(f"{API}/accounts/auth/{platform}", **params)
        assert answer.code == 0, answer.body
        return answer.data

    async def poll(self, platform: str, session_id: str) -> Answer:
        return await self.get(f"{API}/accounts/auth/{platform}/status/{session_id}")

    async def status(self, platform: str, session_id: str) -> Any:
        answer = await self.poll(platform, session_id)
        assert answer.code == 0, answer.body
        return answer.data

    async def connect(
        self,
        platform: str,
        person: str = "ida",
        *,
        decision: str = "approve",
        start: Mapping[str, str] | None = None,
        **more: str,
    ) -> Any:
        """Start, consent and come back; returns the session's status."""
        started = await self.start(platform, **(start or {}))
        browser = self.rig.browser()
        callback = await browser.consent(started["url"], person, decision, **more)
        await browser.open(callback)
        return await self.status(platform, started["sessionId"])

    async def connected(self, platform: str, person: str = "ida", **more: Any) -> str:
        """Connect one account; returns its id."""
        status = await self.connect(platform, person, **more)
        assert status["status"] == "completed", status
        return str(status["accountId"])

    async def choose(self, session_id: str, *picks: Mapping[str, str]) -> Answer:
        body = {"sessionId": session_id, "accounts": list(picks)}
        return await self.post(f"{API}/accounts/auth/selections", body)

    async def works(self, platform: str, account_id: str, **params: str | int) -> Answer:
        return await self.get(f"{API}/works/{platform}", accountId=account_id, **params)

    async def account_state(self, account_id: str) -> Any:
        answer = await self.get(f"{API}/accounts/{account_id}/auth-status")
        assert answer.code == 0, answer.body
        return answer.data

    async def add_account(self, **body: str) -> Answer:
        return await self.post(f"{API}/accounts", body)


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
    _browsers: list[Browser] = field(default_factory=list)

    def browser(self, language: str = "en-US") -> Browser:
        browser = Browser(self, language)
        self._browsers.append(browser)
        return browser

    async def tool(self, user_id: str | None = None, **options: Any) -> Tool:
        name = user_id or f"user-{secrets.token_hex(6)}"
        return Tool(self, await self.runtime.services.keys.create(name, **options))

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


def callback_params(callback: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(callback).query))


def with_params(url: str, **params: str | None) -> str:
    """The address with parameters changed; None takes one out."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **params}
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


@contextlib.asynccontextmanager
async def listening(app: Any, listener: Any = None) -> AsyncIterator[str]:
    """Serve an ASGI application on a free port; yields its address."""
    listener = listener or bind("127.0.0.1", 0)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    # The signals belong to the program that runs the servers.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


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
    """Start sandbox and service; `database` is the URL of an empty PostgreSQL database.

    `environ` holds further settings under their environment names. PostgreSQL has its master
    keys in the file `keyring` or, without one, in the settings.
    """
    clock = Clock()
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    imitation = create_sandbox(
        state_file=folder / "sandbox.db", works=works, clock=clock, quota=None
    )
    async with contextlib.AsyncExitStack() as stack:
        sandbox_url = await stack.enter_async_context(listening(imitation))
        settings = load_settings(
            data_dir=folder,
            overrides={"sandbox_url": sandbox_url},
            environ={
                "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
                "OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8",
                **UNLIMITED,
                **store_environ(database, keyring),
                **(environ or {}),
            },
        )
        runtime = await open_runtime(settings, public_url=public_url or url, clock=clock)
        await stack.enter_async_context(listening(build_app(runtime), listener))
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        )
        store = "postgresql" if database else "sqlite"
        rig = Rig(url, sandbox_url, runtime, clock, folder, http, store)
        try:
            yield rig
        finally:
            for browser in rig._browsers:
                await browser.close()


@contextlib.asynccontextmanager
async def twin(rig: Rig) -> AsyncIterator[str]:
    """A second service over the same store, as on another machine; yields its address."""
    settings = rig.runtime.settings
    runtime = await open_runtime(settings, public_url=rig.runtime.public_url, clock=rig.clock)
    async with listening(build_app(runtime)) as url:
        yield url


def store_environ(database: str | None, keyring: Path | None = None) -> dict[str, str]:
    """Settings that choose the store; PostgreSQL wants a master key."""
    if database is None:
        return {}
    if keyring is not None:
        where = {"OPENCHANNELS_VAULT__KEYRING_FILE": str(keyring)}
        return {"OPENCHANNELS_DATABASE__URL": database, **where}
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {"OPENCHANNELS_DATABASE__URL": database, "OPENCHANNELS_VAULT__KEYS__K1": key}
