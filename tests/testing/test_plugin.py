"""The plug-in in suites of tools: fixtures, isolation, two processes, and starts that fail."""

import re
import subprocess
import sys
from pathlib import Path

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


def test_the_sample_project_passes(tmp_path: Path) -> None:
    passed, printed = run_suite(copy_of("examples/pytest-project", tmp_path), "-p", "no:asyncio")
    assert passed, printed
    assert re.search(r"=+ 5 passed in ", printed), printed


def test_tests_do_not_see_each_other(tmp_path: Path) -> None:
    passed, printed = run_suite(copy_of("tests/testing/suite", tmp_path), "-rP", "-p", "no:xdist")
    assert passed, printed
    assert "the service started within" in printed


def test_each_process_has_a_service_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_urls.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(2))\n"
        "def test_url(n, openchannels, worker_id):\n"
        "    print(worker_id, openchannels.url, openchannels.sandbox.call('GET', '/_health'))\n"
    )
    load = (*PLUGIN, "-p", "xdist", "-p", "xdist.looponfail")
    passed, printed = run_suite(tmp_path, "-rP", "-n2", "--dist=each", *load, plugins=False)
    assert passed, printed
    urls = dict(re.findall(r"^(gw\d) (http://127\.0\.0\.1:\d+) \{'status': 'ok'\}", printed, re.M))
    assert len(urls) == len(set(urls.values())) == 2


def test_a_missing_service_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['uvicorn'] = None\n")
    (tmp_path / "test_one.py").write_text(ONE_TEST)
    passed, printed = run_suite(tmp_path, *PLUGIN, plugins=False)
    assert not passed
    told = [line for line in printed.splitlines() if "openchannels[server]" in line]
    assert told[0].startswith("These tests need the service itself: pip install"), printed
    assert "Traceback" not in printed


def test_a_start_that_fails_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session')\ndef openchannels_settings():\n"
        "    return {'OPENCHANNELS_SESSIONS__MINUTES': 'many'}\n"
    )
    (tmp_path / "test_one.py").write_text(ONE_TEST)
    passed, printed = run_suite(tmp_path, *PLUGIN, plugins=False)
    assert not passed
    told = [line for line in printed.splitlines() if line.startswith("openchannels does not start")]
    assert "OPENCHANNELS_SESSIONS__MINUTES: expected a whole number" in told[0], printed
