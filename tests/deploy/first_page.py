"""Seconds from nothing to the first page of works: `python -m tests.deploy.first_page [WAY ...]`.

Each way ends with the demo, which connects an account in the sandbox and prints its works. Cold is
with an empty cache of packages and without an environment or image; warm is the same once more, in
a new environment for the wheel, with what the first time left for the others. The base image is
there before, as a registry's would be once it is pulled.
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

from tests.deploy.image import Image, build, new_volume
from tests.deploy.tools import ROOT

DEMO = ("demo", "--once")


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
    name = f"localhost/openchannels-{folder.name.lower()}"
    volume = folder / "volume"
    if not volume.exists():
        build(name)
        new_volume(folder)
    with ExitStack() as stack:
        built = Image(name)
        stack.callback(built.remove)
        container = stack.enter_context(built.start(volume, *DEMO, "--data-dir", "/data/demo"))
        assert container.process.wait() == 0, container.log.read_text()


WAYS: dict[str, Callable[[Path, Mapping[str, str]], None]] = {
    "wheel": wheel,
    "make demo": make_demo,
    "image": image,
}


def _run(environ: Mapping[str, str], *command: str | Path) -> None:
    done = subprocess.run(
        [*map(str, command)], env=dict(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])


def main(names: list[str]) -> None:
    for name in names or WAYS:
        with tempfile.TemporaryDirectory(prefix="first-page-") as made:
            environ = {**os.environ, "PIP_CACHE_DIR": f"{made}/cache"}
            for state in ("cold", "warm"):
                begun = time.monotonic()
                WAYS[name](Path(made), environ)
                print(f"{name:10} {state}  {time.monotonic() - begun:6.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
