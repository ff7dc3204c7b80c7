"""Threads: calls and helpers shared by its capabilities."""

from typing import Any

from openchannels.core.credentials import Tokens
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

HOST = "https://graph.threads.net"
API = f"{HOST}/v1.0"
BASIC, INSIGHTS_SCOPE = "threads_basic", "threads_manage_insights"


async def get_json(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    """Calls a path of the API; returns the answer's JSON."""
    return await client.get(
        f"{API}/{path}", operation=operation, params=params, headers=bearer(tokens), **parts
    )


def declined_insights(tokens: Tokens) -> bool:
    return tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes


def as_listed(written: str) -> str:
    """Returns a text without `#`, which is not shown before the word that becomes the topic."""
    return written.replace("#", "")
