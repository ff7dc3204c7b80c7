"""The routes under `/webhooks`: making, changing, deleting; and that users do not meet."""

from typing import Any

import pytest

from openchannels.core.events import EventType
from openchannels.service.events.webhooks import MOST
from tests.harness.fixtures import StartService
from tests.harness.paths import EVENTS, WEBHOOKS
from tests.harness.receiver import Receiver
from tests.webhooks.hooks import Hooks

URL = "https://hooks.example.com/in?x=1"


def issues(body: dict[str, Any]) -> list[str]:
    assert body["code"] == 10002, body
    return [issue["path"] for issue in body["data"]["issues"]]


def test_from_making_to_deleting(hooks: Hooks) -> None:
    made = hooks.add(URL, types=["account.recovered", "account.offline"], description="mine")
    assert made["id"].startswith("whk_")
    assert made["secret"].startswith("whsec_")
    found = hooks.data("GET", f"{WEBHOOKS}/{made['id']}")
    assert found == {name: value for name, value in made.items() if name != "secret"}
    assert found["types"] == ["account.offline", "account.recovered"]
    assert (found["url"], found["description"], found["enabled"]) == (URL, "mine", True)
    hooks.clock.advance(1)
    second = hooks.add(URL)
    listed = hooks.data("GET", WEBHOOKS)["list"]
    assert [one["id"] for one in listed] == [made["id"], second["id"]]
    assert all("secret" not in one for one in listed)
    changed = hooks.data("PATCH", f"{WEBHOOKS}/{made['id']}", json={"types": []})
    assert (changed["types"], changed["description"]) == ([], "mine")
    gone = hooks.data("DELETE", f"{WEBHOOKS}/{made['id']}")
    assert gone == {"id": made["id"], "deleted": True}
    assert hooks.ask("GET", f"{WEBHOOKS}/{made['id']}")["code"] == 15204
    actions = [row["action"] for row in hooks.rows("audit") if "webhook" in row["action"]]
    assert sorted(actions) == [
        "webhook.created", "webhook.created", "webhook.deleted", "webhook.updated",
    ]  # fmt: skip


def test_deleting_takes_the_log_along_and_leaves_the_events(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.add(receiver.url)
    hooks.event()
    hooks.drain()
    hooks.event()
    hooks.data("DELETE", f"{WEBHOOKS}/{made['id']}")
    assert hooks.rows("deliveries") == hooks.rows("delivery_attempts") == []
    assert len(hooks.rows("events")) == 2
    assert hooks.drain() == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "url"),
        ({"url": "https://user@hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"url": "ftp://hooks.example.com/"}, "url"),
        ({"url": URL, "types": ["account.exploded"]}, "types.0"),
        ({"url": URL, "types": "account.offline"}, "types"),
        ({"url": URL, "description": "x" * 257}, "description"),
        ({"url": URL, "enabled": "yes"}, "enabled"),
    ],
)
def test_what_makes_no_webhook(hooks: Hooks, body: dict[str, Any], path: str) -> None:
    assert issues(hooks.ask("POST", WEBHOOKS, json=body)) == [path]
    assert hooks.rows("webhooks") == []


def test_unless_a_setting_allows_it_this_machine_is_no_receiver(
    start_service: StartService, receiver: Receiver
) -> None:
    hooks = Hooks(
        start_service(environ={"OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "10.99.0.0/16"})
    )
    for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
        assert issues(hooks.ask("POST", WEBHOOKS, json={"url": url})) == ["url"]


def test_a_change_is_checked_and_may_not_be_empty(hooks: Hooks) -> None:
    path = f"{WEBHOOKS}/{hooks.add(URL)['id']}"
    assert issues(hooks.ask("PATCH", path, json={})) == ["body"]
    assert issues(hooks.ask("PATCH", path, json={"url": "https://127.1/x#y"})) == ["url"]
    assert hooks.data("GET", path)["url"] == URL


def test_a_user_has_so_many_webhooks_and_no_more(hooks: Hooks) -> None:
    for _ in range(MOST):
        hooks.add(URL)
    assert issues(hooks.ask("POST", WEBHOOKS, json={"url": URL})) == ["url"]
    assert len(hooks.data("GET", WEBHOOKS)["list"]) == MOST
    hooks.add(URL, user="another")


def test_switching_off_gives_up_what_is_on_its_way(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    hooks.event()
    hooks.data("PATCH", f"{WEBHOOKS}/{made['id']}", json={"enabled": False})
    assert hooks.drain() == 0
    (left,) = hooks.log(made["id"])
    assert (left["status"], left["lastError"]) == ("dead", "disabled")
    again = hooks.ask(
        "POST", f"{WEBHOOKS}/{made['id']}/redeliver", json={"eventIds": [left["eventId"]]}
    )
    assert issues(again) == ["webhookId"]


def test_another_address_begins_with_a_clean_slate(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add("https://hooks.invalid/")
    for number in range(8):
        hooks.event(account=f"youtube_{number}")
    hooks.drain()
    path = f"{WEBHOOKS}/{made['id']}"
    assert hooks.data("GET", path)["failures"] >= 5
    changed = hooks.data("PATCH", path, json={"url": receiver.url})
    assert changed["failures"] == 0
    assert "pausedUntil" not in changed
    hooks.drain()
    assert len(receiver.messages) == 8


def test_users_do_not_meet(hooks: Hooks, receiver: Receiver) -> None:
    mine = hooks.add(receiver.url, user="owner")
    event_id = hooks.event(user="owner")
    hooks.drain()
    (sent,) = hooks.log(mine["id"], "owner")
    path, theirs = f"{WEBHOOKS}/{mine['id']}", hooks.add(receiver.url, user="stranger")
    asked = [
        ("GET", path, None),
        ("PATCH", path, {"url": URL}),
        ("DELETE", path, None),
        ("POST", f"{path}/rotate", {"overlapHours": 1}),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/redeliver", {"eventIds": [event_id]}),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"{path}/deliveries/{sent['id']}", None),
    ]
    before = hooks.rows("webhooks")
    receiver.take()
    for method, where, body in asked:
        answer = hooks.ask(method, where, "stranger", **({"json": body} if body else {}))
        assert answer["code"] == 15204, where
    assert hooks.rows("webhooks") == before
    own = f"{WEBHOOKS}/{theirs['id']}"
    again = hooks.ask("POST", f"{own}/redeliver", "stranger", json={"eventIds": [event_id]})
    assert again["code"] == 15205
    assert hooks.ask("GET", f"{own}/deliveries/{sent['id']}", "stranger")["code"] == 15205
    everything = {"afterSequence": 0}
    none = hooks.data("POST", f"{own}/redeliver", "stranger", json=everything)
    assert none == {"queued": 0, "complete": True, "lastSequence": 0}
    hooks.clock.advance(60)
    hooks.drain()
    assert receiver.messages == []
    assert hooks.data("GET", EVENTS, "stranger")["list"] == []
    assert len(hooks.data("GET", EVENTS, "owner")["list"]) == 1


def test_types_are_those_of_the_catalogue(hooks: Hooks) -> None:
    made = hooks.add(URL, types=[kind.value for kind in EventType])
    assert made["types"] == [kind.value for kind in EventType]
