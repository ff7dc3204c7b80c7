"""The log, and sending again what was sent, given up, or happened before there was a webhook."""

from datetime import UTC, datetime
from typing import Any

from openchannels.core.events import EventType
from openchannels.service.events import log
from openchannels.store.queries import deliveries as store
from tests.harness.paths import WEBHOOKS
from tests.harness.receiver import Receiver
from tests.webhooks.hooks import DAY, Hooks


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def again(hooks: Hooks, webhook_id: str, **body: Any) -> dict[str, Any]:
    path = f"{WEBHOOKS}/{webhook_id}/redeliver"
    asked: dict[str, Any] = hooks.data("POST", path, json=body)
    return asked


def test_by_id_the_same_message_again(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    first, second = hooks.event(), hooks.event()
    hooks.drain()
    before = receiver.take()
    asked = again(hooks, made["id"], eventIds=[first])
    assert (asked["queued"], asked["complete"]) == (1, True)
    hooks.drain()
    (message,) = receiver.take()
    assert (message.id, message.body) == (first, before[0].body)
    assert [one["status"] for one in hooks.log(made["id"])] == ["delivered"] * 2
    refused = hooks.ask(
        "POST", f"{WEBHOOKS}/{made['id']}/redeliver", json={"eventIds": [second, "evt_none"]}
    )
    assert refused["code"] == 15205
    assert refused["data"]["eventIds"] == ["evt_none"]
    assert hooks.drain() == 0


def test_by_range_to_a_webhook_that_came_later(hooks: Hooks, receiver: Receiver) -> None:
    written = []
    for number in range(6):
        written.append(hooks.event(account=f"youtube_{number}"))
        hooks.clock.advance(60)
    hooks.event(EventType.DELETED)
    made = hooks.add(receiver.url, types=["account.offline"])
    start = hooks.clock() - 360
    asked = again(hooks, made["id"], since=iso(start + 60), until=iso(start + 240))
    assert asked["queued"] == 3
    hooks.drain()
    assert sorted(receiver.ids) == sorted(written[1:4])
    sequences = [one["sequence"] for one in hooks.log(made["id"])]
    receiver.take()
    asked = again(hooks, made["id"], afterSequence=sequences[-1], untilSequence=sequences[0])
    assert asked["queued"] == 2
    assert asked["lastSequence"] == sequences[0]
    hooks.drain()
    assert sorted(receiver.ids) == sorted(written[2:4])
    assert again(hooks, made["id"], afterSequence=0)["queued"] == 6
    hooks.drain()
    named = hooks.rows("events", type="account.deleted")[0]["id"]
    path = f"{WEBHOOKS}/{made['id']}/redeliver"
    assert hooks.ask("POST", path, json={"eventIds": [named]})["code"] == 15205


def test_dead_ones_live_for_three_more_days(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    delivered = hooks.event()
    hooks.drain()
    receiver.answer = 500
    dead = hooks.event()
    for _ in range(80):
        hooks.drain()
        hooks.clock.advance(3600)
    (given_up,) = hooks.log(made["id"], status="dead")
    assert given_up["eventId"] == dead
    assert again(hooks, made["id"], afterSequence=0, onlyDead=True)["queued"] == 1
    hooks.drain()
    hooks.clock.advance(2 * DAY)
    (pending,) = hooks.log(made["id"], status="pending")
    assert pending["attempts"] == 1
    receiver.take()
    receiver.answer = 204
    hooks.drain()
    assert receiver.ids == [dead]
    assert delivered not in receiver.ids
    assert again(hooks, made["id"], afterSequence=0, onlyDead=True)["queued"] == 0


def test_what_names_no_selection(hooks: Hooks) -> None:
    path = f"{WEBHOOKS}/{hooks.add('https://hooks.example.com')['id']}/redeliver"
    now = iso(hooks.clock())
    for body in (
        {},
        {"onlyDead": True},
        {"eventIds": []},
        {"eventIds": ["evt_1"], "since": now},
        {"since": "yesterday"},
        {"since": "2026-11-21T08:00:00"},
        {"afterSequence": -1},
        {"eventIds": ["evt_1"] * 501},
    ):
        assert hooks.ask("POST", path, json=body)["code"] == 10002, body


def test_a_long_range_is_asked_for_in_parts(
    hooks: Hooks, receiver: Receiver, monkeypatch: Any
) -> None:
    monkeypatch.setattr(log, "AT_ONCE", 4)
    monkeypatch.setattr(log, "MOST_ASKED", 8)
    for _ in range(10):
        hooks.event()
    made = hooks.add(receiver.url)
    first = again(hooks, made["id"], afterSequence=0)
    assert (first["queued"], first["complete"]) == (8, False)
    second = again(hooks, made["id"], afterSequence=first["lastSequence"])
    assert (second["queued"], second["complete"]) == (2, True)
    hooks.drain()
    assert len(set(receiver.ids)) == len(receiver.ids) == 10


def test_the_log_is_filtered_and_paged(hooks: Hooks, receiver: Receiver, monkeypatch: Any) -> None:
    monkeypatch.setattr(store, "SCANNED", 4)
    made = hooks.add(receiver.url)
    began = hooks.clock()
    for number in range(10):
        kind = EventType.OFFLINE if number % 5 else EventType.RECOVERED
        hooks.event(kind, account=f"youtube_{number}")
        hooks.clock.advance(60)
    hooks.drain()
    path = f"{WEBHOOKS}/{made['id']}/deliveries"

    def walk(**query: Any) -> list[int]:
        found: list[int] = []
        while True:
            page = hooks.data("GET", path, params={"limit": 3, **query})
            assert len(page["list"]) <= 3
            found += [one["sequence"] for one in page["list"]]
            if "nextCursor" not in page:
                return found
            query["cursor"] = page["nextCursor"]

    everything = walk()
    assert len(everything) == 10
    assert everything == sorted(everything, reverse=True)
    assert walk(type="account.recovered") == [everything[4], everything[9]]
    assert walk(status="delivered") == everything
    assert walk(status="dead") == []
    assert walk(since=iso(began + 120), until=iso(began + 240)) == everything[6:8]
    for wrong in ({"cursor": "x"}, {"status": "odd"}, {"type": "x"}):
        assert hooks.ask("GET", path, params=wrong)["code"] == 10002, wrong
