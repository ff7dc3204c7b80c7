"""A real server over the sandbox, in a process of its own, for the examples to run against."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-m", "openchannels")


@dataclass(frozen=True, slots=True)
class Service:
    """Where a server answers, and the directory it was started in."""

    url: str
    place: Path


def environment() -> dict[str, str]:
    """Ours without settings, but for a free port."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("OPENCHANNELS_")}
    return {**kept, "OPENCHANNELS_SERVER__PORT": "0"}


@contextlib.contextmanager
def served(place: Path) -> Iterator[Service]:
    """`openchannels serve --sandbox` in a directory, until the block ends."""
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--sandbox", "--json"],
            cwd=place,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, (place / "log").read_text()
        yield Service(json.loads(told)["url"], place)
    finally:
        process.terminate()
        process.wait(timeout=20)
