"""The examples for nginx and Caddy, run with TLS before two servers and a worker on PostgreSQL."""

import asyncio
import contextlib
import json
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio

from openchannels.core import errors
from tests.assets.files import image
from tests.deploy.load import NAME, Load
from tests.deploy.proxies import Certificate, command, running
from tests.harness.commands import run as run_command
from tests.harness.listening import free_port
from tests.harness.paths import AUTH, GROUPS
from tests.harness.processes import Child, Process
from tests.harness.settings import COMMON, store_environ
from tests.harness.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]
PROXY = "127.0.0.1"
STRANGERS = ("127.0.0.2", "127.0.0.3")
PAGES = 5
"""Pages a minute for one client address, from each server."""
REQUESTS = 60
"""How many must succeed in each state of the servers."""
LARGE = 40 * 1024 * 1024
REFUSED = 5
"""How often each upload is tried that is refused: what is lost is lost by chance."""


@dataclass
class Site:
    """Two servers and a worker behind a proxy."""

    proxy: str
    url: str
    http_url: str
    sandbox_url: str
    settings: dict[str, str]
    servers: dict[int, Child]
    key: str
    certificate: Certificate
    folder: Path

    def session(self, address: str | None = None) -> aiohttp.ClientSession:
        """A client with the key; `address` is its own among the loopback ones."""
        local = None if address is None else (address, 0)
        connector = aiohttp.TCPConnector(
            limit=0, ssl=self.certificate.client_context(), local_addr=local
        )
        return aiohttp.ClientSession(connector=connector, headers={"X-Api-Key": self.key})

    async def start(self, port: int) -> None:
        log = self.folder / f"server-{port}.log"
        options = ("--port", str(port), "--data-dir", self.folder / "data", "--json")
        child = Child("openchannels", "serve", *options, log=log, environ=self.settings)
        self.servers[port] = await child.up()

    def requests(self, port: int) -> int:
        """How many requests of the load a server has logged since the beginning."""
        return (self.folder / f"server-{port}.log").read_text().count(GROUPS)

    async def stop(self, port: int) -> None:
        code = await asyncio.to_thread(self.servers.pop(port).end, signal.SIGTERM)
        assert code == 0

    async def close(self) -> None:
        for port in list(self.servers):
            await self.stop(port)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["nginx", "caddy"])
async def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], str],
) -> AsyncIterator[Site]:
    tmp_path = tmp_path_factory.mktemp(request.param)
    port, http_port, *servers = (free_port() for _ in range(4))
    certificate = Certificate.make(tmp_path)
    places = [f"127.0.0.1:{server}" for server in servers]
    words, environ = command(request.param, tmp_path, port, http_port, certificate, places)
    url = f"https://localhost:{port}"
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Process(tmp_path, "--sandbox", environ={}))
        settings = {
            **COMMON,
            **store_environ(await asyncio.to_thread(new_database)),
            "OPENCHANNELS_LIMITS__PAGE_PER_MINUTE": str(PAGES),
            "OPENCHANNELS_SERVER__PUBLIC_URL": url,
            "OPENCHANNELS_SERVER__TRUSTED_PROXIES": PROXY,
            "OPENCHANNELS_SANDBOX__URL": sandbox.url,
            "OPENCHANNELS_JOBS__EMBEDDED": "false",
        }
        made = run_command(
            "keys", "create", "--user", "me", "--binding", "bound", "--json", **settings
        )
        key = json.loads(made.stdout)["key"]
        one = Site(
            request.param,
            url,
            f"http://localhost:{http_port}",
            sandbox.url,
            settings,
            {},
            key,
            certificate,
            tmp_path,
        )
        stack.push_async_callback(one.close)
        await asyncio.gather(*(one.start(server) for server in servers))
        worker = Child(
            *("openchannels", "worker", "--json"), log=tmp_path / "worker.log", environ=settings
        )
        stack.callback(worker.end, signal.SIGTERM)
        await worker.up()
        stack.enter_context(running(words, environ, tmp_path / "proxy.log"))
        await until(lambda: _answers(one))
        yield one


async def _answers(site: Site) -> bool:
    async with site.session() as session:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{site.url}/ready") as answer:
                return answer.status == 200
    return False


async def test_nothing_is_lost_while_servers_restart(
    site: Site, figure: Callable[[str], None]
) -> None:
    async with site.session() as session:
        load = Load(session, site.url)
        async with load.running():
            for port in list(site.servers):
                await load.served(REQUESTS)
                await site.stop(port)
                await load.served(REQUESTS)
                seen = site.requests(port)
                await site.start(port)
                # The proxy must have found out before the other server may stop.
                await until(lambda p=port, n=seen: site.requests(p) > n or load.lost)  # type: ignore[misc]
            await load.served(REQUESTS)
        figure(f"{site.proxy}: {load.done} requests served, sent again: {dict(load.repeated)}")
        assert load.lost == []
        async with session.get(site.url + GROUPS) as answer:
            names = [group["name"] for group in (await answer.json())["data"]]
    # Made twice, it would be left.
    assert [name for name in names if name.startswith(NAME)] == []


async def test_the_service_sees_addresses_and_https(site: Site) -> None:
    first, second = STRANGERS
    assert 429 in await _pages(site, first)
    # Who is over the limit does not get below it by an address that it makes up.
    assert set(await _pages(site, first, **{"X-Forwarded-For": "192.0.2.7"})) == {429}
    assert 429 not in await _pages(site, second, count=PAGES)

    async with site.session() as session, session.get(f"{site.url}{AUTH}/youtube") as answer:
        started = (await answer.json())["data"]
    assert started["url"].startswith(f"{site.url}/")
    jar = aiohttp.CookieJar()
    connector = aiohttp.TCPConnector(ssl=site.certificate.client_context())
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as browser:
        decision = urlencode({"sandbox_decision": "approve", "sandbox_person": "ida"})
        separator = "&" if "?" in started["url"] else "?"
        async with browser.get(f"{started['url']}{separator}{decision}") as ended:
            assert str(ended.url).startswith(f"{site.url}/")
            answers = [*ended.history, ended]
        cookies = [c for one in answers for c in one.headers.getall("Set-Cookie", [])]
        assert any(cookie.startswith("__Host-") for cookie in cookies)
        assert all("; Secure" in cookie for cookie in cookies if cookie.startswith("__Host-"))
    async with site.session() as session:
        status = f"{site.url}{AUTH}/youtube/status/{started['sessionId']}"
        async with session.get(status) as answer:
            assert (await answer.json())["data"]["status"] == "completed"


async def _pages(site: Site, address: str, count: int = 2 * PAGES + 1, **headers: str) -> list[int]:
    """Load the home page; returns the statuses."""
    statuses = []
    async with site.session(address) as session:
        for _ in range(count):
            async with session.get(site.url + "/", headers=headers) as answer:
                statuses.append(answer.status)
    return statuses


async def test_large_files_pass_and_private_paths_do_not(site: Site) -> None:
    begin = image()
    content = begin + secrets.token_bytes(LARGE - len(begin))
    async with site.session() as session:
        body = {"filename": "a.png", "size": LARGE}
        async with session.post(f"{site.url}/api/assets/uploadSign", json=body) as answer:
            upload = (await answer.json())["data"]["uploadUrl"]
        assert upload.startswith(f"{site.url}/")
        async with session.put(upload, data=content) as answer:
            assert answer.status == 200, await answer.text()
        async with session.post(site.url + GROUPS, data=content[: 2**21]) as answer:
            assert answer.status == 413
        for path in ("/metrics", "/doctor", "/sandbox/"):
            async with session.get(site.url + path) as answer:
                assert answer.status == 404
                assert "process_" not in await answer.text()
        async with session.get(f"{site.http_url}/", allow_redirects=False) as answer:
            assert answer.status in (301, 308)
            assert answer.headers["Location"].startswith("https://localhost")


async def test_refused_uploads_are_answered_by_the_service(site: Site) -> None:
    """The answer comes while the client is sending, and a proxy passes it on."""
    content = image() + bytes(LARGE)

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 2**16):
            yield content[start : start + 2**16]

    async with site.session() as session:
        body = {"filename": "a.png", "size": LARGE // 2}
        async with session.post(f"{site.url}/api/assets/uploadSign", json=body) as answer:
            signed = (await answer.json())["data"]["uploadUrl"]
        refusals = {
            signed: errors.ASSET_TOO_LARGE.number,
            signed.replace("token=", "token=x"): errors.ASSET_NOT_FOUND.number,
        }
        for _ in range(REFUSED):
            for url, code in refusals.items():
                for sent in (content, in_parts()):
                    async with session.put(url, data=sent) as answer:
                        assert (await answer.json())["code"] == code
