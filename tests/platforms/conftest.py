"""One service and one sandbox for each module, and the number of pairs at the end."""

from collections.abc import Iterator

import pytest

from tests.platforms.live import Live, running


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
