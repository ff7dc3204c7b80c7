"""A receiver of webhooks and of platforms' pushes on a real socket, answering as it is set to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.harness.waiting import wait_until


@dataclass(frozen=True)
class Message:
    """What arrived, header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload


class Receiver:
    """`answer` is a status, or a function from a message to one; `delay` is in seconds."""

    def __init__(self, port: int = 0) -> None:
        self.answer: int | Callable[[Message], int] = 204
        self.body = b""
        self.location = ""
        self.delay = 0.0
        self.messages: list[Message] = []
        self.most_at_once = 0
        self._open = 0
        self._lock = threading.Lock()
        self._serving: threading.Thread | None = None
        self._server: ThreadingHTTPServer | None = None
        self._listen(port)

    def _listen(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/hook?token=hidden-in-logs"

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    @property
    def types(self) -> list[str]:
        return [message.payload["type"] for message in self.messages]

    def take(self) -> list[Message]:
        """What has arrived since the last look."""
        with self._lock:
            taken, self.messages = self.messages, []
        return taken

    def wait(self, count: int, wanted: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """The first `count` messages of those wanted, once they are there."""

        def enough() -> list[Message] | None:
            found = list(filter(wanted, self.messages))
            return found[:count] if len(found) >= count else None

        found = wait_until(enough)
        assert found is not None
        return found

    def _receive(self, message: Message) -> int:
        with self._lock:
            self.messages.append(message)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        time.sleep(self.delay)
        with self._lock:
            self._open -= 1
        return self.answer if isinstance(self.answer, int) else self.answer(message)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver._receive(Message(self.path, headers, body))
                self.send_response(status)
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.send_header("content-length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler

    def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        if self._server is None:
            self._listen(self.port)
        assert self._server is not None
        self._serving = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._serving.start()

    def stop(self) -> None:
        if self._server is None:
            return
        # The server waits for its loop to end, for ever where none has begun.
        if self._serving is not None:
            self._server.shutdown()
            self._serving = None
        self._server.server_close()
        self._server = None


def in_turn(*statuses: int) -> Callable[[Message], int]:
    """Answers one after the other, the last one for good."""
    left = list(statuses)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
