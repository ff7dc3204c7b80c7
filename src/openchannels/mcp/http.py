"""The protocol over HTTP, inside the service: stateless, each request with its caller's key."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings

from openchannels.client import AsyncClient
from openchannels.client.in_process import in_process_client
from openchannels.mcp.server import build_server

App = Callable[[Any, Any, Any], Awaitable[None]]
CALLER = "openchannels.mcp.caller"
"""Name in a request's scope of who calls."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class McpCaller:
    """Who sent a request: the key, the address it came from, the language of messages."""

    api_key: str = field(repr=False)
    address: str
    language: str


class McpOverHttp:
    """Answers requests of the protocol; the tools call the service's own application.

    Requests must name the host of `public_url` or a loopback one, and come from a page of these if
    from a page at all.
    """

    def __init__(self, app: App, public_url: str, max_body: int) -> None:
        self._app = app
        server = build_server(self._open_client)
        # One JSON answer to each request: streams would outlive a stop of the server.
        server.streamable_http_app(
            stateless_http=True,
            json_response=True,
            max_request_body_size=max_body,
            transport_security=_allowed(public_url),
        )
        self._sessions = server.session_manager

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answers requests within this context only."""
        async with self._sessions.run():
            yield

    async def answer(
        self,
        scope: MutableMapping[str, Any],
        receive: Any,
        send: Any,
        *,
        api_key: str,
        address: str,
        language: str,
    ) -> None:
        """Answers a request whose key was checked; `address` is what limits count it under."""
        caller = McpCaller(api_key, address, language)
        await self._sessions.handle_request({**scope, CALLER: caller}, receive, send)

    def _open_client(self, context: Context[Any, Any]) -> AsyncClient:
        request: Any = context.request_context.request
        caller: McpCaller = request.scope[CALLER]
        return in_process_client(
            self._app,
            caller.api_key,
            client_address=caller.address,
            language=caller.language,
        )


def _allowed(public_url: str) -> TransportSecuritySettings:
    local = [f"{host}:*" for host in LOOPBACK]
    return TransportSecuritySettings(
        allowed_hosts=[urlsplit(public_url).netloc, *local],
        allowed_origins=[public_url, *(f"http://{host}" for host in local)],
    )
