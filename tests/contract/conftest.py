"""One account on each of five platforms, connected once for a module."""

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.harness.service import Connected, Service

OAUTH = ("youtube", "facebook", "bilibili")
FIVE = (*OAUTH, "xhs", "wxSph")


@dataclass(frozen=True)
class Workspace:
    """A service with what a test needs there: accounts by platform, and a choice left open."""

    service: Service
    accounts: dict[str, str]
    done: dict[str, Connected]
    choosing: Connected
    denied: Connected


@pytest.fixture(scope="module")
def workspace(shared_service: Service) -> Workspace:
    service = shared_service
    done = {platform: service.connect(platform) for platform in OAUTH}
    return Workspace(
        service,
        {platform: service.account(platform) for platform in FIVE},
        done,
        service.connect("facebook", "mara", choose=0),
        service.connect("youtube", "nils", decision="deny"),
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell, last of all, how many generated cases were sent and what came back."""
    cases, codes = 0, Counter[int]()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        told = dict(report.user_properties)
        if report.when == "call" and "contract_cases" in told:
            cases += told["contract_cases"]
            codes.update({int(code): count for code, count in told["contract_codes"].items()})
    if cases:
        shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
        terminalreporter.write_line(f"codes answered: {shown}")
        terminalreporter.write_line(f"contract cases: {cases}")
