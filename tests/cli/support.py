"""Running the commands as a person would, in a clean environment."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "openchannels"]
SECONDS = 60


def environment(**settings: str) -> dict[str, str]:
    """The environment without settings of ours or a terminal's width, but for the given ones."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("OPENCHANNELS_") and name != "COLUMNS"
    }
    return inherited | settings


def run(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*COMMAND, *map(str, words)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**settings),
    ) as process:
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            # Not killed, so that the demo still ends its own servers.
            process.terminate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


class Server:
    """A server of ours as a child process; its address is known once it answers."""

    def __init__(self, *words: str | Path) -> None:
        # A file, because a pipe that nobody reads would fill up and stop the server.
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, words), "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=environment(),
        )

    def announced(self) -> dict[str, Any]:
        """The line that it prints once it answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors()
        announced: dict[str, Any] = json.loads(line)
        return announced

    def errors(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def stop(self) -> int:
        """Ask it to end; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextmanager
def serving(*words: str | Path) -> Iterator[tuple[Server, str]]:
    """A running server and its address."""
    server = Server(*words)
    try:
        yield server, server.announced()["url"]
    finally:
        server.stop()
        server.log.close()


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
    with opener.open(request, timeout=SECONDS) as answer:
        return json.loads(answer.read())
