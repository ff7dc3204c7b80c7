"""The plug-in in suites of tools: fixtures, isolation, two processes, and starts that fail."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import page

from .running import copy_of, run_suite

LOAD = """
import sys, time
import pytest
began = time.perf_counter()
import openchannels.testing.plugin
print(f"{(time.perf_counter() - began) * 1000:.1f} ms")
print(sorted(name for name in sys.modules if name.startswith("openchannels")))
"""
PLUGIN = ("-p", "openchannels.testing.plugin")
ONE_TEST = "def test_one(openchannels):\n    assert openchannels.url\n"


def test_loading_the_plugin_loads_no_service() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True
    )
    print(loaded.stdout)
    names = ["openchannels", "openchannels.testing", "openchannels.testing.plugin"]
    assert loaded.stdout.splitlines()[1] == str(names)


def test_the_sample_project_and_the_documentation_pass_in_two_processes(tmp_path: Path) -> None:
    project = copy_of("examples/pytest-project", tmp_path)
    examples = [one.text for one in page("docs/testing.md").fences if one.language == "python"]
    (project / "tests" / "test_documentation.py").write_text("\n\n".join(examples))
    passed, printed = run_suite(project, "-n", "2", "-p", "no:asyncio", "--durations=5")
    assert passed, printed
    assert re.search(r"=+ 10 passed in ", printed), printed


def test_tests_do_not_see_each_other(tmp_path: Path) -> None:
    passed, printed = run_suite(copy_of("tests/testing/suite", tmp_path), "-rP", "-p", "no:xdist")
    assert passed, printed
    assert "the service started within" in printed


def test_a_missing_service_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['uvicorn'] = None\n")
    (tmp_path / "test_one.py").write_text(ONE_TEST)
    passed, printed = run_suite(tmp_path, *PLUGIN, plugins=False)
    assert not passed
    told = [line for line in printed.splitlines() if "openchannels[server]" in line]
    assert told[0].startswith("These tests need the service itself: pip install"), printed
    assert "another exception" not in printed


def test_a_start_that_fails_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session')\ndef openchannels_settings():\n"
        "    return {'OPENCHANNELS_SESSIONS__MINUTES': 'many'}\n"
    )
    (tmp_path / "test_one.py").write_text(ONE_TEST)
    passed, printed = run_suite(tmp_path, *PLUGIN, plugins=False)
    assert not passed
    told = [line for line in printed.splitlines() if line.startswith("openchannels does not start")]
    assert "OPENCHANNELS_SESSIONS__MINUTES: expected whole number" in told[0], printed
    assert "another exception" not in printed
