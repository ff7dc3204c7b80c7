"""Runs suites of tools with the plug-in, as their authors do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

HERE = Path(__file__).parent
PLUGIN = "openchannels.testing.plugin"


def run_suite(folder: Path, *options: str, plugins: Sequence[str] = ()) -> tuple[bool, str]:
    """Runs the tests of a folder; returns whether all passed, and what was printed.

    Of the plug-ins that are installed only ours and `plugins` are loaded, which saves a second.
    """
    chosen = [f"-p{name}" for name in (PLUGIN, *plugins)]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen, *options]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(
        command,
        cwd=folder,
        env=clean_environ(alone),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    print(ran.stdout)
    return ran.returncode == os.EX_OK, ran.stdout + ran.stderr


def copy_of(name: str, folder: Path) -> Path:
    """A copy of a folder of the repository, outside of it: without our own `conftest.py`."""
    return Path(shutil.copytree(HERE.parents[1] / name, folder / Path(name).name))
