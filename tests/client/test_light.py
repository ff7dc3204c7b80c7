"""What is imported when, and what a command says for which a package is missing."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from openchannels import __version__
from openchannels.__main__ import EXTRAS
from tests.harness.processes import ROOT

HEAVY = (
    "asyncio", "httpx2", "importlib.metadata", "inspect", "openchannels.client.models",
    "openchannels.core", "ssl", "typer",
)  # fmt: skip
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BLOCKED = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from openchannels.__main__ import main
sys.argv = ["openchannels", *{words!r}]
sys.exit(main())
"""


def loaded(program: str) -> set[str]:
    """The modules that a program loads."""
    program += "\nimport sys, json; print(json.dumps([*sys.modules]))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return set(json.loads(ran.stdout))


def test_the_package_is_light() -> None:
    assert not loaded("import openchannels, openchannels.client") & {*HEAVY}


def test_the_library_for_http_comes_with_the_first_client() -> None:
    before = "from openchannels.client import Client, AsyncClient, verify_webhook"
    assert "httpx2" not in loaded(before)
    assert "asyncio" not in loaded("from openchannels.client import Client")
    assert "httpx2" in loaded(f"{before}\nClient('http://127.0.0.1:1', 'oc_x')")


def blocked(missing: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as where packages are not installed."""
    program = BLOCKED.format(missing=missing, words=words)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [
        (["typer"], [], "cli"),
        (["typer"], ["serve"], "cli"),
        (["pydantic", "pydantic_core", "pydantic_settings", "structlog"], ["serve"], "server"),
    ],
)
def test_a_missing_extra_is_named(
    missing: list[str], words: list[str], extra: str, tmp_path: Path
) -> None:
    data = ["--data-dir", str(tmp_path)] if words else []
    ran = blocked(missing, *words, *data)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.endswith(f"pip install 'openchannels[{extra}]'")


def test_a_fault_of_ours_is_no_missing_package() -> None:
    ran = blocked(["openchannels.cli.app"])
    assert ran.returncode == 1
    assert "Traceback" in ran.stderr


def test_the_extras_hold_what_the_messages_say() -> None:
    extras = {
        extra: {re.split(r"[\[><=;]", one)[0] for one in needed}
        for extra, needed in PROJECT["optional-dependencies"].items()
    }
    for package, extra in EXTRAS.items():
        assert any(one == package or one.startswith(f"{package}-") for one in extras[extra])
    assert [re.split(r"[><=]", one)[0] for one in PROJECT["dependencies"]] == ["httpx2"]
    assert "openchannels[cli]" in PROJECT["optional-dependencies"]["server"]


def test_the_entry_point_imports_nothing_else() -> None:
    assert PROJECT["scripts"] == {"openchannels": "openchannels.__main__:main"}
    tree = ast.parse((ROOT / "src/openchannels/__main__.py").read_text())
    at_load = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in at_load] == ["import sys"]


def test_the_version() -> None:
    assert __version__ == PROJECT["version"]
