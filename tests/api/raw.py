"""Requests as bytes, for what no HTTP client will send."""

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def exchange(
    url: str, head: list[bytes], body: bytes = b"", *, host: bool = True, timeout: float = 20
) -> RawAnswer:
    """Send a request line and header lines as they are; read until the server closes."""
    parts = urlsplit(url)
    lines = [head[0], *([b"Host: test"] if host else []), b"Connection: close", *head[1:]]
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout) as line:
        # Refused unread: the answer may already be there.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        received = b""
        while True:
            try:
                more = line.recv(65536)
            except ConnectionResetError:
                break
            if not more:
                break
            received += more
    top, _, rest = received.partition(b"\r\n\r\n")
    first, *fields = top.decode("latin-1").split("\r\n")
    headers = [
        (name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in fields)
    ]
    return RawAnswer(int(first.split()[1]), headers, rest)
