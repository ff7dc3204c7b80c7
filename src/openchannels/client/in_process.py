"""A client of a service that runs in this process: no socket, the same checks and limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from openchannels.client.aio.client import AsyncClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    App = Callable[[Any, Any, Any], Awaitable[None]]

ADDRESS = "http://localhost"
"""What requests name as their host; nothing is sent there."""


def in_process_client(
    app: App, api_key: str, *, client_address: str, language: str | None = None
) -> AsyncClient:
    """Returns a client whose requests go to an ASGI application.

    `client_address` is for the limits of the application: where the one sits for whom it calls.
    Nothing is sent again, because no connection can fail. Raises ConfigurationError.
    """
    import httpx2

    transport = httpx2.ASGITransport(
        _finishing(app), raise_app_exceptions=False, client=(client_address, 0)
    )
    return AsyncClient(ADDRESS, api_key, language=language, max_retries=0, transport=transport)


def _finishing(app: App) -> App:
    """Returns an application that ends what it began, also for a caller who is cancelled.

    A server does not cancel a request whose client hangs up: it may be storing new tokens.
    """
    running: set[asyncio.Task[None]] = set()

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        task = asyncio.ensure_future(app(scope, receive, send))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.shield(task)

    return serve
