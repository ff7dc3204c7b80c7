"""The commands as a person would run them, in a clean environment."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from openchannels.cli import app
from tests.harness.logs import logging_as_it_was
from tests.harness.processes import ROOT, Child
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

COMMAND = [sys.executable, "-m", "openchannels"]


IN_PROCESS = (
    *("audit", "doctor", "erase", "export", "import", "keys", "mcp", "migrate", "moving", "vault"),
    *("accounts", "connect", "groups", "login", "logout", "platforms", "profiles", "webhooks"),
    *("api", "events", "publish", "records", "usage", "works"),
)
"""Commands that end by themselves: they run here, where all they import is loaded already."""


def run(
    *words: str | Path, stdin: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `stdin` is for those that run in this process."""
    command = [*COMMAND, *map(str, words)]
    if command[len(COMMAND)] in IN_PROCESS:
        with ThreadPoolExecutor(1) as thread:
            # Of its own, because a loop may run in this one.
            return thread.submit(_invoke, command, settings, stdin).result()
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


def _invoke(
    command: Sequence[str], settings: Mapping[str, str], stdin: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a command in this process; an uncaught exception is shown as Python shows it."""
    kept = clean_environ(settings)
    environ = {name: kept.get(name) for name in {*os.environ, *kept}}
    with logging_as_it_was():
        done = CliRunner().invoke(app, command[len(COMMAND) :], input=stdin, env=environ)
    errors = done.stderr
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        errors += "".join(traceback.format_exception(done.exception))
    return subprocess.CompletedProcess(command, done.exit_code, done.stdout, errors)


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
    command = ("keys", "create", "--user", "acme", "--json", "--new-store", "--data-dir", data_dir)
    made = run(*command, *options)
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
