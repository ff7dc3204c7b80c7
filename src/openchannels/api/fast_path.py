"""Answers GET operations without Litestar's request cycle, which is slow.

That cycle takes as long as reading the row. Routes, precedence, handlers and errors are the same.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Litestar, Request
from litestar.exceptions import NotFoundException
from litestar.response import Response
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope, Receive, Send

from openchannels.api.endpoint import (
    RESPOND,
    EnvelopeResponse,
    internal_error,
    not_found,
    retry_later,
)
from openchannels.api.path_table import PathTable
from openchannels.api.segments import keep_slashes
from openchannels.core.exceptions import RetryLater
from openchannels.service.services import Services

Responder = Callable[[Services, HTTPScope, Receive], Awaitable[EnvelopeResponse]]
API = "/api/"


class FastPath:
    """ASGI wrapper that answers GET operations and passes all other requests to the application."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._services: Services = app.state.services
        self._table = responders(app)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        scope = keep_slashes(scope)
        path = scope.get("path", "")
        if "//" in path:
            # Litestar treats doubled slashes as one; the contract has no such paths.
            await self._refuse(not_found, NotFoundException(), scope, receive, send)
            return
        is_operation = scope.get("method") == "GET" and path.startswith(API)
        found = self._table.find(path) if is_operation else None
        if found is None:
            await self._app(scope, receive, send)
            return
        respond, scope["path_params"] = found
        try:
            reply = await respond(self._services, scope, receive)
        except RetryLater as refused:
            await self._refuse(retry_later, refused, scope, receive, send)
        except Exception as fault:
            await self._refuse(internal_error, fault, scope, receive, send)
        else:
            await reply(scope, receive, send)

    async def _refuse(
        self,
        render: Callable[..., Response[bytes]],
        error: Exception,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
    ) -> None:
        # As Litestar sets it: refusals look there for the page that a browser sees.
        cast("dict[str, Any]", scope)["litestar_app"] = self._app
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        await render(request, error).to_asgi_response(None, request)(scope, receive, send)


def responders(app: Litestar) -> PathTable[Responder]:
    """Returns what answers the GET operations by their paths, of all the routes below `/api/`."""
    table: PathTable[Responder] = PathTable()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith(API):
            named = (
                one.opt.get(RESPOND) for one in route.route_handlers if "GET" in one.http_methods
            )
            table.add(route.path_components, next(named, None))
    return table
