"""Reads query, form, cookies and body of a request, within its route's bounds.

Use these instead of `request.query_params`, `cookies`, `form()` and `body()`: Litestar keeps the
last 1,024 values of each in memory, as long as strangers make them.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request
from litestar.types import Receive

from openchannels.api.bounds import BODY_LIMIT, BOUNDS, Bounds, field_count
from openchannels.api.query import Query
from openchannels.core import errors

FORM_TYPE = b"application/x-www-form-urlencoded"

EXCESS = 1024 * 1024
"""More than one part of a body, as the server passes it on."""

AnyRequest = Request[Any, Any, Any]


class ClientDisconnected(Exception):
    """The client hung up before its body was complete, so nobody reads an answer."""


async def read_body(receive: Receive) -> bytes:
    """Returns the whole body. Raises ClientDisconnected, and what `Middleware` raises."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnected
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def read_parts(request: AnyRequest, most: int, seconds: float) -> AsyncIterator[bytes]:
    """Yields a body as it arrives, for at most so many seconds.

    A caller that wants `most` bytes gets some more of a longer body, so that it can refuse it.
    Raises ClientDisconnected for what is cut short, and what `Middleware` raises.
    """
    request.scope["state"][BODY_LIMIT] = most + EXCESS
    until = asyncio.get_running_loop().time() + seconds
    while True:
        message = await request.receive()
        if message["type"] != "http.request" or asyncio.get_running_loop().time() > until:
            raise ClientDisconnected
        if body := message.get("body", b""):
            yield body
        if not message.get("more_body"):
            return


def read_query(request: AnyRequest) -> Query:
    """Returns the query of a route without a key."""
    return Query(request.scope["query_string"])


async def read_form(request: AnyRequest, *, fields: int = 0, size: int = 0) -> Query:
    """Returns the posted fields, if they have the encoding of our own pages, otherwise none.

    Multipart parsers fail in many ways on invalid input. `fields` and `size` in bytes raise the
    route's bounds where a form is known to be larger. Raises PAYLOAD_TOO_LARGE and what `read_body`
    raises.
    """
    if not _is_form(request):
        return Query(b"")
    bounds: Bounds = request.route_handler.opt[BOUNDS]
    state = request.scope["state"]
    state[BODY_LIMIT] = max(bounds.body, size)
    body = await read_body(request.receive)
    most = max(bounds.fields, fields)
    if field_count(body) > most:
        raise errors.PAYLOAD_TOO_LARGE()
    return Query(body, most)


async def read_json(request: AnyRequest) -> dict[str, Any]:
    """Returns the members of the posted JSON object; none for any other body.

    Raises PAYLOAD_TOO_LARGE for too many members, and what `read_body` raises.
    """
    bounds: Bounds = request.route_handler.opt[BOUNDS]
    try:
        value = msgspec.json.decode(await read_body(request.receive))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    if len(value) > bounds.fields:
        raise errors.PAYLOAD_TOO_LARGE()
    return value


def read_cookies(request: AnyRequest) -> dict[str, str]:
    """Returns the cookies by name, as they were sent; of several of one name the last."""
    sent = [value for name, value in request.scope["headers"] if name == b"cookie"]
    pairs = (part.partition("=") for part in b";".join(sent).decode("latin-1").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _is_form(request: AnyRequest) -> bool:
    sent = next((v for name, v in request.scope["headers"] if name == b"content-type"), b"")
    return sent.partition(b";")[0].strip().lower() == FORM_TYPE
