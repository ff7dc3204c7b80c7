"""Calls to platforms over HTTP: bounded in time and size, without redirects or cookies."""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from openchannels.core.texts import without_halves

if TYPE_CHECKING:
    import aiohttp

Params = Mapping[str, str | int | None]

FREQUENT = ",:(){}=/+"
"""What lists of ids and of fields, times and cursors hold and a query does not."""
ESCAPED = [(character, quote(character, safe="")) for character in FREQUENT]
LOOSE_BYTES = 1024 * 1024
"""Longer bodies must pass the strict parser: the other takes twice the time and memory."""
SMALL_BYTES = 64 * 1024
MOST_CONTAINERS = 25_000
MOST_VALUES = 500_000
"""Bounds on parsed values: an empty list of 3 bytes takes 72 in memory."""


class TransportError(Exception):
    """No usable answer arrived. `category` is `timeout`, `network` or `too_large`.

    `sent` is False if there was no connection, so the platform received nothing.
    """

    def __init__(self, category: str, detail: str, *, sent: bool = True) -> None:
        self.category = category
        self.sent = sent
        super().__init__(f"{category}: {detail}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a platform, by its real URL.

    `timeout`, in seconds for the whole call, shortens the general one. A call that must not be
    lost uses a `fresh` connection, because the platform may close a kept one just as it is sent.
    One that is sent `once` is not sent again, whatever its method, where the connection breaks.
    With `head_only` the body of the answer is not read. An `upload` carries a part of a file, and
    has the time that takes. A `stream` yields the body in pieces, again for each attempt; the
    headers must say its `Content-Length`.
    """

    method: str
    url: str
    params: Params = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Params | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    stream: Callable[[], AsyncIterator[bytes]] | None = field(default=None, repr=False)
    timeout: float | None = None
    fresh: bool = False
    once: bool = False
    head_only: bool = False
    upload: bool = False


@dataclass(frozen=True)
class Answer:
    """A platform's answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Returns the value of the body, which is parsed once.

        Raises ValueError or RecursionError when it is not JSON, or has too many values.
        """
        return self._value

    @cached_property
    def _value(self) -> Any:
        _check_parts(self.body)
        try:
            # Takes half the time of the standard library, but refuses some valid JSON: lone
            # surrogates, a byte order mark, numbers beyond the range of a float.
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            if len(self.body) > LOOSE_BYTES:
                raise
            return _encodable(json.loads(self.body, parse_constant=_refuse_constant))


def _check_parts(body: bytes) -> None:
    """Refuses bodies that would block the event loop; counts brackets in strings as well."""
    if len(body) <= SMALL_BYTES:
        return
    containers = body.count(b"[") + body.count(b"{")
    if containers > MOST_CONTAINERS or containers + body.count(b",") > MOST_VALUES:
        raise ValueError("too many values")


def _encodable(value: Any) -> Any:
    """Returns a JSON value without halves of surrogate pairs: its texts are sent and stored."""
    if isinstance(value, str):
        return without_halves(value)
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {without_halves(name): _encodable(item) for name, item in value.items()}
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


Send = Callable[[Call], Awaitable[Answer]]
"""Sends a call and returns the answer; tests pass their own."""


def clean(params: Params) -> dict[str, str]:
    """Returns the parameters as text, without those that are None."""
    return {name: str(value) for name, value in params.items() if value is not None}


def build_url(url: str, params: Params) -> str:
    """Returns the URL with a query. Spaces become `%20`: some platforms read `+` literally."""
    given = clean(params)
    if not given:
        return url
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in given.items())
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _quoted(text: str) -> str:
    """Returns `quote(text, safe="")`, which takes lists of ids and of fields apart byte by byte."""
    if text.isascii() and text.isalnum():
        return text
    quoted = quote(text, safe=FREQUENT)
    for character, escaped in ESCAPED:
        quoted = quoted.replace(character, escaped)
    return quoted


async def _never_again(
    request: "aiohttp.ClientRequest", handler: "aiohttp.ClientHandlerType"
) -> "aiohttp.ClientResponse":
    """Sends a request for which aiohttp takes a broken connection as a reason to send it again.

    It does so for methods that HTTP calls idempotent, such as DELETE.
    """
    import aiohttp

    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise TransportError("network", type(error).__name__) from error


def _data(call: Call) -> bytes | AsyncIterator[bytes] | None:
    if call.stream is not None:
        return call.stream()
    return call.body if call.form is None else urlencode(clean(call.form)).encode()


class SandboxUrls:
    """Maps the URLs of platforms to the sandbox.

    `https://HOST/path` becomes `{base}/HOST/path`, for calls and for browsers alike; other URLs,
    such as a picture in a `data:` URL, stay as they are.
    """

    def __init__(self, base: str | None) -> None:
        self.base = base.rstrip("/") if base else None

    def __call__(self, url: str) -> str:
        if self.base is None or not url.startswith(("https://", "http://")):
            return url
        return f"{self.base}/{url.partition('://')[2]}"


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Limits of calls: seconds, bytes of a body, open connections; and the proxy to use."""

    timeout: float
    upload_timeout: float
    max_body: int
    connections: int
    proxy: str | None = field(repr=False)


class HttpClient:
    """Pools of connections to platforms; the first call imports aiohttp, which takes 0.1 s.

    Redirects are not followed, cookies are neither kept nor sent, the environment's proxies
    are not used, and a body over `max_body` bytes ends the call.
    """

    def __init__(
        self,
        *,
        sandbox: str | None = None,
        timeout: float = 20.0,
        upload_timeout: float = 300.0,
        max_body: int = 4 * 1024 * 1024,
        connections: int = 200,
        proxy: str | None = None,
    ) -> None:
        self.address = SandboxUrls(sandbox)
        self._limits = ClientLimits(timeout, upload_timeout, max_body, connections, proxy)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __call__(self, call: Call) -> Answer:
        """Sends a call. Raises TransportError."""
        import aiohttp

        longest = self._limits.upload_timeout if call.upload else self._limits.timeout
        try:
            async with asyncio.timeout(min(call.timeout or longest, longest)):
                return await self._send(call)
        except TimeoutError:
            raise TransportError("timeout", "the deadline passed") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The text of these errors may hold the URL, so only the type is passed on.
            sent = not isinstance(error, aiohttp.ClientConnectorError)
            raise TransportError("network", type(error).__name__, sent=sent) from None

    def load(self) -> None:
        """Imports aiohttp ahead of the first call; may run in any thread."""
        importlib.import_module("aiohttp")

    async def _send(self, call: Call) -> Answer:
        from yarl import URL

        url = URL(self.address(build_url(call.url, call.params)), encoded=True)
        data = _data(call)
        headers = call.headers
        if call.form is not None:
            headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        async with self._session(call.fresh).request(
            call.method,
            url,
            data=data,
            headers=headers,
            allow_redirects=False,
            proxy=self._limits.proxy,
            middlewares=(_never_again,) if call.once else None,
        ) as response:
            body = await self._body(call, response)
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, lowered, body)

    async def _body(self, call: Call, response: "aiohttp.ClientResponse") -> bytes:
        if call.head_only:
            response.close()
            return b""
        return await self._read(response)

    async def _read(self, response: "aiohttp.ClientResponse") -> bytes:
        most = self._limits.max_body
        if (response.content_length or 0) > most:
            response.close()
            raise TransportError("too_large", "the body is over the limit")
        size = 0
        chunks = []
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > most:
                response.close()
                raise TransportError("too_large", "the body is over the limit")
            chunks.append(chunk)
        return b"".join(chunks)

    def _session(self, fresh: bool) -> "aiohttp.ClientSession":
        import aiohttp

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
