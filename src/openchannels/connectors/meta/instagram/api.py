"""Instagram: what several of its capabilities need."""

from typing import Any

from openchannels.connectors.meta.graph import VERSION, classify_graph, graph_get, graph_url
from openchannels.core.credentials import Tokens
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

HOST = "https://graph.instagram.com"
INSIGHTS_SCOPES = ("instagram_business_manage_insights", "instagram_manage_insights")


def by_facebook(app: App) -> bool:
    return bool(app.option("login") == "facebook")


def of_page(tokens: Tokens) -> bool:
    return "page_id" in tokens.extra


async def read(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    """One read on the host of the login that the tokens came by."""
    if of_page(tokens):
        # A Page's token can be fetched anew, so its refusal is not yet the end.
        return await graph_get(
            client,
            graph_url(client, path),
            tokens.access_token,
            operation,
            params,
            classify=classify_graph,
        )
    version = client.app.option("graph_version", VERSION)
    return await client.get(
        f"{HOST}/{version}/{path}",
        operation=operation,
        params=params,
        headers=bearer(tokens),
        **parts,
    )
