"""Makes Litestar route without remembering paths.

Litestar keeps the last 1,024 paths it routed, and the parameters in them, in memory. Strangers
choose paths, so these caches hold what they sent.
"""

from litestar import Litestar
from litestar._asgi.routing_trie import traversal


def route_uncached(app: Litestar) -> None:
    """Replaces both caches of the router by the functions behind them."""
    router = app.asgi_router
    router.handle_routing = getattr(router.handle_routing, "__wrapped__", router.handle_routing)
    parse = traversal.parse_path_params
    traversal.parse_path_params = getattr(parse, "__wrapped__", parse)
