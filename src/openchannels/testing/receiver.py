"""A receiver of webhooks on a loopback port, which keeps what arrives."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_SECONDS = 0.02


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


@dataclass(frozen=True)
class ReceiverAnswer:
    """How a message is answered."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """Listens between `start` and `stop`, on one port for good; `receive` may be overridden."""

    def __init__(self, port: int = 0) -> None:
        self.messages: list[Message] = []
        self.lock = threading.Lock()
        """Held while `messages` change."""
        self._serving: threading.Thread | None = None
        self._server: ThreadingHTTPServer | None = None
        self._listen(port)

    def receive(self, message: Message) -> ReceiverAnswer:
        """Keeps a message and returns the answer; called in a thread for each."""
        with self.lock:
            self.messages.append(message)
        return ReceiverAnswer(204)

    def _listen(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver.receive(Message(self.path, headers, body))
                self.send_response(answer.status)
                length = {"content-length": str(len(answer.body))}
                for name, value in {**answer.headers, **length}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler

    def start(self) -> None:
        """Listens; after a stop, on the same port as before."""
        if self._server is None:
            self._listen(self.port)
        assert self._server is not None
        self._serving = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
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
