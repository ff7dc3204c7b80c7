"""One request to an ASGI application without a socket, and how long it kept the event loop."""

import time
from collections.abc import Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True)
class Sent:
    """A request as a client sends it: target with query, lower-case header names, body in parts."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: Sequence[bytes] = ()
    complete: bool = True
    """False: the client hangs up after these parts."""


@dataclass
class Got:
    """The answer. `longest` is the processor time of the longest step, in seconds."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    read: int = 0
    """Bytes of the body that were read."""
    longest: float = 0.0


class _Steps:
    """Awaits a coroutine and measures each of its steps, between which the loop is free."""

    def __init__(self, work: Coroutine[Any, Any, None], got: Got) -> None:
        self._work, self._got = work, got

    def __await__(self) -> Generator[Any, Any, None]:
        resume = partial(self._work.send, None)
        while True:
            began = time.thread_time()
            try:
                awaited = resume()
            except StopIteration:
                return
            finally:
                self._got.longest = max(self._got.longest, time.thread_time() - began)
            try:
                yield awaited
            except BaseException as error:
                # A task wakes with the error of what it awaited.
                resume = partial(self._work.throw, error)
            else:
                resume = partial(self._work.send, None)


async def ask(app: Any, sent: Sent) -> Got:
    """Send one request, from 127.0.0.1."""
    path, _, query = sent.target.partition("?")
    headers = {"host": "test", **dict(sent.headers)}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    got = Got()
    parts = list(sent.body)

    async def receive() -> dict[str, Any]:
        if not parts and not sent.complete:
            return {"type": "http.disconnect"}
        body = parts.pop(0) if parts else b""
        got.read += len(body)
        return {"type": "http.request", "body": body, "more_body": bool(parts) or not sent.complete}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            got.status, got.headers = message["status"], list(message["headers"])
        else:
            got.body += message.get("body", b"")

    await _Steps(app(scope, receive, send), got)
    return got
