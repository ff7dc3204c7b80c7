"""The plug-in in suites of tools: fixtures, isolation, two processes, and starts that fail."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.docs.pages import page

from .running import PLUGIN, copy_of, run_suite

LOAD = """
import importlib.metadata, sys, time
import pytest
importlib.metadata.version("openchannels")  # pytest has looked for plug-ins before.
began = time.process_time()
import openchannels.testing.plugin
print(f"{(time.process_time() - began) * 1000:.1f} ms")
print(sorted(name for name in sys.modules if name.startswith("openchannels")))
"""
ONE_TEST = "def test_one(openchannels):\n    assert openchannels.url\n"


def test_loading_the_plugin_loads_no_service() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True
    )
    print(loaded.stdout)
    names = ["openchannels", "openchannels.testing", "openchannels.testing.plugin"]
    assert loaded.stdout.splitlines()[1] == str(names)


def test_pytest_finds_the_plugin_by_itself() -> None:
    (entry,) = entry_points(group="pytest11", name="openchannels")
    assert entry.value == PLUGIN


def test_the_sample_project_and_the_documentation_pass_in_two_processes(tmp_path: Path) -> None:
    project = copy_of("examples/pytest-project", tmp_path)
    for name in ("testing", "howto/testing-with-the-sandbox"):
        fences = page(f"docs/{name}.md").fences
        examples = [one.text for one in fences if one.language == "python"]
        file = project / "tests" / f"test_{name.rpartition('/')[2].replace('-', '_')}.py"
        file.write_text("\n\n".join(examples))
    passed, printed = run_suite(project, "-n2", "--durations=5", plugins=["xdist.plugin"])
    assert passed, printed
    assert re.search(r"=+ 13 passed in ", printed), printed


def test_tests_do_not_see_each_other(tmp_path: Path) -> None:
    suite = copy_of("tests/testing/suite", tmp_path)
    passed, printed = run_suite(suite, "-rP", plugins=["pytest_asyncio.plugin"])
    assert passed, printed
    assert "the service started within" in printed


def test_a_missing_service_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['structlog'] = None\n")
    (tmp_path / "test_one.py").write_text(ONE_TEST)
    passed, printed = run_suite(tmp_path)
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
    passed, printed = run_suite(tmp_path)
    assert not passed
    told = [line for line in printed.splitlines() if line.startswith("openchannels does not start")]
    assert "OPENCHANNELS_SESSIONS__MINUTES: expected whole number" in told[0], printed
    assert "another exception" not in printed
