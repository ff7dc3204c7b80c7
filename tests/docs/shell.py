"""Runs shell blocks of the documentation; `openchannels` in them is a command of this process.

To start Python for each command would take a second of processor time.
"""

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.harness.commands import run
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

FUNCTION = """
set -o pipefail
openchannels() {{
  local told
  told=$(printf '%s\\n' "$@" | curl -sf --data-binary @- http://127.0.0.1:{port})
  printf '%s\\n' "${{told%$'\\n'*}}"
  return "${{told##*$'\\n'}}"
}}
"""


def bash(script: str, settings: Mapping[str, str]) -> str:
    """Runs a script in the working directory; returns what it printed. It must end with 0."""
    with _commands(settings) as port:
        ran = subprocess.run(
            ["bash", "-c", FUNCTION.format(port=port) + script],
            env=clean_environ(settings),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


@contextmanager
def _commands(settings: Mapping[str, str]) -> Iterator[int]:
    """Runs commands that are posted to the port, a word a line; answers output and exit code."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            words = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
            done = run(*words, **settings)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{done.stdout.rstrip()}\n{done.returncode}".encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
