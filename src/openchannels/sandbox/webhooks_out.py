"""What platforms send of their own accord: tickets, events, and the calls of a mini-app.

Nothing is sent unless the sandbox was told where the service is, or a control call names an
address on this machine.
"""

import asyncio
import contextlib
import http.client
import io
import ipaddress
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import structlog

from openchannels.sandbox.http import is_web_address

PATIENCE_SECONDS = 30.0
"""How long an answer is waited for."""
MAX_ANSWER = 1 << 20
WEBHOOKS = "/api/v2/channels/platforms/{platform}/webhooks"
"""Where the service takes what platforms push; an operator registers it with each platform."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to post: where to, what, under which headers."""

    to: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the receiver said."""

    status: int
    body: bytes


class Undelivered(Exception):
    """Nobody answered, or nothing that can be read; the text says why."""


class Outbox:
    """Posts letters, and knows where the service is that they are for."""

    def __init__(self, service: str | None) -> None:
        if service and not is_web_address(service):
            raise ValueError(f"{service} is no http(s) address to push to")
        self._service = service.rstrip("/") if service else None
        self._posting: set[asyncio.Task[None]] = set()

    def address(self, path: str) -> str | None:
        """A path of the service as an address; None while it is unknown where the service is."""
        return f"{self._service}{path}" if self._service else None

    def webhook(self, platform: str) -> str | None:
        """Where a platform pushes to, or None."""
        return self.address(WEBHOOKS.format(platform=platform))

    def may_reach(self, address: str) -> bool:
        """Whether a control call may name this address: on this machine, or of the service."""
        if not is_web_address(address):
            return False
        if self._service and _origin(address) == _origin(self._service):
            return True
        return _is_this_machine(urlsplit(address).hostname or "")

    async def post(self, letter: Letter) -> Answered:
        """Deliver a letter. Raises Undelivered."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return _read(await _exchange(letter))
        except (OSError, TimeoutError, ValueError, http.client.HTTPException) as error:
            raise Undelivered(f"{letter.to}: {error or type(error).__name__}") from error

    def send(self, letter: Letter) -> None:
        """Deliver a letter in the background, once, whatever comes of it."""
        self.attend(self._try(letter))

    async def _try(self, letter: Letter) -> None:
        try:
            answered = await self.post(letter)
        except Undelivered as problem:
            _log.warning("sandbox_push_undelivered", cause=str(problem))
        else:
            if answered.status >= 300:
                _log.warning("sandbox_push_refused", to=letter.to, status=answered.status)

    def attend(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work run beside the calls, until it is done or the outbox is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def close(self) -> None:
        """Give up whatever is still under way."""
        tasks = list(self._posting)
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


async def _exchange(letter: Letter) -> bytes:
    """Send a request over a connection of its own; everything that comes back."""
    parts = urlsplit(letter.to)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, _port(parts), ssl=secure or None, limit=MAX_ANSWER
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Host": parts.netloc,
            "Content-Length": str(len(letter.body)),
            "Connection": "close",
            **letter.headers,
        }
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + letter.body)
        await writer.drain()
        return await _everything(reader)
    finally:
        writer.close()


async def _everything(reader: asyncio.StreamReader) -> bytes:
    received = bytearray()
    while piece := await reader.read(65_536):
        received += piece
        if len(received) > MAX_ANSWER:
            raise ValueError("the answer is too long")
    return bytes(received)


class _Received:
    """A whole answer in the place of a socket."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def _read(content: bytes) -> Answered:
    response = http.client.HTTPResponse(_Received(content), method="POST")  # type: ignore[arg-type]
    response.begin()
    return Answered(response.status, response.read())
