"""The protocol over standard input and output, for agents that start a command."""

import contextlib
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp.server.mcpserver import Context

from openchannels.client import AsyncClient
from openchannels.mcp.server import build_server


async def serve_stdio(base_url: str, api_key: str) -> None:
    """Serves until standard input ends. Raises ConfigurationError."""
    async with AsyncClient(base_url, api_key, max_retries=0) as client:

        def open_client(_context: Context[Any, Any]) -> AbstractAsyncContextManager[AsyncClient]:
            return contextlib.nullcontext(client)

        await build_server(open_client).run_stdio_async()
