"""Installs a file of hashed requirements into the environment of the Python that runs this.

python tools/install.py REQUIREMENTS [--project]

`--project` adds the project itself, from where it lies. One line at the beginning says what comes,
one at the end how long it took; between them a terminal shows how far pip is. What pip wrote is
shown if it fails.
"""

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
PROJECT = ("install", "--quiet", "--quiet", "--no-deps", "--no-build-isolation", "-e", ".")
PINNED = re.compile(r"^[\w.\[\]-]+==", re.MULTILINE)
SEEN = re.compile(r"(?:Collecting|Processing|Requirement already satisfied:) .*\(line (\d+)\)")
ERASE = "\r\x1b[2K"


def install(requirements: Path) -> None:
    """Run pip over the file; ends the program with what pip wrote if it fails."""
    total = len(PINNED.findall(requirements.read_text()))
    print(f"Installing {requirements}: {total} packages, about a minute.", flush=True)
    began = time.monotonic()
    hashed = ("install", "--progress-bar", "off", "--require-hashes", "-r", str(requirements))
    lines: list[str] = []
    with subprocess.Popen(
        [*PIP, *hashed],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as pip:
        assert pip.stdout is not None
        for step in steps(_kept(pip.stdout, lines), total):
            _show(step)
    _show("")
    if pip.returncode:
        sys.exit("".join(lines))
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def _kept(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def steps(lines: Iterator[str], total: int) -> Iterator[str]:
    """What pip does, as its lines tell it: each package once, then all are put in place."""
    seen: set[str] = set()
    for line in itertools.takewhile(lambda one: not one.startswith("Installing collected"), lines):
        total -= line.startswith("Ignoring ")
        if found := SEEN.match(line):
            seen.add(found[1])
            yield f"  {len(seen)} of {total} packages fetched"
    yield f"  putting {len(seen)} packages in place"
    for _ in lines:
        pass


def _show(step: str) -> None:
    if sys.stdout.isatty():
        print(f"{ERASE}{step}", end="", flush=True)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
    if "--project" in sys.argv[2:]:
        sys.exit(subprocess.run([*PIP, *PROJECT], check=False).returncode)
