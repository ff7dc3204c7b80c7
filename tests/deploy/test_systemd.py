"""The units, as systemd itself judges them."""

import sys
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY, require, run

UNITS = DEPLOY / "systemd"
SERVICES = ("openchannels-server@.service", "openchannels-worker.service")
INSTALLED = "/opt/openchannels/bin/openchannels"
MOST_EXPOSED = 29
"""Tenths; below 3.0 of 10."""


def test_units_are_valid(tmp_path: Path) -> None:
    require("systemd-analyze")
    program = Path(sys.executable).with_name("openchannels")
    for unit in (*SERVICES, "openchannels.target"):
        text = (UNITS / unit).read_text()
        assert INSTALLED in text or unit.endswith(".target")
        copy = tmp_path / unit.replace("@", "@8081")
        copy.write_text(text.replace(INSTALLED, str(program)))
        options = "--man=no --recursive-errors=no"
        # What it only warns of, such as an unknown name, leaves the exit code at 0.
        assert run("sh", "-c", f"systemd-analyze verify {options} {copy} 2>&1") == ""


@pytest.mark.parametrize("unit", SERVICES)
def test_units_are_confined(unit: str) -> None:
    require("systemd-analyze")
    options = ("--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager")
    # It exits with an error above the threshold.
    assert "Overall exposure level" in run("systemd-analyze", "security", *options, UNITS / unit)
