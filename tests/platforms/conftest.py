"""One service and one sandbox for each module, and the number of pairs at the end."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms.live import Live, running


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


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service over a sandbox that the tests of a module share."""
    with running(tmp_path_factory.mktemp("platforms")) as running_live:
        yield running_live


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins without faults and counts from zero."""
    if "live" in request.fixturenames:
        shared: Live = request.getfixturevalue("live")
        # A test before may have moved the clock beyond the last one's end.
        shared.push_ticket()
        shared.begin()
        yield
        shared.service.reset_sandbox()
        shared.refill()
    else:
        yield
