"""Operations without a key, whose answer depends on this installation and the language alone.

Anybody may keep the answer: it says for how long, and a caller who has it already gets 304.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, route
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from openchannels.api import envelope
from openchannels.api.bounds import public
from openchannels.api.endpoint import OPERATION, Operation
from openchannels.api.request import locale
from openchannels.core.platforms import Locale
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import note_code
from openchannels.service.services import Services

MAX_AGE = 300
"""Seconds for which an answer may be kept: a restart with other settings may change it."""
ANSWERS = "cacheable_answers"
"""Name in the application's state of the answers made so far, by operation and language."""

Render = Callable[[Services, Locale], Any]


def cacheable(operation: Operation, rate: Limit) -> Callable[[Render], HTTPRouteHandler]:
    """Turns a function into a public route, whose answer is made once for each language.

    `operation` has no scope; `rate` limits the requests of one client address.
    """
    options = public(rate)

    def wrap(render: Render) -> HTTPRouteHandler:
        @route(
            operation.path,
            http_method=operation.method,
            status_code=200,
            name=operation.id,
            opt={OPERATION: operation, **options["opt"]},
            include_in_schema=False,
        )
        async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
            language = locale(request.scope["headers"])
            answers: dict[tuple[str, Locale], msgspec.Raw] = request.app.state[ANSWERS]
            data = answers.get((operation.id, language))
            if data is None:
                data = msgspec.Raw(
                    msgspec.json.encode(render(request.app.state.services, language))
                )
                answers[operation.id, language] = data
            return _answer(request, data)

        return serve

    return wrap


def _answer(request: Request[Any, Any, Any], data: msgspec.Raw) -> ASGIApp:
    # Weak: the envelope around the data has another request id each time.
    tag = f'W/"{sha256(data).hexdigest()[:32]}"'.encode()
    headers = [
        (b"cache-control", f"public, max-age={MAX_AGE}".encode()),
        (b"vary", b"Accept-Language"),
        (b"etag", tag),
    ]
    if _has(request, tag):
        return _Sent(304, headers, b"")
    note_code(0)
    body = envelope.success(data, request.scope["state"]["request_id"])
    length = str(len(body)).encode()
    content = [(b"content-type", envelope.JSON.encode()), (b"content-length", length)]
    return _Sent(200, [*headers, *content], body)


def _has(request: Request[Any, Any, Any], tag: bytes) -> bool:
    """Returns whether the caller names the answer's tag among those that it has, or any."""
    sent = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    opaque = tag.removeprefix(b"W/")
    tags = [one.strip() for one in b",".join(sent).split(b",")]
    return any(one == b"*" or one.removeprefix(b"W/") == opaque for one in tags)


class _Sent:
    """Sends a status, headers and a body as they are."""

    __slots__ = ("_body", "_start")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._start: Any = {"type": "http.response.start", "status": status, "headers": headers}
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
