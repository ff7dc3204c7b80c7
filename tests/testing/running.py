"""Runs suites of tools with the plug-in, as their authors do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

HERE = Path(__file__).parent


def run_suite(folder: Path, *options: str, plugins: bool = True) -> tuple[bool, str]:
    """Runs the tests of a folder; returns whether all passed, and what was printed.

    Without `plugins` nothing that is installed is loaded, but for what `options` name.
    """
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    environ = {} if plugins else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**clean_environ(environ), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    print(ran.stdout)
    return ran.returncode == os.EX_OK, ran.stdout + ran.stderr


def copy_of(name: str, folder: Path) -> Path:
    """A copy of a folder of the repository, outside of it: without our own `conftest.py`."""
    return Path(shutil.copytree(HERE.parents[1] / name, folder / Path(name).name))
