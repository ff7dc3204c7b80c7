"""A small HTTP server that answers as a test says, and can break off."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PROBE = "/api/"
"""What a client asks to learn whether a service honours idempotency keys."""


@dataclass(frozen=True)
class Received:
    """A request: names of headers in lower case, the first value of each parameter."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """An answer; `sent` is the part of its body that arrives before the connection is cut."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: float = 1.0


CUT = Answer(sent=-1)
"""No answer at all: the connection ends."""
HALF = Answer({"code": 0, "message": "ok", "data": []}, sent=0.5)


def success(data: Any) -> Answer:
    return Answer({"data": data, "code": 0, "message": "请求成功"})


def failure(code: int, status: int = 200, **data: Any) -> Answer:
    """As the original service writes it."""
    return Answer({"data": data, "code": code, "message": "no", "timestamp": 1}, status)


class Stub:
    """`script` holds the next answers, `answer` gives all further ones."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.answer: Callable[[Received], Answer] = lambda _: success([])
        self.marked = True
        """Whether it says that it is this service, which honours idempotency keys."""
        self.received: list[Received] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def calls(self) -> list[Received]:
        """What was received but for the probes."""
        return [one for one in self.received if one.path != PROBE]

    def reply(self, request: Received) -> Answer:
        self.received.append(request)
        if request.path == PROBE:
            return failure(404)
        return self.script.pop(0) if self.script else self.answer(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                names = {name.lower(): value for name, value in self.headers.items()}
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self._send(stub.reply(Received(self.command, parts.path, query, names)))

            def _send(self, answer: Answer) -> None:
                if answer.sent < 0:
                    self.close_connection = True
                    return
                is_text = isinstance(answer.body, str)
                body = (answer.body if is_text else json.dumps(answer.body)).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if stub.marked:
                    self.send_header("X-Service", "openchannels")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: int(len(body) * answer.sent)])
                self.close_connection = answer.sent < 1

            do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        return Handler
