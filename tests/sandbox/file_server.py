"""Files on a real socket, for platforms that fetch what they publish."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """Answers `files` by path with their type and bytes, anything else with 404.

    Whoever asks for a path in `silent` gets no answer.
    """

    origin: str = ""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def put(self, path: str, mime_type: str, content: bytes) -> str:
        """Serve a file; returns its address."""
        self.files[path] = mime_type, content
        return f"{self.origin}{path}"


@contextmanager
def serving_files() -> Iterator[FileServer]:
    files = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in files.silent:
                return
            mime_type, content = files.files.get(self.path, ("text/plain", b"none"))
            self.send_response(200 if self.path in files.files else 404)
            self.send_header("content-type", mime_type)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
