"""The outermost layer: request ids, size limits, CORS, headers and the access log."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from openchannels.api import envelope
from openchannels.api.locale import negotiate
from openchannels.core import errors
from openchannels.core.exceptions import ErrorCode, RequestRefused
from openchannels.core.ids import new_request_id

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1024 * 1024
MAX_HEADERS = 32 * 1024
MAX_DRAIN = 8 * MAX_BODY
LENGTH_DIGITS = 20
DRAIN_SECONDS = 5.0
REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
CORS = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*")]
PREFLIGHT = [
    *CORS,
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"*, x-api-key, content-type, accept-language"),
    (b"access-control-max-age", b"86400"),
]

Note = Callable[[str, str, int | None, float, str], None]
"""Takes method, path without query, HTTP status, milliseconds and request id of a request."""


class BodyTooLarge(Exception):
    """The body went over the limit while it was read; the application answers it with 413."""


class BodyTooSlow(Exception):
    """The body did not come in time; the application answers it with 408."""


class Middleware:
    """Wraps the whole application. `/api` answers are never stored and open to any origin.

    A body has `body_seconds` to arrive. With `draining` set, requests that still arrive are told
    to come back; those in flight finish.
    """

    def __init__(self, app: App, note: Note | None = None, body_seconds: float = 30.0) -> None:
        self._app = app
        self._note = note
        self._body_seconds = body_seconds
        self.draining = False
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._body_seconds)
        started = time.perf_counter()
        self.in_flight += 1
        try:
            await self._serve(exchange)
        finally:
            self.in_flight -= 1
            if self._note is not None:
                ms = (time.perf_counter() - started) * 1000
                path, request_id = scope["path"], exchange.request_id
                self._note(scope["method"], path, exchange.status, ms, request_id)

    async def _serve(self, exchange: "_Exchange") -> None:
        if exchange.api and exchange.scope["method"] == "OPTIONS":
            await exchange.reply(204, b"", PREFLIGHT)
        elif self.draining:
            await exchange.refuse(errors.DRAINING)
        elif exchange.header_bytes > MAX_HEADERS:
            await exchange.refuse(errors.HEADERS_TOO_LARGE)
        elif exchange.announced_length > MAX_BODY:
            await exchange.drain(exchange.announced_length)
            await exchange.refuse(errors.PAYLOAD_TOO_LARGE)
        else:
            await self._app(exchange.scope, exchange.receive, exchange.send)


def _length(announced: bytes) -> int:
    """A Content-Length, which may begin with zeros; Python reads no more than 4300 digits."""
    if not announced.isdigit():
        return 0
    return int(announced) if len(announced) <= LENGTH_DIGITS else MAX_DRAIN + 1


class _Exchange:
    """One request and its answer as they pass the edge."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_seconds: float) -> None:
        self.scope = scope
        self._seconds_left: float | None = body_seconds
        self.api = scope["path"].startswith("/api/")
        self.status: int | None = None
        self._receive = receive
        self._send = send
        self._read = 0
        headers = dict(scope["headers"])
        sent = headers.get(b"x-request-id", b"")
        self.request_id = sent.decode() if REQUEST_ID.fullmatch(sent) else new_request_id()
        self._language = headers.get(b"accept-language", b"").decode("latin-1")
        self._expects = b"expect" in headers
        length = headers.get(b"content-length", b"0")
        self.announced_length = _length(length)
        self.header_bytes = sum(len(name) + len(value) for name, value in scope["headers"])
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        message = await self._next_part()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > MAX_BODY:
                if message.get("more_body"):
                    await self.drain()
                raise BodyTooLarge
        return message

    async def _next_part(self) -> Message:
        """Part of the body, in the time that is left for it; then whatever comes, at any time."""
        if self._seconds_left is None:
            return await self._receive()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds_left):
                message = await self._receive()
        except TimeoutError:
            self._seconds_left = None
            raise BodyTooSlow from None
        spent = time.perf_counter() - began
        self._seconds_left = self._seconds_left - spent if message.get("more_body") else None
        return message

    async def drain(self, announced: int = 0) -> None:
        """Read on and forget, within bounds: a client still sending would lose our answer.

        What waits for `100 Continue` has not been sent yet, and a vast body is not waited for.
        """
        if self._expects or announced > MAX_DRAIN:
            return
        left = MAX_DRAIN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body"):
                        return

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], (b"x-request-id", self.request_id.encode())]
            if self.api:
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                headers += CORS
            message["headers"] = headers
        await self._send(message)

    async def reply(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, code: ErrorCode[RequestRefused]) -> None:
        """Refuse unread: the real status, and the envelope with that number as its code."""
        body = envelope.failure(code(), negotiate(self._language), self.request_id)
        headers = [
            (b"content-type", envelope.JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", self.request_id.encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *([(b"retry-after", b"5")] if code is errors.DRAINING else []),
            *(CORS if self.api else []),
        ]
        await self.reply(code.number, body, headers)
