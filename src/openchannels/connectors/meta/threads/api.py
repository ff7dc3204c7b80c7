"""Threads: what several of its capabilities need."""

from typing import Any

from openchannels.core.credentials import Tokens
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

HOST = "https://graph.threads.net"
BASIC, INSIGHTS_SCOPE = "threads_basic", "threads_manage_insights"


async def read(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    return await client.get(
        f"{HOST}/v1.0/{path}",
        operation=operation,
        params=params,
        headers={"Authorization": f"Bearer {tokens.access_token}"},
        **parts,
    )
