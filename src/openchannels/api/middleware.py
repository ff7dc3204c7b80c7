"""The outermost ASGI layer: request ids, limits, CORS headers, metrics, traces, the access log.

Its limits hold for every request; a route without a key declares lower ones, see `api/bounds.py`.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Protocol

from openchannels.api import envelope
from openchannels.api.bounds import BODY_LIMIT, MAX_BODY, MAX_HEADERS, MAX_PATH, MAX_QUERY
from openchannels.api.locale import negotiate
from openchannels.api.request import RECORD, WHOLE, Network, header_size, logged_address, path_size
from openchannels.core import errors
from openchannels.core.exceptions import RequestRefused, RetryLater
from openchannels.core.ids import new_request_id
from openchannels.core.metrics import NO_METRICS, RequestMetrics
from openchannels.core.request_record import RequestRecord, current_request
from openchannels.core.tracing import NO_TRACING, RequestTracing
from openchannels.core.whole_answer import EXTENSION, SendWhole
from openchannels.service.assets.addresses import MEDIA, UPLOADS

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOGGED_PATH = 256
API = "/api/"
FILES = (f"{MEDIA}/", f"{UPLOADS}/")
MAX_DRAIN = 8 * MAX_BODY
LENGTH_DIGITS = 20
"""Bytes that are read at full speed of a body that is refused."""
DRAIN_SECONDS = 5.0
DRAIN_PAUSE = 0.1
"""Seconds between further parts of it."""
REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
CORS = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*")]
NO_STORE = (b"cache-control", b"no-store")
OF_API = [*CORS, (b"x-service", b"openchannels")]
"""On each answer of the API. Clients that know this service by it may send idempotency keys."""
PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"*, x-api-key, content-type, accept-language, idempotency-key",
    ),
    (b"access-control-max-age", b"86400"),
]


class AccessLogger(Protocol):
    """Writes the line of an answered request."""

    def __call__(
        self,
        method: str,
        path: str,
        status: int | None,
        client: str,
        ms: float,
        record: RequestRecord,
    ) -> None:
        """`path` is without query, and cut after `LOGGED_PATH` characters."""


class BodyTooLarge(Exception):
    """The body exceeded the size limit while it was read; answered with 413."""


class BodyTooSlow(Exception):
    """The body did not arrive in time; answered with 408."""


class Middleware:
    """Wraps the whole application. Answers of the API and of assets allow any origin.

    A body must arrive within `body_seconds`; a file may take longer, but each part of it must come
    within that time. While `draining` is set, new requests are answered with 503; those in progress
    finish.
    """

    def __init__(
        self,
        app: App,
        metrics: RequestMetrics = NO_METRICS,
        log_access: AccessLogger | None = None,
        *,
        tracing: RequestTracing = NO_TRACING,
        body_seconds: float = 30.0,
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._log_access = log_access
        self._tracing = tracing
        self._body_seconds = body_seconds
        self._trusted_proxies = trusted_proxies
        self.draining = False
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._body_seconds)
        started = time.perf_counter()
        token = current_request.set(exchange.record)
        span = self._tracing.begin_request(scope["method"], scope["path"], scope["headers"])
        self.in_flight += 1
        try:
            await self._serve(exchange)
        finally:
            self.in_flight -= 1
            current_request.reset(token)
            self._report(exchange, time.perf_counter() - started)
            span.end(exchange.record, exchange.status)

    def _report(self, exchange: "_Exchange", seconds: float) -> None:
        record, scope = exchange.record, exchange.scope
        code = exchange.status if record.code is None else record.code
        self._metrics.count_request(record.operation, code, seconds)
        if self._log_access is not None:
            client = logged_address(scope, self._trusted_proxies)
            path, ms = _shortened(scope["path"]), seconds * 1000
            self._log_access(scope["method"], path, exchange.status, client, ms, record)

    async def _serve(self, exchange: "_Exchange") -> None:
        if exchange.address_too_long:
            await exchange.refuse(errors.URI_TOO_LONG())
        elif exchange.shared and exchange.scope["method"] == "OPTIONS":
            await exchange.reply(204, b"", [*exchange.shared, *PREFLIGHT])
        elif self.draining:
            await exchange.refuse(errors.unavailable("stopping"))
        elif header_size(exchange.scope["headers"]) > MAX_HEADERS:
            await exchange.refuse(errors.HEADERS_TOO_LARGE())
        elif exchange.announced_length > MAX_BODY and not exchange.is_upload:
            exchange.cuts_body = True
            await exchange.refuse(errors.PAYLOAD_TOO_LARGE())
        else:
            await self._app(exchange.scope, exchange.receive, exchange.send)


def _shared_headers(path: str) -> list[Header]:
    """Returns what answers carry that pages of other origins may read; nothing for the others."""
    if path.startswith(API):
        return OF_API
    return CORS if path.startswith(FILES) else []


def _shortened(path: str) -> str:
    """Returns a path for the log: of a file's address not the part that nobody can guess."""
    if path.startswith(f"{MEDIA}/"):
        path = path.rpartition("/")[0] + "/..."
    return path if len(path) <= LOGGED_PATH else path[:LOGGED_PATH] + "..."


def _content_length(announced: bytes) -> int:
    """Parses Content-Length, which may have leading zeros; Python's int stops at 4300 digits."""
    if not announced.isdigit():
        return 0
    return int(announced) if len(announced) <= LENGTH_DIGITS else MAX_BODY + 1


class _Exchange:
    """One request and its answer as they pass this layer."""

    __slots__ = (
        *("_headers", "_read", "_receive", "_seconds_left", "_send"),
        *(
            "announced_length",
            "cuts_body",
            "is_upload",
            "record",
            "request_id",
            "scope",
            "shared",
            "status",
        ),
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_seconds: float) -> None:
        path, headers = scope["path"], dict(scope["headers"])
        self.scope = scope
        self.shared = _shared_headers(path)
        self.is_upload = scope["method"] == "PUT" and path.startswith(f"{UPLOADS}/")
        self.status: int | None = None
        self._seconds_left: float | None = body_seconds
        """Until the end of the body, or of a file until its next part; None behind it."""
        self.cuts_body = False
        """Whether the answer comes before the end of a body that may be long."""
        self._receive = receive
        self._send = send
        self._read = 0
        self._headers = headers
        sent = headers.get(b"x-request-id")
        known = sent is not None and REQUEST_ID.fullmatch(sent)
        self.request_id: str = sent.decode() if sent and known else new_request_id()
        length = headers.get(b"content-length")
        self.announced_length = 0 if length is None else _content_length(length)
        self.record = RequestRecord(self.request_id)
        state = scope.setdefault("state", {})
        state["request_id"], state[RECORD] = self.request_id, self.record

    @property
    def address_too_long(self) -> bool:
        return path_size(self.scope) > MAX_PATH or len(self.scope["query_string"]) > MAX_QUERY

    @property
    def _expects(self) -> bool:
        return b"expect" in self._headers

    @property
    def _language(self) -> str:
        sent: bytes = self._headers.get(b"accept-language", b"")
        return sent.decode("latin-1")

    async def receive(self) -> Message:
        message = await self._next_part()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self.scope["state"].get(BODY_LIMIT, MAX_BODY):
                self.cuts_body = bool(message.get("more_body"))
                raise BodyTooLarge
        return message

    async def _next_part(self) -> Message:
        """Receives a part of the body within the time left; messages after it may take any time."""
        if self._seconds_left is None:
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._seconds_left):
                message = await self._receive()
        except TimeoutError:
            self._seconds_left = None
            raise BodyTooSlow from None
        if not message.get("more_body"):
            self._seconds_left = None
        elif not self.is_upload:
            self._seconds_left -= loop.time() - began
        return message

    def send(self, message: Message) -> Awaitable[None]:
        # Not a coroutine of its own: each answer would wait for two more.
        if message["type"] == WHOLE:
            return self._answer(message["headers"], message["body"])
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_shared(message["headers"])
            if self.is_upload and self._seconds_left is not None:
                self.cuts_body = True
        return self._pass_on(message) if self.cuts_body else self._send(message)

    async def _answer(self, headers: list[Header], body: bytes) -> None:
        """Sends a whole answer of status 200; see `core/whole_answer.py`."""
        whole: SendWhole | None = self.scope.get("extensions", {}).get(EXTENSION)
        complete = self._with_shared(headers)
        if whole is not None and whole(complete, body):
            self.status = 200
        else:
            await self.reply(200, body, complete)

    def _with_shared(self, headers: list[Header]) -> list[Header]:
        more = [*headers, (b"x-request-id", self.request_id.encode())]
        if self.shared:
            if not any(name == b"cache-control" for name, _ in headers):
                more.append(NO_STORE)
            more += self.shared
        return more

    async def _pass_on(self, message: Message) -> None:
        """Sends a message; the last one only once what the client is still sending was read.

        Closing with bytes unread resets the connection: the client, or a proxy that then answers
        502, would lose our answer.
        """
        is_last = message["type"] == "http.response.body" and not message.get("more_body")
        if is_last and self.cuts_body:
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _drain(self) -> None:
        """Discards the rest of the body for some time, all but its beginning slowly.

        A sender that is held up looks whether there is an answer; nginx does not before that.
        Nothing is read from a client that waits for `100 Continue`.
        """
        if self._expects:
            return
        left = MAX_DRAIN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while True:
                    message = await self._receive()
                    if not message.get("more_body"):
                        return
                    left -= len(message.get("body", b""))
                    if left < 0:
                        await asyncio.sleep(DRAIN_PAUSE)

    async def reply(self, status: int, body: bytes, headers: list[Header]) -> None:
        self.status = status
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await self._pass_on(start)
        await self._pass_on({"type": "http.response.body", "body": body})

    async def refuse(self, error: RequestRefused) -> None:
        """Refuses a request unread: with the error's HTTP status, also as the envelope's code."""
        self.record.code = error.code.number
        body = envelope.failure(error, negotiate(self._language), self.request_id)
        wait = str(error.retry_after).encode() if isinstance(error, RetryLater) else None
        headers = [
            (b"content-type", envelope.JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", self.request_id.encode()),
            NO_STORE,
            (b"connection", b"close"),
            *([(b"retry-after", wait)] if wait else []),
            *self.shared,
        ]
        await self.reply(error.code.number, body, headers)
