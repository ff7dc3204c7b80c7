"""Posting to addresses that users give, such as webhooks: to public addresses only.

The form of an address is judged first. Where it leads is judged by the SSRF guard, which makes
the socket of every attempt and sees the IP address that the attempt connects to. So names that
resolve differently at each look, literals in any spelling and addresses inside addresses all meet
the same check, after every resolution and at the last moment. There are no redirects, proxies or
cookies, and no connection is used twice.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from openchannels.core.ssrf import Networks, check_url, may_connect
from openchannels.core.webhooks import WebhookTransportError

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

Resolve = Callable[[str, int, int], list[tuple[int, str]]]
"""Host, port and address family to families and IP addresses; blocks, may raise OSError."""

RESOLVERS = 16
"""Threads for names that users give: slow ones must not hold up those of the platforms."""


class AddressRefused(OSError):
    """An attempt to connect where the service may not."""

    def __init__(self) -> None:
        # Always the same text: several refused attempts then read as one.
        super().__init__("the address is not a public one")


class WebhookClient:
    """A client for addresses that users give; see `core.webhooks.WebhookTransport`.

    `allowed` are networks it may reach besides the Internet, those alone by plain http. aiohttp
    is loaded at the first post, for 0.1 s.
    """

    def __init__(self, allowed: Networks = (), resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve or system_resolve
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._threads: ThreadPoolExecutor | None = None

    def check(self, url: str) -> str | None:
        """Why an address would be refused for its form, in words; None if it is good."""
        return check_url(url, self._allowed)

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Post once, within `timeout` seconds; the HTTP status. Raises OutboundError."""
        import aiohttp

        refused = self.check(url)
        if refused is not None:
            raise WebhookTransportError("address_refused", refused)
        try:
            async with asyncio.timeout(timeout):
                return await self._send(url, headers, body)
        except TimeoutError:
            raise WebhookTransportError("timeout", "the deadline passed") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _by_kind(error) from None

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        from yarl import URL

        target = URL(url, encoded=True)
        async with self._session(target.scheme).post(
            target, data=body, headers=headers, allow_redirects=False
        ) as response:
            # What else it says is not read: the connection ends here.
            return response.status

    def _session(self, scheme: str) -> "aiohttp.ClientSession":
        """One session for each scheme, because the guards differ."""
        import aiohttp

        if scheme not in self._sessions:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(RESOLVERS, "resolve-outbound")
            connector = aiohttp.TCPConnector(
                # Callers bound their calls. A wait here would pass for the receiver's own.
                limit=0,
                force_close=True,
                use_dns_cache=False,
                resolver=cast("AbstractResolver", _Resolver(self._resolve, self._threads)),
                socket_factory=_SsrfGuard(self._allowed, encrypted=scheme == "https"),
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
    """Makes the socket of each attempt to connect, or refuses to."""

    def __init__(self, allowed: Networks, *, encrypted: bool) -> None:
        self._allowed = allowed
        self._encrypted = encrypted

    def __call__(self, attempt: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = attempt
        if not may_connect(address[0], self._allowed, public=self._encrypted):
            raise AddressRefused
        return socket.socket(family, kind, protocol)


class _Resolver:
    """Looks names up in threads of its own."""

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
        """The threads belong to the client."""


def system_resolve(host: str, port: int, family: int) -> list[tuple[int, str]]:
    """The addresses of a name, as the operating system tells them."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(int(kind), str(address[0])) for kind, _, _, _, address in found]


def _by_kind(error: Exception) -> WebhookTransportError:
    """A failure by its kind alone: the texts of these errors may hold the address."""
    import aiohttp

    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefused):
        return WebhookTransportError("address_refused", str(cause))
    if isinstance(error, aiohttp.ClientSSLError):
        return WebhookTransportError("tls", type(error).__name__)
    return WebhookTransportError("network", type(error).__name__)
