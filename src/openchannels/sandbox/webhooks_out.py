"""Sends what platforms push: verify tickets, events, and the callbacks of a mini-app.

Requests go only to the service whose base URL the sandbox was given, at its start or by a control
call, or to an address on this machine that a control call names.
"""

import asyncio
import contextlib
import http.client
import io
import ipaddress
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import structlog

from openchannels.sandbox.http import is_web_address

TIMEOUT_SECONDS = 30.0
FETCH_SECONDS = 3600.0
MAX_RESPONSE = 1 << 20
WEBHOOK_PATH = "/api/v2/channels/platforms/{platform}/webhooks"
"""Where the service receives webhooks; an operator registers this URL with the platform."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A POST request."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """The receiver's response."""

    status: int
    body: bytes


class DeliveryFailed(Exception):
    """There was no valid response; the text says why."""


class WebhookSender:
    """Sends requests to the service."""

    def __init__(self, service: str | None) -> None:
        self._service: str | None = None
        self._known = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        if service:
            self.send_to(service)

    def send_to(self, service: str) -> None:
        """Set the service's base URL. Raises ValueError."""
        if not is_web_address(service):
            raise ValueError(f"{service} is no http(s) URL")
        self._service = service.rstrip("/")
        self._known.set()

    async def until_known(self) -> None:
        """Wait until the service's URL is known."""
        await self._known.wait()

    def url(self, path: str) -> str | None:
        """The URL of a path of the service, or None if the service's URL is unknown."""
        return f"{self._service}{path}" if self._service else None

    def webhook_url(self, platform: str) -> str | None:
        """Where the service receives a platform's webhooks, or None if unknown."""
        return self.url(WEBHOOK_PATH.format(platform=platform))

    def is_allowed(self, address: str) -> bool:
        """Whether a control call may name this URL: of the service, or on this machine."""
        if not is_web_address(address):
            return False
        if self._service and _origin(address) == _origin(self._service):
            return True
        return _is_this_machine(urlsplit(address).hostname or "")

    async def deliver(self, request: OutgoingRequest) -> WebhookResponse:
        """Send a request. Raises DeliveryFailed."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return _parse(await _exchange(request))
        except (OSError, TimeoutError, ValueError, http.client.HTTPException) as error:
            raise DeliveryFailed(f"{request.url}: {error or type(error).__name__}") from error

    def deliver_in_background(self, request: OutgoingRequest) -> None:
        """Send a request once in the background; a failure is only logged."""
        self.run_in_background(self._try(request))

    async def _try(self, request: OutgoingRequest) -> None:
        try:
            response = await self.deliver(request)
        except DeliveryFailed as problem:
            _log.warning("sandbox_webhook_undelivered", cause=str(problem))
        else:
            if response.status >= 300:
                _log.warning("sandbox_webhook_refused", url=request.url, status=response.status)

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine until it ends or the sender is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel everything that runs in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


async def _exchange(request: OutgoingRequest) -> bytes:
    """Send a request over a new connection; returns the whole response."""
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, _port(parts), ssl=secure or None, limit=MAX_RESPONSE
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Host": parts.netloc,
            "Content-Length": str(len(request.body)),
            "Connection": "close",
            **request.headers,
        }
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + request.body)
        await writer.drain()
        return await _read_all(reader)
    finally:
        writer.close()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    received = bytearray()
    while piece := await reader.read(65_536):
        received += piece
        if len(received) > MAX_RESPONSE:
            raise ValueError("the response is too long")
    return bytes(received)


async def fetch(address: str, take: Callable[[bytes], None]) -> tuple[int, str]:
    """GET an address and pass its body to `take` in parts; returns status and content type.

    Raises DeliveryFailed.
    """
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await _fetch(address, take)
    except (OSError, TimeoutError, ValueError, EOFError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"{address}: {error or type(error).__name__}") from error


async def _fetch(address: str, take: Callable[[bytes], None]) -> tuple[int, str]:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(
        parts.hostname, _port(parts), ssl=parts.scheme == "https" or None, limit=MAX_RESPONSE
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # HTTP/1.0 has no chunks: the body ends with the connection.
        head = f"GET {target} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
        writer.write(head.encode("latin-1"))
        await writer.drain()
        head_of_answer = _parse_head(await reader.readuntil(b"\r\n\r\n"))
        while piece := await reader.read(65_536):
            take(piece)
        return head_of_answer
    finally:
        writer.close()


class _ReceivedBytes:
    """Stands in for a socket whose whole response was already read."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def _parse(content: bytes) -> WebhookResponse:
    response = http.client.HTTPResponse(_ReceivedBytes(content), method="POST")  # type: ignore[arg-type]
    response.begin()
    return WebhookResponse(response.status, response.read())


def _parse_head(content: bytes) -> tuple[int, str]:
    response = http.client.HTTPResponse(_ReceivedBytes(content), method="HEAD")  # type: ignore[arg-type]
    response.begin()
    return response.status, response.getheader("content-type", "")
