"""Each metric moves by what it says, over both stores."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from openchannels.core.publications import PublishStatus, Stage
from openchannels.metrics import declared as metric
from openchannels.store.tables import publications
from tests.assets.files import image
from tests.harness.fixtures import StartService
from tests.harness.logs import logged_for_people
from tests.harness.paths import ACCOUNTS, API, AUTH, WEBHOOKS, WORKS
from tests.harness.publications import publication_row
from tests.harness.receiver import Receiver
from tests.harness.service import Service
from tests.harness.tasks import run_due
from tests.metrics.scraped import scrape, scrape_fresh

HOST = "www.googleapis.com"
TOKEN_HOST = "oauth2.googleapis.com"
HOUR = 3600.0
PUBLISH = f"{API}/publish"


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


@pytest.fixture
def _logged() -> Iterator[None]:
    with logged_for_people():
        yield


@pytest.mark.usefixtures("_logged")
def test_publications(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """What became of them, how many wait, and one grep of the log that tells the story of one."""
    client = service.client_of()
    account = service.connect("pinterest").account_id
    values = f"{ACCOUNTS}/{account}/publish-options/boardId/values"
    board = client.get(values).json()["data"]["items"][0]["value"]
    picture = upload(service, image("JPEG", 800, 800))
    item = {"platform": "pinterest", "accountId": account, "option": {"boardId": board}}
    body = {
        "content": {"title": "Rye", "media": [{"url": picture}]},
        "publishAt": "2020-01-01T00:00:00Z",
        "items": [item],
    }
    made = client.post(f"{PUBLISH}/flows", json=body).json()["data"]["tasks"][0]["id"]
    service.clock.hold()
    service.clock.advance(60)
    seen = scrape_fresh(service)
    assert seen.value(metric.DUE_TASKS, task="publish") == 1
    assert seen.value(metric.DUE_TASK_AGE, task="publish") == pytest.approx(60, abs=10)
    service.sandbox.put("/_publishing/pinterest", json={"reject": "2"})
    service.run(run_due(service.services, "publish"))
    again = {"content": {**body["content"], "title": "Oats"}, "publishAt": "2099-01-01T00:00:00Z"}
    waiting = client.post(f"{PUBLISH}/flows", json={**body, **again}).json()["data"]["tasks"][0]
    assert client.delete(f"{PUBLISH}/tasks/{waiting['id']}").json()["code"] == 0
    seen = scrape_fresh(service)
    assert seen.value(metric.PUBLICATIONS, platform="pinterest", outcome="platform") == 1
    assert seen.value(metric.PUBLICATIONS, platform="pinterest", outcome="cancelled") == 1
    assert seen.value(metric.PUBLICATIONS) == 2
    assert seen.value(metric.PUBLICATION_BYTES, platform="pinterest") > 0
    assert seen.value(metric.DUE_TASKS, task="publish") == 0
    story = [row for row in capsys.readouterr().err.splitlines() if made in row]
    assert "publication accepted" in story[0]
    assert "outcome=platform" in story[-1]
    assert [word for row in story for word in row.split() if word.startswith("stage=")] == [
        "stage=preparing",
        "stage=committing",
        "stage=done",
    ]


@pytest.mark.parametrize("state", ["needs_person", "unconfirmed"])
def test_publications_that_wait_for_somebody(service: Service, state: str) -> None:
    stage, status = {
        "needs_person": (Stage.HELD, PublishStatus.NEEDS_ACTION),
        "unconfirmed": (Stage.SETTLING, PublishStatus.PUBLISHING),
    }[state]
    now = service.clock()
    row = publication_row("acme", "a", now, stage=stage.value, status=int(status))
    service.run(service.services.context.db.write(insert_row, row))
    seen = scrape_fresh(service)
    assert seen.value(metric.PUBLICATIONS_UNDER_WAY, state=state) == 1
    assert seen.value(metric.PUBLICATIONS_UNDER_WAY) == 1
    assert len(seen.series(metric.PUBLICATIONS_UNDER_WAY)) == 5


def insert_row(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(publications).values(**row))


def upload(service: Service, content: bytes) -> str:
    sign = {"filename": "a.jpg", "type": "publishMedia", "size": len(content)}
    client = service.client_of()
    signed = client.post("/api/assets/uploadSign", json=sign).json()["data"]
    assert service.client().put(signed["uploadUrl"], content=content).status_code == 200
    assert client.post(f"/api/assets/{signed['id']}/confirm", json={}).json()["code"] == 0
    return str(signed["url"])
