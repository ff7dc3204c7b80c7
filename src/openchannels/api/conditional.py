"""Answers that anybody may keep, and that are not sent again to a caller who has them."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

MAX_AGE = 300
"""Seconds for which an answer may be kept: a restart with other settings may change it."""

Headers = Sequence[tuple[bytes, bytes]]


def strong_tag(content: bytes) -> bytes:
    """Returns the entity tag of a body that is sent as it is."""
    return f'"{sha256(content).hexdigest()[:32]}"'.encode()


def weak_tag(content: bytes) -> bytes:
    """Returns the entity tag of a body of which only this part lasts."""
    return b"W/" + strong_tag(content)


def answer(
    request: Request[Any, Any, Any],
    tag: bytes,
    media_type: str,
    body: Callable[[], bytes],
    more: Headers = (),
) -> ASGIApp:
    """Returns 200 with the body, or 304 if the caller has it; it may depend on the language."""
    headers = [
        (b"cache-control", f"public, max-age={MAX_AGE}".encode()),
        (b"vary", b"Accept-Language"),
        (b"etag", tag),
        *more,
    ]
    if _has(request, tag):
        return _Sent(304, headers, b"")
    content = body()
    length = str(len(content)).encode()
    about = [(b"content-type", media_type.encode()), (b"content-length", length)]
    return _Sent(200, [*headers, *about], content)


def _has(request: Request[Any, Any, Any], tag: bytes) -> bool:
    """Returns whether the caller names the answer's tag among those that it has, or any."""
    sent = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    opaque = tag.removeprefix(b"W/")
    tags = [one.strip() for one in b",".join(sent).split(b",")]
    return any(one == b"*" or one.removeprefix(b"W/") == opaque for one in tags)


class _Sent:
    """Sends a status, headers and a body as they are."""

    __slots__ = ("_body", "_start")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self._start: Any = {"type": "http.response.start", "status": status, "headers": headers}
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
