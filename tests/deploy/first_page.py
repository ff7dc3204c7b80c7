"""Seconds from nothing to the first page of works: `python -m tests.deploy.first_page [WAY ...]`.

Each way ends with the demo, which connects an account in the sandbox and prints its works. Cold is
with an empty cache of pip, and without environment, image or bytecode of ours; warm is the same
once more, with what the first time left: for the wheel a new environment from pip's cache, for
`make demo` its environment, for the container the image. The base image is there before, as a
registry's would be once it is pulled. Prints a table in the form of the documents.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.deploy.image import Image, build, buildah, new_volume
from tests.deploy.tools import ROOT

DEMO = ("demo", "--once")
STATES = ("cold", "warm")


def wheel(folder: Path, environ: Mapping[str, str]) -> None:
    """Build a wheel, install it by its name's requirements, run the demo."""
    environment = folder / "wheel"
    shutil.rmtree(environment, ignore_errors=True)
    python = environment / "bin" / "python"
    _run(environ, sys.executable, "-m", "venv", environment)
    _run(environ, python, "-m", "pip", "wheel", "--no-deps", "-w", folder / "wheels", ROOT)
    [built] = (folder / "wheels").glob("openchannels-*.whl")
    hashed = ("--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    _run(environ, python, "-m", "pip", "install", *hashed)
    _run(environ, python, "-m", "pip", "install", "--no-deps", "--force-reinstall", built)
    _run(environ, environment / "bin" / "openchannels", *DEMO)


def make_demo(folder: Path, environ: Mapping[str, str]) -> None:
    """Check the sources out and run `make demo`."""
    sources = folder / "sources"
    if not sources.exists():
        _run(environ, "git", "clone", "--quiet", ROOT, sources)
    _run(environ, "make", "-C", sources, "demo", f"ARGS={DEMO[1]}", f"PYTHON={sys.executable}")


def image(folder: Path, _environ: Mapping[str, str]) -> None:
    """Build the image if there is none of this name, and run the demo in a container."""
    # Folders have names that images may not have.
    name = f"localhost/openchannels-{folder.name.encode().hex()}"
    volume = folder / "volume"
    with ExitStack() as stack:
        if volume.exists():
            # The second and last time.
            stack.callback(buildah, "rmi", name)
        else:
            build(name)
            new_volume(folder)
        built = Image(name)
        stack.callback(built.remove)
        container = stack.enter_context(built.start(volume, *DEMO, "--data-dir", "/data/demo"))
        assert container.process.wait() == 0, container.log.read_text()


WAYS: dict[str, Callable[[Path, Mapping[str, str]], None]] = {
    "make demo": make_demo,
    "wheel": wheel,
    "image": image,
}


def _run(environ: Mapping[str, str], *command: str | Path) -> None:
    done = subprocess.run(
        [*map(str, command)], env=dict(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])


def measured(way: str) -> list[tuple[float, float]]:
    """Seconds by the clock and of the processor, cold and warm."""
    times = []
    with tempfile.TemporaryDirectory(prefix="first-page-") as made:
        environ = {**os.environ, "PIP_CACHE_DIR": f"{made}/cache"}
        for _ in STATES:
            begun, used = time.monotonic(), _processor()
            WAYS[way](Path(made), environ)
            times.append((time.monotonic() - begun, _processor() - used))
    return times


def _processor() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def main(names: list[str]) -> None:
    kinds = [f"{state}, {of}" for state in STATES for of in ("s", "s of processor")]
    print(f"| | {' | '.join(kinds)} |\n|---|{'---:|' * len(kinds)}", flush=True)
    for name in names or WAYS:
        figures = [f"{value:.0f}" for pair in measured(name) for value in pair]
        print(f"| {name} | {' | '.join(figures)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
