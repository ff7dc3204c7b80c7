"""The data commands over one running service: a login in its own configuration directory."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from tests.harness.commands import run
from tests.harness.logs import structlog_as_it_was
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store


@contextmanager
def command_line(place: Path, works: int) -> Iterator["CommandLine"]:
    """A person at a terminal, beside a service whose logs are not in what commands print."""
    with (
        _logs_on_standard_error(),
        running_service(sqlite_store(place / "oc.db"), place, works=works) as service,
    ):
        yield CommandLine(service, place / "home")


@contextmanager
def _logs_on_standard_error() -> Iterator[None]:
    """Whatever configured structlog before: standard output is what a command prints."""
    with structlog_as_it_was():
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
        yield


@dataclass(frozen=True)
class CommandLine:
    """A person at a terminal who is logged in by the environment."""

    service: Service
    home: Path
    user: str = "acme"
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.service.key_of(self.user).key

    @property
    def settings(self) -> dict[str, str]:
        """The environment of the command."""
        return {
            "XDG_CONFIG_HOME": str(self.home),
            "OPENCHANNELS_URL": self.service.url,
            "OPENCHANNELS_API_KEY": self.key,
            "LANG": "en_US.UTF-8",
            "LC_ALL": "",
            **self.environ,
        }

    def run(
        self, *words: str | Path, stdin: str | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        done = run(*words, stdin=stdin, **{**self.settings, **environ})
        assert "Traceback" not in done.stderr, done.stderr
        assert self.key not in done.stdout + done.stderr
        return done

    def read(self, *words: str | Path, code: int = 0, stdin: str | None = None) -> list[Any]:
        """The objects that the command prints with --json, one a line."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == code, (done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def connect(
        self, platform: str, *words: str, person: str = "ida", decision: str = "approve"
    ) -> subprocess.CompletedProcess[str]:
        """Connect with a browser that decides as the person would."""
        return self.in_browser("connect", platform, *words, person=person, decision=decision)

    def in_browser(
        self, *words: str, person: str = "ida", decision: str = "approve"
    ) -> subprocess.CompletedProcess[str]:
        def opened(url: str) -> bool:
            query = f"&sandbox_decision={decision}&sandbox_person={person}"
            self.service.browser().get(url + query)
            return True

        with mock.patch("webbrowser.open", opened):
            return self.run(*words, DISPLAY=":0")
