"""Programs that these tests need; without one a test is skipped, or fails by REQUIRE_TOOLS=1."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# Programs that PyPI's packages carry are beside Python, and Debian's servers where only root looks.
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"


def require(*programs: str) -> None:
    """Skip the test, or fail it, unless these programs are there."""
    _missing([name for name in programs if shutil.which(name) is None])


def require_module(*modules: str) -> None:
    """Skip the test, or fail it, unless these Python modules are there."""
    _missing([name for name in modules if importlib.util.find_spec(name) is None])


def require_root() -> None:
    """Skip the test, or fail it, unless it may mount file systems."""
    if os.geteuid() != 0:
        _missing(["root"])


def _missing(names: list[str]) -> None:
    if not names:
        return
    text = f"missing on this machine: {', '.join(names)}"
    if os.environ.get("REQUIRE_TOOLS") == "1":
        pytest.fail(text)
    pytest.skip(text)


def run(*command: str | Path, **options: str | Path | dict[str, str]) -> str:
    """Run a program to its end; returns its output, and fails the test with its errors."""
    done = subprocess.run(  # type: ignore[call-overload]
        [*map(str, command)], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])
    return str(done.stdout)
