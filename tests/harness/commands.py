"""The commands as a person would run them, in a clean environment."""

import json
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harness.processes import ROOT, Child
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

COMMAND = [sys.executable, "-m", "openchannels"]


def run(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*COMMAND, *map(str, words)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environ(settings),
    ) as process:
        try:
            output, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            # Not killed, so that the demo still ends its own servers.
            process.terminate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


class Server(Child):
    """A server of ours as a child process; its address is known once it answers."""

    def __init__(self, *words: str | Path, cwd: Path = ROOT) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="openchannels-log-")
        log = Path(self._place.name) / "log"
        super().__init__("openchannels", *words, "--port", "0", "--json", log=log, cwd=cwd)

    def announced(self) -> dict[str, Any]:
        """The line that it prints once it answers."""
        announced: dict[str, Any] = json.loads(self.ready())
        return announced

    def stop(self) -> int:
        """Ask it to end; returns the exit code."""
        return self.end(signal.SIGTERM)


@contextmanager
def serving(*words: str | Path, cwd: Path = ROOT) -> Iterator[tuple[Server, str]]:
    """A running server and its address."""
    server = Server(*words, cwd=cwd)
    try:
        yield server, server.announced()["url"]
    finally:
        server.stop()


def make_key(data_dir: Path, *options: str) -> dict[str, Any]:
    made = run("keys", "create", "--user", "acme", "--json", "--data-dir", data_dir, *options)
    assert made.returncode == 0, made.stderr
    key: dict[str, Any] = json.loads(made.stdout)
    return key


def call(url: str, key: str | None = None, body: Any = None) -> Any:
    """A call of the API; the decoded answer."""
    request = urllib.request.Request(url, method="GET" if body is None else "POST")
    if key is not None:
        request.add_header("X-Api-Key", key)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read())
