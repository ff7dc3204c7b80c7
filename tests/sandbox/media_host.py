"""A host on this machine whose files platforms pull."""

import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MediaHost:
    """Answers every path with `size` bytes, typed by its ending; those in `missing` with 404."""

    def __init__(self) -> None:
        self.size = 1000
        self.missing: set[str] = set()
        self.asked: list[str] = []
        self.held = threading.Event()
        """Answers wait until it is set."""
        self.held.set()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                host.held.wait(20)
                self.send_response(404 if self.path in host.missing else 200)
                kind = mimetypes.guess_type(self.path)[0] or "application/octet-stream"
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write(bytes(host.size))

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def __enter__(self) -> "MediaHost":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
