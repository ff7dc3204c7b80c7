"""Commands of a package that lies elsewhere, in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harness.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


class Package:
    """A package by the folder it lies in; None is the one that is installed."""

    def __init__(self, path: Path | None) -> None:
        kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("OPENCHANNELS_")}
        self._environment = kept | ({"PYTHONPATH": str(path)} if path else {})

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command of openchannels, to its end."""
        return self._python("-m", "openchannels", *words, **settings)

    def json(self, *words: str, **settings: str) -> Any:
        """What a command prints with `--json`."""
        done = self.run(*words, "--json", **settings)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def evaluated(self, program: str) -> Any:
        """What a program prints as JSON."""
        done = self._python("-c", program)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _python(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self._environment | settings,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def serving(self, data_dir: Path) -> Iterator[str]:
        """`serve --sandbox` over a directory; its address."""
        words = ("serve", "--sandbox", "--data-dir", str(data_dir), "--port", "0", "--json")
        with (data_dir / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "openchannels", *words],
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (data_dir / "log").read_text()
            yield json.loads(line)["url"]
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)
