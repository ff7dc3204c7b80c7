"""Each metric moves by what it says, over both stores."""

import pytest

from openchannels.metrics import declared as metric
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, AUTH, WEBHOOKS, WORKS
from tests.harness.receiver import Receiver
from tests.harness.service import Service
from tests.harness.tasks import run_due
from tests.metrics.scraped import scrape, scrape_fresh

HOST = "www.googleapis.com"
TOKEN_HOST = "oauth2.googleapis.com"
HOUR = 3600.0


def works(service: Service, account_id: str) -> int:
    query = {"accountId": account_id}
    answer = service.client_of().get(f"{WORKS}/youtube", params=query)
    return int(answer.json()["code"])


def test_from_a_start_to_an_account_that_is_offline(service: Service) -> None:
    account = service.connect("youtube").account_id
    service.connect("youtube", "ben", decision="deny")
    assert service.client_of().get(f"{AUTH}/nowhere").json()["code"] == 15032
    assert service.browser().get(f"{AUTH}/youtube/callback?state=x&code=y").status_code == 200
    service.hand_in("xhs")
    seen = scrape_fresh(service)
    assert seen.value(metric.STARTS, platform="youtube", outcome="success") == 2
    assert seen.value(metric.STARTS, platform="unknown", outcome="PlatformNotSupported") == 1
    for outcome in ("completed", "failed", "ChannelAuthSessionInvalid"):
        assert seen.value(metric.CALLBACKS, platform="youtube", outcome=outcome) == 1, outcome
    assert seen.value(metric.CONNECTIONS, platform="youtube", outcome="success") == 1
    denied = "ChannelAuthorizationFailed"
    assert seen.value(metric.CONNECTIONS, platform="youtube", outcome=denied) == 1
    assert seen.value(metric.CONNECTIONS, platform="xhs", outcome="success") == 1
    assert seen.value(metric.ACCOUNTS, platform="youtube", state="working") == 1

    assert works(service, account) == 0
    service.clock.advance(2 * HOUR)
    assert works(service, account) == 0
    service.fault(host=TOKEN_HOST, kind="status", status=503)
    service.clock.advance(2 * HOUR)
    assert works(service, account) == 15094
    service.reset_sandbox()
    service.sandbox.post("/_grants/revoke", json={"platform": "youtube", "person": "ida"})
    assert works(service, account) == 15009
    seen = scrape_fresh(service)
    refreshed = {one["outcome"]: one for one in seen.series(metric.REFRESHES)}
    assert refreshed.keys() == {
        "success",
        "ChannelRefreshTokenFailed",
        "ChannelPlatformServiceUnavailable",
    }
    assert seen.value(metric.REFRESHES, platform="youtube") == 3
    assert seen.value(metric.ACCOUNTS, platform="youtube", state="offline") == 1
    assert seen.value(metric.ACCOUNTS, platform="youtube", state="working") == 0
    codes = {one["code"] for one in seen.series(metric.REQUESTS)}
    assert {"0", "15009", "15032", "15094"} <= codes
    listed = "WorksController_listWorks_v2"
    assert seen.value(metric.REQUESTS, operation=listed, code="0") == 2
    assert seen.value(metric.REQUEST_SECONDS, operation=listed) == 4


def test_calls_to_a_platform(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_UPSTREAM__BREAKER_FAILURES": "2"})
    account = service.connect("youtube").account_id
    service.clock.hold()
    service.reset_sandbox()
    before = scrape(service.url)
    assert works(service, account) == 0
    sent = sum(service.calls().values())
    service.fault(host=HOST, kind="rate_limit", times=1)
    assert works(service, account) == 15071
    assert works(service, account) == 15071
    seen = scrape(service.url)

    def moved(one: metric.Metric, **labels: str) -> float:
        return seen.value(one, **labels) - before.value(one, **labels)

    assert moved(metric.CALLS_MADE, platform="youtube", outcome="success") == sent
    assert moved(metric.CALLS_MADE, platform="youtube", outcome="rate_limited") == 1
    assert moved(metric.CALL_SECONDS, platform="youtube") == sent + 1
    assert moved(metric.WITHHELD_CALLS, platform="youtube", reason="waiting") == 1
    assert seen.value(metric.SPENT_LIMITS, platform="youtube") == 1
    service.clock.advance(2 * 86_400)
    service.reset_sandbox()
    service.fault(host=TOKEN_HOST, kind="status", status=503)
    assert [works(service, account) for _ in range(3)] == [15094] * 3
    seen = scrape(service.url)
    assert seen.value(metric.OPEN_BREAKERS, platform="youtube") == 1
    assert seen.value(metric.WITHHELD_CALLS, platform="youtube", reason="circuit_open") == 1
    assert moved(metric.CALLS_MADE, platform="youtube", outcome="unavailable") == 2


def test_webhooks_and_due_tasks(service: Service, receiver: Receiver) -> None:
    service.clock.hold()
    made = service.client_of().post(WEBHOOKS, json={"url": receiver.url}).json()
    assert made["code"] == 0
    account = service.connect("youtube").account_id
    service.clock.advance(60)
    seen = scrape_fresh(service)
    assert seen.value(metric.PENDING_DELIVERIES) == 1
    assert seen.value(metric.DELIVERY_AGE) == pytest.approx(60, abs=1)
    receiver.answer = 500
    service.run(run_due(service.services, "webhooks"))
    service.clock.advance(HOUR)
    receiver.answer = 204
    service.run(run_due(service.services, "webhooks"))
    seen = scrape_fresh(service)
    assert seen.value(metric.PENDING_DELIVERIES) == seen.value(metric.DELIVERY_AGE) == 0
    assert seen.value(metric.DELIVERIES, outcome="refused") == 1
    assert seen.value(metric.DELIVERIES, outcome="delivered") == 1
    assert seen.value(metric.DELIVERY_SECONDS) == 2
    assert account
    bilibili = service.connect("bilibili").account_id
    service.clock.advance(60 * 86_400)
    seen = scrape_fresh(service)
    assert seen.value(metric.DUE_TASKS, task="refresh") >= 1, bilibili
    assert seen.value(metric.DUE_TASK_AGE, task="refresh") > 0


def test_limits_the_store_and_the_build(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_LIMITS__START_PER_MINUTE": "1"})
    client = service.client_of()
    before = scrape(service.url)
    assert [client.get(f"{AUTH}/youtube").json()["code"] for _ in range(2)] == [0, 429]
    assert service.client("oc_wrong").get(ACCOUNTS).json()["code"] == 401
    seen = scrape(service.url)
    assert seen.value(metric.LIMITED_REQUESTS, limit="start") == 1
    assert seen.value(metric.REQUESTS, code="401") == 1
    for kind in ("read", "write"):
        moved = (s.value(metric.STATEMENT_SECONDS, kind=kind) for s in (before, seen))
        assert next(moved) < next(moved)
    (about,) = seen.series(metric.BUILD)
    assert about["database"] == service.runtime.db.kind
    assert about["environment"] == "sandbox"
    assert seen.value(metric.STORE_READABLE) == 1
