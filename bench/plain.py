"""The plain ASGI application: the same bytes and headers as ours, without any work.

As a program: `python -m bench.plain RECORDED`, a file of {path: [[[name, value], ...], body]}.
"""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.processes import Served, child, first_line, pin_as_told
from openchannels.server.serve import bind, run_async, serve_app

OWN_HEADERS = ("date", "server")
"""What uvicorn itself adds."""


@contextmanager
def twin(port: int, paths: list[str], headers: dict[str, str], scratch: Path) -> Iterator[Served]:
    """A plain server that answers as the one at `port` does now."""
    recorded = scratch / "recorded.json"
    recorded.write_text(json.dumps({path: _record(port, path, headers) for path in paths}))
    with child("bench.plain", str(recorded)) as process:
        yield Served(int(first_line(process)), process.pid)


def _record(port: int, path: str, headers: dict[str, str]) -> tuple[list[tuple[str, str]], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    sent = [(n.lower(), v) for n, v in answer.getheaders() if n.lower() not in OWN_HEADERS]
    return sent, body


def create_app(recorded: dict[str, Any]) -> Any:
    answers = {
        path: ([(n.encode(), v.encode()) for n, v in headers], body.encode())
        for path, (headers, body) in recorded.items()
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        query = scope["query_string"].decode()
        target = f"{scope['path']}?{query}" if query else scope["path"]
        headers, body = answers[target]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def run(recorded: str) -> None:
    app = create_app(json.loads(Path(recorded).read_text()))
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    run_async(serve_app(app, listener, 1, lambda: print(port, flush=True)))


if __name__ == "__main__":
    pin_as_told()
    run(sys.argv[1])
