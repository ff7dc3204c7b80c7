"""Instagram: calls and helpers shared by its capabilities."""

from typing import Any

from openchannels.connectors.meta.failures import PAGE_FAILURES
from openchannels.connectors.meta.graph import VERSION, graph_request
from openchannels.core.credentials import Tokens
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

HOST = "https://graph.instagram.com"
INSIGHTS_SCOPES = ("instagram_business_manage_insights", "instagram_manage_insights")


def uses_facebook_login(app: App) -> bool:
    return bool(app.option("login") == "facebook")


def is_page_token(tokens: Tokens) -> bool:
    return "page_id" in tokens.extra


def api_request(
    client: PlatformClient, tokens: Tokens, path: str, params: Params
) -> dict[str, Any]:
    """Returns the arguments of a call to the host of the login that issued the tokens."""
    if is_page_token(tokens):
        # A refused Page token can be replaced, so the grant may still be valid.
        parts = graph_request(client, path, tokens.access_token, params)
        return {**parts, "classify": PAGE_FAILURES.classify}
    version = client.app.option("graph_version", VERSION)
    return {"url": f"{HOST}/{version}/{path}", "params": params, "headers": bearer(tokens)}


async def get_json(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    """Calls a path of the API; returns the answer's JSON."""
    request = api_request(client, tokens, path, params)
    return await client.get(operation=operation, **request, **parts)
