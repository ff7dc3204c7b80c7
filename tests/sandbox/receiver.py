"""A service that platforms push to: keeps what it gets and answers what it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`statuses` are given out one after the other, the last one for good."""

    url: str = ""
    answer: bytes = b"success"
    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[Got] = field(default_factory=list)

    def wait(self, count: int, wanted: Callable[[Got], bool], seconds: float = 5.0) -> list[Got]:
        """The first `count` pushes of those wanted, once they are there."""
        end = time.monotonic() + seconds
        while len(found := list(filter(wanted, self.got))) < count and time.monotonic() < end:
            time.sleep(0.01)
        assert len(found) >= count, f"only {len(found)} pushes came"
        return found[:count]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): text for name, text in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body))
            statuses = receiver.statuses
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.send_header("content-length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *args: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
