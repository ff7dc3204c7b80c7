"""One account on each of five platforms, connected once for a module."""

from dataclasses import dataclass

import pytest

from tests.support.server import Connected, Service

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
