"""Serving reads straight from ASGI: Litestar routes them, but its request cycle is passed by.

That cycle took 15 of the 46 us of an auth-status (uvicorn's own apart): as much as reading the
key and the row. Routes, precedence, handlers and failures stay the same ones.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Litestar, Request
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response.base import ASGIResponse
from litestar.types import HTTPScope, Receive, Send

from openchannels.api.endpoint import ANSWER, Reply, internal_error, not_found, too_many
from openchannels.core.exceptions import TooManyRequests
from openchannels.service.services import Services

Answer = Callable[[Services, Request[Any, Any, Any]], Awaitable[bytes]]


class FastPath:
    """Wraps the application: GET operations are answered here, all else goes on to it."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._services: Services = app.state.services
        self._route = app.asgi_router.handle_routing

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        # Litestar folds doubled slashes; the contract has no such paths.
        folded = "//" in scope.get("path", "")
        answer = None if folded else self._find(scope)
        if answer is None and not folded:
            await self._app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        reply = await self._reply(answer, request)
        await reply(scope, receive, send)

    async def _reply(
        self, answer: Answer | None, request: Request[Any, Any, Any]
    ) -> Reply | ASGIResponse:
        """What the operation answers, or how it is refused; 404 where there is none."""
        if answer is None:
            refusal = not_found(request, NotFoundException())
        else:
            try:
                return Reply(await answer(self._services, request))
            except TooManyRequests as refused:
                refusal = too_many(request, refused)
            except Exception as fault:
                refusal = internal_error(request, fault)
        return refusal.to_asgi_response(None, request)

    def _find(self, scope: HTTPScope) -> Answer | None:
        """The operation that a request asks for; None where Litestar is to serve or refuse it."""
        if scope.get("method") != "GET" or not scope["path"].startswith("/api/"):
            return None
        try:
            _, handler, _, scope["path_params"], _ = self._route(path=scope["path"], method="GET")
        except HTTPException:
            return None
        return cast("Answer | None", handler.opt.get(ANSWER))
