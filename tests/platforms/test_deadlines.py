"""A platform that takes too long: the call ends when the operator says so."""

import time
from collections.abc import Iterator

import pytest

from tests.platforms.cases import WORKS, each
from tests.platforms.live import Live, running

DEADLINE = 2.0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service that waits two seconds for a platform."""
    environ = {"OPENCHANNELS_UPSTREAM__TIMEOUT_SECONDS": str(DEADLINE)}
    with running(tmp_path_factory.mktemp("deadlines"), works=30, **environ) as service:
        yield service


@each("fault latency", WORKS)
def test_a_call_ends_at_its_deadline(live: Live, platform: str) -> None:
    account = live.lister(platform)
    live.begin()
    live.service.fault(host="*", kind="latency", latencyMs=60_000)
    began = time.monotonic()
    answer = live.page(platform, account)
    took = time.monotonic() - began
    assert answer["code"] == 15094, answer
    assert (answer["data"]["category"], answer["data"]["retryable"]) == ("timeout", True)
    assert took >= DEADLINE * 0.9
    assert live.auth_status(account)["status"] == 1
    live.service.reset_sandbox()
    assert live.works(platform, account)["items"]
