"""A platform's host that is down: left alone for a while, tried by one call, hiding no other."""

from typing import Any

import pytest

from tests.harness.fixtures import StartService
from tests.harness.paths import AUTH
from tests.harness.service import Service

HOST = "www.googleapis.com"
TOKEN_HOST = "oauth2.googleapis.com"
FAILURES = 3
LONGEST = 60


@pytest.fixture
def service(start_service: StartService) -> Service:
    """A service that gives a host up early."""
    given = {"BREAKER_FAILURES": FAILURES, "BREAKER_SECONDS": LONGEST}
    return start_service(
        environ={f"OPENCHANNELS_UPSTREAM__{name}": str(n) for name, n in given.items()}
    )


def works(service: Service, account: str, platform: str = "youtube") -> dict[str, Any]:
    query = {"accountId": account}
    answer: dict[str, Any] = (
        service.client_of().get(f"/api/v2/channels/works/{platform}", params=query).json()
    )
    return answer


def broken(service: Service, account: str) -> None:
    """Let the host fail until it is given up."""
    service.clock.hold()
    service.fault(host=HOST, kind="status", status=503)
    for _ in range(FAILURES):
        answer = works(service, account)
        assert (answer["code"], answer["data"]["httpStatus"]) == (15094, 503)
    service.reset_sandbox()


def test_callers_are_told_when_to_come_back_and_no_call_is_made(service: Service) -> None:
    account, other = service.account("youtube"), service.account("youtube", "ben")
    bilibili = service.account("bilibili")
    broken(service, account)
    for one in (account, other):
        answer = works(service, one)
        data = answer["data"]
        assert (answer["code"], data["category"]) == (15094, "platform_unavailable")
        assert (data["platformCode"], data["retryable"]) == ("circuit_open", True)
        assert data["retryAfter"] >= 1
        assert data["resetAt"].endswith("Z")
    assert service.calls() == {}
    assert works(service, bilibili, "bilibili")["code"] == 0
    status = service.client_of().get(f"/api/v2/channels/accounts/{account}/auth-status").json()
    assert status["data"]["status"] == 1
    service.clock.advance(data["retryAfter"])
    assert works(service, account)["code"] == 0
    assert works(service, other)["code"] == 0


def test_a_probe_that_fails_keeps_it_open(service: Service) -> None:
    account = service.account("youtube")
    broken(service, account)
    service.fault(host=HOST, kind="status", status=503)
    service.clock.advance(LONGEST)
    assert works(service, account)["data"]["httpStatus"] == 503
    assert sum(service.calls().values()) == 1, "one call finds out"


def test_a_connection_in_progress_is_tried_all_the_same(service: Service) -> None:
    """And its success closes the breaker for everybody."""
    account = service.account("youtube")
    broken(service, account)
    connected = service.connect("youtube", "ben")
    assert connected.status["status"] == "completed"
    assert works(service, account)["code"] == 0


def test_a_code_is_redeemed_though_the_token_host_was_given_up(service: Service) -> None:
    account = service.account("youtube")
    service.clock.hold()
    service.fault(host=TOKEN_HOST, kind="status", status=503)
    for number in range(FAILURES):
        failed = service.connect("youtube", f"unlucky{number}")
        assert (failed.status["status"], failed.status["errorCode"]) == ("failed", 15094)
    service.reset_sandbox()
    assert works(service, account)["code"] == 0, "the other host is not hidden"
    start = service.client_of().get(f"{AUTH}/youtube").json()["data"]
    assert start["url"]
    assert service.connect("youtube", "lucky").status["status"] == "completed"
