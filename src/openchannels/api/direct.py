"""Serving reads straight from ASGI: Litestar routes them, but its request cycle is passed by.

That cycle took 15 of the 46 us of an auth-status (uvicorn's own apart): as much as reading the
key and the row. Routes, precedence, handlers and failures stay the same ones.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Litestar, Request
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import HTTPScope, Receive, Send

from openchannels.api.endpoint import ANSWER, Reply, internal_error, not_found, too_many
from openchannels.core.errors import TooManyRequests
from openchannels.service.services import Services

Answer = Callable[[Services, Request[Any, Any, Any]], Awaitable[bytes]]


class Direct:
    """Wraps the application: GET operations are answered here, all else goes on to it."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._services: Services = app.state.services
        self._route = app.asgi_router.handle_routing

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if "//" in scope.get("path", ""):
            # Litestar folds doubled slashes; the contract has no such paths.
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            refusal = not_found(request, NotFoundException()).to_asgi_response(None, request)
            await refusal(scope, receive, send)
            return
        answer = self._find(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            body = await answer(self._services, request)
        except TooManyRequests as refused:
            refusal = too_many(request, refused).to_asgi_response(None, request)
            await refusal(scope, receive, send)
        except Exception as fault:
            refusal = internal_error(request, fault).to_asgi_response(None, request)
            await refusal(scope, receive, send)
        else:
            await Reply(body)(scope, receive, send)

    def _find(self, scope: HTTPScope) -> Answer | None:
        """The operation that a request asks for; None where Litestar is to serve or refuse it."""
        if scope.get("method") != "GET" or not scope["path"].startswith("/api/"):
            return None
        try:
            _, handler, _, scope["path_params"], _ = self._route(path=scope["path"], method="GET")
        except HTTPException:
            return None
        return cast("Answer | None", handler.opt.get(ANSWER))
