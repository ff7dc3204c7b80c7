"""The sockets to addresses that users give: each is judged at the last moment.

The socket of every attempt is made by `_Door`, which is told the IP address that the attempt
connects to. So names that resolve differently at each look, literals in any spelling and
addresses inside addresses all meet the same judgement, after every resolution and at the last
moment. There are no redirects, proxies or cookies, and no connection is used twice.
"""

import asyncio
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from openchannels.core.outbound import OutboundError
from openchannels.core.ssrf import Networks, may_connect
from openchannels.transport.webhook_client import Resolve

RESOLVERS = 16
"""Threads for names that users give: slow ones must not hold up those of the platforms."""


class AddressRefused(OSError):
    """An attempt to connect where the service may not."""

    def __init__(self) -> None:
        # Always the same text: several refused attempts are then told as one.
        super().__init__("the address is not a public one")


class Doors:
    """The ways out for `OutboundClient`, one for each scheme."""

    def __init__(self, allowed: Networks, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Post to an address of a good form; the HTTP status. Raises OutboundError."""
        try:
            async with asyncio.timeout(timeout):
                return await self._send(url, headers, body)
        except TimeoutError:
            raise OutboundError("timeout", "the deadline passed") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _told(error) from None

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        target = URL(url, encoded=True)
        async with self._session(target.scheme).post(
            target, data=body, headers=headers, allow_redirects=False
        ) as response:
            # What else it says is not read: the connection ends here.
            return response.status

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        """One session for each scheme, because the doors differ."""
        if scheme not in self._sessions:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(RESOLVERS, "resolve-outbound")
            connector = aiohttp.TCPConnector(
                # Callers bound their calls. A wait here would pass for the receiver's own.
                limit=0,
                force_close=True,
                use_dns_cache=False,
                resolver=_Resolver(self._resolve, self._threads),
                socket_factory=_Door(self._allowed, encrypted=scheme == "https"),
            )
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
                auto_decompress=False,
                headers={"Accept-Encoding": "identity", "User-Agent": "openchannels"},
            )
        return self._sessions[scheme]

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None


class _Door:
    """Makes the socket of each attempt to connect, or refuses to."""

    def __init__(self, allowed: Networks, *, encrypted: bool) -> None:
        self._allowed = allowed
        self._encrypted = encrypted

    def __call__(self, attempt: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = attempt
        if not may_connect(address[0], self._allowed, public=self._encrypted):
            raise AddressRefused
        return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own."""

    def __init__(self, resolve: Resolve, threads: ThreadPoolExecutor) -> None:
        self._resolve = resolve
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._resolve, host, port, family)
        if not found:
            raise OSError("the name has no address")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
            for kind, address in found
        ]

    async def close(self) -> None:
        """The threads belong to the client."""


def system_resolve(host: str, port: int, family: int) -> list[tuple[int, str]]:
    """The addresses of a name, as the operating system tells them."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(int(kind), str(address[0])) for kind, _, _, _, address in found]


def _told(error: Exception) -> OutboundError:
    """A failure by its kind alone: the texts of these errors may hold the address."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefused):
        return OutboundError("address_refused", str(cause))
    if isinstance(error, aiohttp.ClientSSLError):
        return OutboundError("tls", type(error).__name__)
    return OutboundError("network", type(error).__name__)
