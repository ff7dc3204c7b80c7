"""The connections to platforms, and what goes over one: loaded at the first call, for 0.1 s."""

import asyncio
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from openchannels.transport.client import (
    Answer,
    Call,
    Limits,
    Sandboxed,
    TransportError,
    build_url,
    clean,
)


class Pool:
    """The sessions of `HttpClient`, which says what they do."""

    def __init__(self, address: Sandboxed, limits: Limits) -> None:
        self._address = address
        self._limits = limits
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def ask(self, call: Call) -> Answer:
        """Make a call. Raises TransportError."""
        longest = self._limits.timeout
        try:
            async with asyncio.timeout(min(call.timeout or longest, longest)):
                return await self._send(call)
        except TimeoutError:
            raise TransportError("timeout", "the deadline passed") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The text of these errors may hold the address, so only the type goes on.
            sent = not isinstance(error, aiohttp.ClientConnectorError)
            raise TransportError("network", type(error).__name__, sent=sent) from None

    async def _send(self, call: Call) -> Answer:
        url = URL(self._address(build_url(call.url, call.params)), encoded=True)
        data = call.body if call.form is None else urlencode(clean(call.form)).encode()
        headers = dict(call.headers)
        if call.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self._session(call.fresh).request(
            call.method,
            url,
            data=data,
            headers=headers,
            allow_redirects=False,
            proxy=self._limits.proxy,
        ) as response:
            body = await self._read(response)
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, lowered, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        most = self._limits.max_body
        if (response.content_length or 0) > most:
            response.close()
            raise TransportError("too_large", "the body is over the limit")
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > most:
                response.close()
                raise TransportError("too_large", "the body is over the limit")
        return bytes(body)

    def _session(self, fresh: bool) -> aiohttp.ClientSession:
        if fresh not in self._sessions:
            self._sessions[fresh] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.connections, ttl_dns_cache=60, force_close=fresh
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
                headers={"Accept": "application/json", "User-Agent": "openchannels"},
            )
        return self._sessions[fresh]

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
