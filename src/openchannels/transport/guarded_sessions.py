"""Sessions for addresses that users give: they reach public addresses only.

The SSRF guard checks the IP address: it creates the socket of every attempt to connect, so DNS
rebinding, unusual spellings of literals and embedded IPv4 addresses all meet the same check, right
before connecting. Proxies and cookies are not used, and no connection is used twice.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from openchannels.core.ssrf import Networks, may_connect

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

Resolve = Callable[[str, int, int], list[tuple[int, str]]]
"""Maps host, port and address family to families and IP addresses; blocks, raises OSError."""

RESOLVERS = 16
"""Threads for names that users give: slow lookups must not delay those of the platforms."""


class AddressRefused(OSError):
    """The service may not connect to the address."""

    def __init__(self, setting: str) -> None:
        # Always the same text, so that several refused attempts are reported as one.
        super().__init__(f"the address is not a public one, nor does {setting} name it")


class GuardedSessions:
    """A session for each scheme, with an SSRF guard of its own.

    `allowed` are networks that may be reached besides the Internet, as the setting `setting` names
    them; plain http reaches only those, unless `plain` lets it reach the Internet too. The first
    session imports aiohttp, which takes 0.1 s.
    """

    def __init__(
        self,
        allowed: Networks,
        setting: str,
        resolve: Resolve | None = None,
        *,
        plain: bool = False,
    ) -> None:
        self._allowed = tuple(allowed)
        self._setting = setting
        self._resolve = resolve or system_resolve
        self._plain = plain
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._threads: ThreadPoolExecutor | None = None

    def session(self, scheme: str) -> "aiohttp.ClientSession":
        """Returns the session of a scheme."""
        import aiohttp

        if scheme not in self._sessions:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(RESOLVERS, "resolve-outbound")
            public = self._plain or scheme == "https"
            connector = aiohttp.TCPConnector(
                # Callers bound their calls; a wait here would look like a slow receiver.
                limit=0,
                force_close=True,
                use_dns_cache=False,
                resolver=cast("AbstractResolver", _Resolver(self._resolve, self._threads)),
                socket_factory=_SsrfGuard(self._allowed, self._setting, public=public),
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


class _SsrfGuard:
    """Creates the socket of each attempt to connect. Raises AddressRefused."""

    def __init__(self, allowed: Networks, setting: str, *, public: bool) -> None:
        self._allowed = allowed
        self._setting = setting
        self._public = public

    def __call__(self, attempt: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = attempt
        if not may_connect(address[0], self._allowed, public=self._public):
            raise AddressRefused(self._setting)
        return socket.socket(family, kind, protocol)


class _Resolver:
    """Resolves names in a thread pool of their own."""

    def __init__(self, resolve: Resolve, threads: ThreadPoolExecutor) -> None:
        self._resolve = resolve
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> "list[ResolveResult]":
        from aiohttp.abc import ResolveResult

        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._resolve, host, port, family)
        if not found:
            raise OSError("the name has no address")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
            for kind, address in found
        ]

    async def close(self) -> None:
        """Does nothing: the client owns the threads."""


def system_resolve(host: str, port: int, family: int) -> list[tuple[int, str]]:
    """Returns the addresses of a name from the operating system's resolver."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(int(kind), str(address[0])) for kind, _, _, _, address in found]
