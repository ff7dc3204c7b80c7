"""Passes requests on to another server of ours, such as a sandbox in a process of its own."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

Message = MutableMapping[str, Any]
OWN_HEADERS = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"date"}
)
"""Headers of one connection only, and those that each server sets itself."""
HOP_BY_HOP = OWN_HEADERS | {b"content-length", b"expect"}
"""The same of a request, whose body is sent in parts."""


class Forwarder:
    """An ASGI application that answers what the server at `url` answers.

    Where that server breaks an answer off, so does this one; without any answer it is 502. The
    client's host is passed on.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keeps connections to the server within this context."""
        yield
        if self._session is not None:
            await self._session.close()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        import aiohttp

        started = False
        try:
            async with self._request(scope, receive) as response:
                headers = [(name.lower(), value) for name, value in response.raw_headers]
                await send(
                    {
                        "type": "http.response.start",
                        "status": response.status,
                        "headers": [one for one in headers if one[0] not in OWN_HEADERS],
                    }
                )
                started = True
                async for part in response.content.iter_any():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except aiohttp.ClientError:
            if started:
                # The server around us closes a connection whose answer stays unfinished.
                return
            await send({"type": "http.response.start", "status": 502, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _request(
        self, scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]]
    ) -> "aiohttp.client._RequestContextManager":
        from yarl import URL

        query = scope["query_string"]
        address = self._url.encode() + scope["raw_path"] + (b"?" + query if query else b"")
        return self._opened().request(
            scope["method"],
            URL(address.decode("latin-1"), encoded=True),
            headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in scope["headers"]
                if name not in HOP_BY_HOP
            ],
            data=_body(receive) if _has_body(scope) else None,
            allow_redirects=False,
        )

    def _opened(self) -> "aiohttp.ClientSession":
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A kept connection may just be closing when a request is sent that must arrive.
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            )
        return self._session


def _has_body(scope: MutableMapping[str, Any]) -> bool:
    names = {name for name, _ in scope["headers"]}
    return bool(names & {b"content-length", b"transfer-encoding"})


async def _body(receive: Callable[[], Awaitable[Message]]) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        if not message.get("more_body"):
            return
