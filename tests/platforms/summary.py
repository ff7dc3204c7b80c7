"""How many platform x case pairs ran, printed at the end of a run.

The hooks are in force through `tests/conftest.py`: under several workers the process that prints
loads no other.
"""

from collections import Counter
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pair(platform, case): what a test shows for a platform")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Properties travel with a report from a worker process to the one that prints.
    for item in items:
        for marker in item.iter_markers("pair"):
            item.user_properties.append(("pair", " / ".join(marker.args)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    outcomes = {
        outcome: {
            value
            for report in terminalreporter.stats.get(outcome, [])
            for name, value in getattr(report, "user_properties", ())
            if name == "pair"
        }
        for outcome in ("passed", "failed", "error")
    }
    bad = outcomes["failed"] | outcomes["error"]
    ran = outcomes["passed"] | bad
    if ran:
        platforms = Counter(pair.partition(" / ")[0] for pair in ran)
        cases = {pair.partition(" / ")[2] for pair in ran}
        terminalreporter.write_line(
            f"platform x case: {len(ran)} pairs run ({len(platforms)} platforms, "
            f"{len(cases)} cases), {len(bad)} failed"
        )
