"""Over a limit: 429 with the time to wait, in the envelope or as a page, and nothing else."""

import time
from typing import Any

import httpx2
import msgspec
import pytest
from litestar import HttpMethod

from openchannels.api.app import OPERATIONS
from openchannels.api.endpoint import OPERATION, Operation
from openchannels.store.queries.publications import insert_one
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, API, AUTH, WORKS
from tests.harness.publications import publication_row
from tests.harness.receiver import Receiver
from tests.harness.service import Service
from tests.harness.waiting import wait_until

PROXIED = {"OPENCHANNELS_SERVER__TRUSTED_PROXIES": "127.0.0.0/8"}
CALLBACK = f"{AUTH}/youtube/callback"


def limited(start_service: StartService, **limits: int) -> Service:
    """A service with limits of the test's, others off, that believes the test's addresses."""
    given = {
        f"OPENCHANNELS_LIMITS__{name.upper()}_PER_MINUTE": str(rate)
        for name, rate in limits.items()
    }
    return start_service(environ={**PROXIED, **given})


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def refused(answer: httpx2.Response, most: int) -> dict[str, Any]:
    """The envelope of a 429 whose wait is at most so many seconds."""
    assert answer.status_code == 429, answer.text
    body: dict[str, Any] = answer.json()
    wait = body["data"]["retryAfter"]
    assert answer.headers["retry-after"] == str(wait)
    assert 1 <= wait <= most
    assert (body["code"], body["data"]) == (429, {"retryAfter": wait})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-service"] == "openchannels"
    assert answer.headers["x-request-id"] == body["requestId"]
    return body


def test_starts_are_counted_by_key(start_service: StartService) -> None:
    service = limited(start_service, start=3)
    client = service.client_of("acme")
    begun = [client.get(f"{AUTH}/youtube").json() for _ in range(3)]
    assert [answer["code"] for answer in begun] == [0, 0, 0]
    assert refused(client.get(f"{AUTH}/youtube"), 20)["message"] == "Too many requests"
    chinese = client.get(f"{AUTH}/bilibili", headers={"Accept-Language": "zh", **at("192.0.2.1")})
    assert refused(chinese, 20)["message"] == "请求过于频繁"
    assert service.client_of("other").get(f"{AUTH}/youtube").json()["code"] == 0
    for _ in range(5):
        poll = client.get(f"{AUTH}/youtube/status/{begun[0]['data']['sessionId']}")
        assert poll.json()["code"] == 0
        assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 12600
        assert client.get(f"{WORKS}/youtube?accountId=x").json()["code"] == 12600


IDS = {
    "account": "a1",
    "session": "Zk3v9Qx1LmN0pRsT",
    "webhook": "whk_none",
    "delivery": "dlv_x",
    "group": "g1",
    "platform_work": "w1",
    "asset": "0" * 24,
    "flow": "f1",
    "task": "t1",
    "record": "t1",
}
BY_KEY = {"start": 1, "change": 1, "works": 1, "choice": 1}


def address_of(operation: Operation, ids: dict[str, str]) -> str:
    """The path of an operation, on YouTube and with the ids given."""
    path = operation.path.replace("{platform:str}", "youtube").replace("{field:str}", "x")
    path = path.replace("{id:str}", ids["asset"])
    for name, value in ids.items():
        path = path.replace(f"{{{name}_id:str}}", value)
    assert "{" not in path
    return path


def query_of(operation: Operation, account_id: str) -> dict[str, str]:
    wanted = {
        "WorksQuery": {"accountId": account_id},
        "HistoryQuery": {"accountId": account_id},
        "ActorQuery": {"accountId": account_id},
        "CommentsQuery": {
            "accountId": account_id,
            "platform": "youtube",
            "platformWorkId": "aB3dE5gH7jK",
        },
        "DeleteManyQuery": {"ids": account_id},
        "DeleteGroupsQuery": {"ids": "g1"},
    }
    return wanted.get(operation.query.__name__, {}) if operation.query else {}


def test_every_operation_that_calls_or_changes_is_limited_by_key(
    start_service: StartService,
) -> None:
    service = limited(start_service, **BY_KEY)
    unlimited = []
    for route in OPERATIONS:
        operation: Operation = route.opt[OPERATION]
        client = service.client(service.api_key().key)
        sent: dict[str, Any] = {"params": query_of(operation, IDS["account"])}
        if operation.body is not None:
            sent["content"] = msgspec.json.encode(operation.body_example)
        path = address_of(operation, IDS)
        first, second = (client.request(operation.method, path, **sent) for _ in range(2))
        assert first.json()["code"] != 429, operation.id
        if operation.limit is None:
            assert second.json()["code"] != 429, operation.id
            unlimited.append(operation)
        else:
            refused(second, 60)
            other = service.client(service.api_key().key)
            assert other.request(operation.method, path, **sent).json()["code"] != 429
    assert {operation.method for operation in unlimited} == {HttpMethod.GET}


def test_operations_without_a_limit_call_nothing_and_change_nothing(
    start_service: StartService, receiver: Receiver
) -> None:
    service = limited(start_service, **BY_KEY)
    account_id = service.account("youtube")
    client = service.client_of()
    session = client.get(f"{API}/auth-sessions").json()["data"]["list"][0]["sessionId"]
    webhook = client.post(f"{API}/webhooks", json={"url": receiver.url}).json()["data"]["id"]
    second = service.client(service.api_key().key)
    signed = second.post("/api/assets/uploadSign", json={"filename": "a.png"}).json()["data"]
    row = publication_row("acme", account_id, time.time() + 3600)
    service.run(service.services.context.db.write(insert_one, row, []))
    published = {"flow": row["flow_id"], "record": row["id"]}
    found = {
        **published,
        "account": account_id,
        "session": session,
        "webhook": webhook,
        "asset": signed["id"],
    }
    ids = {**IDS, **found}
    service.reset_sandbox()
    before = audited(client)
    for route in OPERATIONS:
        operation: Operation = route.opt[OPERATION]
        if operation.limit is None:
            path = address_of(operation, ids)
            answer = client.get(path, params=query_of(operation, account_id)).json()
            assert answer["code"] == 0 or "delivery_id" in operation.path, (operation.id, answer)
    assert service.calls() == {}
    assert receiver.messages == []
    assert audited(client) == before


def audited(client: httpx2.Client) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = client.get(f"{API}/audit").json()["data"]["list"]
    return entries


def test_a_token_comes_back_after_the_wait(start_service: StartService) -> None:
    service = limited(start_service, start=60)
    client = service.client_of()
    # On a slow machine some tokens come back meanwhile.
    codes = iter(lambda: client.get(f"{AUTH}/youtube").json()["code"], 429)
    assert 60 <= sum(code == 0 for code in codes) < 600
    wait_until(lambda: client.get(f"{AUTH}/youtube").json()["code"] == 0)


def test_selections_are_counted_by_key_and_unread(start_service: StartService) -> None:
    service = limited(start_service, choice=2)
    client = service.client_of()
    body = {"sessionId": "none", "accounts": []}
    codes = [client.post(f"{AUTH}/selections", json=body).json()["code"] for _ in range(2)]
    assert 429 not in codes
    refused(client.post(f"{AUTH}/selections", json=body), 30)
    refused(client.post(f"{AUTH}/selections", content=b"{" * 100_000), 30)
    assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 12600


def test_refused_keys_are_counted_by_address(start_service: StartService) -> None:
    service = limited(start_service, refused_keys=3)
    stranger = service.client("oc_" + "A" * 43, headers=at("192.0.2.1"))
    paths = (f"{ACCOUNTS}/x/auth-status", f"{AUTH}/youtube", f"{WORKS}/youtube")
    for path in paths:
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (200, 401)
    for path in paths:
        refused(stranger.get(path), 20)
    refused(stranger.post(ACCOUNTS, json={}), 20)
    other = service.client(headers=at("192.0.2.2"))
    assert other.get(paths[0]).json()["code"] == 401
    good = service.client_of(headers=at("192.0.2.1"))
    assert good.get(paths[0]).json()["code"] == 12600, "a good key is served from anywhere"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_callbacks_over_the_limit_see_a_page(start_service: StartService, method: str) -> None:
    service = limited(start_service, callback=2)
    browser = service.client(headers=at("2001:db8::1"))
    for _ in range(2):
        assert browser.request(method, f"{CALLBACK}?state=x&code=y").status_code == 200
    answer = browser.request(method, f"{CALLBACK}?state=x&code=y")
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert "Too many requests" in answer.text
    assert "load this page again" in answer.text
    neighbour = browser.get(CALLBACK, headers=at("2001:db8::2"))
    assert neighbour.status_code == 429, "of IPv6 the /64 counts"
    assert browser.get(CALLBACK, headers=at("2001:db8:0:1::1")).status_code == 200


def test_a_refused_callback_costs_nothing(start_service: StartService) -> None:
    """The same address works once there is a token again."""
    service = limited(start_service, callback=1)
    client = service.client_of()
    start = client.get(f"{AUTH}/youtube").json()["data"]
    wishes = "&sandbox_decision=approve&sandbox_person=ida"
    location = service.browser().get(start["url"] + wishes, follow_redirects=False)
    address = location.headers["location"]
    browser = service.client(headers=at("192.0.2.1"))
    browser.get(CALLBACK)
    assert browser.get(address).status_code == 429
    poll = client.get(f"{AUTH}/youtube/status/{start['sessionId']}").json()
    assert poll["data"]["status"] == "pending"
    assert browser.get(address, headers=at("192.0.2.2")).status_code == 303
    poll = client.get(f"{AUTH}/youtube/status/{start['sessionId']}").json()
    assert poll["data"]["status"] == "completed"


def test_choices_on_our_page_are_counted_by_address(start_service: StartService) -> None:
    service = limited(start_service, choice=1)
    browser = service.client(headers=at("192.0.2.1"))
    assert browser.post("/connect/none", data={"csrf": "x"}).status_code == 200
    answer = browser.post("/connect/none", data={"csrf": "x"}, headers={"Accept-Language": "zh"})
    assert answer.status_code == 429
    assert "请求过于频繁" in answer.text
    assert browser.get("/connect/none").status_code == 200
    assert browser.get("/").status_code == 200


def test_forwarded_addresses_of_strangers_are_not_believed(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_LIMITS__REFUSED_KEYS_PER_MINUTE": "1"})
    client = service.client()
    assert client.get(f"{ACCOUNTS}/x/auth-status", headers=at("192.0.2.1")).status_code == 200
    assert client.get(f"{ACCOUNTS}/x/auth-status", headers=at("192.0.2.2")).status_code == 429


def test_the_document_names_the_refusal(shared_service: Service) -> None:
    document = shared_service.client().get("/openapi.json").json()
    for methods in document["paths"].values():
        for operation in methods.values():
            assert "429" in operation["responses"]


def test_a_browser_over_a_limit_of_the_api_sees_a_page(start_service: StartService) -> None:
    service = start_service(environ={"OPENCHANNELS_LIMITS__REFUSED_KEYS_PER_MINUTE": "1"})
    browser = service.client(headers={"Accept": "text/html"})
    assert browser.get(f"{ACCOUNTS}/x/auth-status").status_code == 200
    answer = browser.get(f"{ACCOUNTS}/x/auth-status")
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
