"""The MCP server's addresses: the key is checked here, the messages are answered by `app`'s.

All statuses are real ones, also under `/api`: clients of the protocol read nothing else.
"""

from typing import Any, Protocol

from litestar import HttpMethod, Response, get, route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from openchannels.api import envelope
from openchannels.api.bounds import MAX_BODY, public
from openchannels.api.endpoint import authenticate, not_found
from openchannels.api.reading import AnyRequest
from openchannels.api.request import bearer_or_api_key, client_address, locale
from openchannels.core.exceptions import Unauthorized
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import note_code
from openchannels.service.services import Services

PATHS = ["/mcp", "/api/unified/mcp"]
METADATA = "/.well-known/oauth-protected-resource"
METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE]


class McpServer(Protocol):
    """Answers the messages of a caller whose key was checked."""

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        api_key: str,
        address: str,
        language: Locale,
    ) -> None: ...


@route(PATHS, http_method=METHODS, status_code=200, include_in_schema=False,
       **public(Limit.MCP_ADDRESS, body=MAX_BODY))  # fmt: skip
async def mcp(request: AnyRequest) -> ASGIApp:
    """Answers messages by POST: 401 without a key, 404 where `mcp.enabled` is off.

    There are no sessions and no streams, so GET and DELETE are answered with 405.
    """
    server: McpServer | None = request.app.state.mcp
    if server is None:
        return _absent(request)
    services: Services = request.app.state.services
    headers = request.scope["headers"]
    try:
        caller = await authenticate(services, request.scope, bearer_or_api_key)
    except Unauthorized as refused:
        return _unauthorized(request, refused)
    services.limits.count_request(Limit.MCP, caller.key_id)
    if request.method != HttpMethod.POST:
        return ASGIResponse(status_code=405, headers={"allow": "POST"})
    key = bearer_or_api_key(headers) or ""
    address = client_address(request.scope, services.context.rules.trusted_proxies)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await server(scope, receive, send, api_key=key, address=address, language=locale(headers))

    return answer


@get(METADATA, include_in_schema=False, **public(Limit.PROBE))
async def protected_resource(request: AnyRequest) -> ASGIApp:
    """Tells agents which OAuth server has keys for them (RFC 9728), if the operator named one."""
    server = request.app.state.authorization_server
    if server is None:
        return _absent(request)
    metadata = {
        "resource": _public_url(request),
        "authorization_servers": [server],
        "bearer_methods_supported": ["header"],
    }
    return Response(metadata).to_asgi_response(None, request)


def _absent(request: AnyRequest) -> ASGIApp:
    answer = not_found(request, NotFoundException())
    answer.status_code = 404
    return answer.to_asgi_response(None, request)


def _unauthorized(request: AnyRequest, refused: Unauthorized) -> ASGIApp:
    note_code(refused.code.number)
    challenge = 'Bearer realm="openchannels"'
    if request.app.state.authorization_server is not None:
        challenge += f', resource_metadata="{_public_url(request)}{METADATA}"'
    state, headers = request.scope["state"], request.scope["headers"]
    body = envelope.failure(refused, locale(headers), state["request_id"])
    return Response(
        body, media_type=envelope.JSON, status_code=401, headers={"www-authenticate": challenge}
    ).to_asgi_response(None, request)


def _public_url(request: AnyRequest) -> str:
    services: Services = request.app.state.services
    return services.context.rules.public_url


ROUTES: list[Any] = [mcp, protected_resource]
