"""How much of a request a route reads that needs no API key; declared where the route is.

    @get("/health", **public(Limit.PROBE))

What is larger is refused before the route runs. Operations check the key first: until then they
read no query and no body.
"""

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from openchannels.api.request import RECORD, client_address, header_size, path_size
from openchannels.core import errors
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

BOUNDS = "bounds"
BODY_LIMIT = "body_limit"
"""Name in the request's state of the bytes that may be read of its body."""
KIB = 1024
MAX_PATH = KIB
MAX_QUERY = 128 * KIB
MAX_HEADERS = 32 * KIB
MAX_BODY = KIB * KIB
FORM = 64 * KIB
COOKIES = 24 * KIB
"""More than the 180 cookies that browsers keep for a host, each as long as a session's of ours."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a route reads of one request, in bytes.

    `fields` are those of a query, a form or a JSON object; `rate` limits the requests of one client
    address. `loop_ms` is the longest time for which a request may keep the event loop from other
    requests; a test measures it.
    """

    rate: Limit
    path: int = MAX_PATH
    query: int = 8 * KIB
    headers: int = MAX_HEADERS
    cookies: int = COOKIES
    body: int = 0
    fields: int = 100
    loop_ms: int = 20


def public(rate: Limit, *, body: int = 0) -> dict[str, Any]:
    """Returns the options of a route that needs no key. `body`: the most bytes it reads of one."""
    return {"opt": {BOUNDS: Bounds(rate, body=body)}}


def field_count(raw: bytes) -> int:
    """Returns the number of fields in a query or form."""
    return raw.count(b"&") + 1


async def check_bounds(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Guard of all routes. Raises TooManyRequests, or RequestRefused for a part that is too large.

    The body is counted as it is read. Path and headers are checked here again because a route may
    declare less than `Middleware` lets through.
    """
    bounds: Bounds | None = handler.opt.get(BOUNDS)
    if bounds is None:
        return
    scope = connection.scope
    scope["state"][RECORD].operation = handler.name or handler.handler_name
    services: Services = scope["litestar_app"].state.services
    address = client_address(scope, services.context.rules.trusted_proxies)
    services.limits.count_request(bounds.rate, address)
    headers = scope["headers"]
    query = scope["query_string"]
    if path_size(scope) > bounds.path or len(query) > bounds.query:
        raise errors.URI_TOO_LONG()
    if field_count(query) > bounds.fields:
        raise errors.URI_TOO_LONG()
    if header_size(headers) > bounds.headers or header_size(headers, b"cookie") > bounds.cookies:
        raise errors.HEADERS_TOO_LARGE()
    scope["state"][BODY_LIMIT] = bounds.body
