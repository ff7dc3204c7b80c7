"""Each change of an account is told once, with the change or not at all."""

from typing import Any

import pytest

from openchannels.core.events import EventType
from openchannels.service.context import Retention
from openchannels.service.events.delivery import BACK_OFF
from openchannels.service.events.log import VISIBLE_AFTER_SECONDS
from openchannels.service.tasks.steady_clock import STEADY_SECONDS
from openchannels.store.queries import events
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, EVENTS
from tests.harness.receiver import Receiver
from tests.harness.service import Service
from tests.harness.tasks import task_named
from tests.webhooks.hooks import Hooks


def told(hooks: Hooks, user: str = "acme") -> list[dict[str, Any]]:
    hooks.clock.advance(VISIBLE_AFTER_SECONDS)
    listed: list[dict[str, Any]] = hooks.data("GET", EVENTS, user)["list"]
    return listed


def types(hooks: Hooks, user: str = "acme") -> list[str]:
    return [event["type"] for event in told(hooks, user)]


@pytest.fixture
def running(service: Service) -> Hooks:
    """A service whose clock runs."""
    return Hooks(service)


def go_offline(hooks: Hooks, account_id: str) -> None:
    """Let the grant be found dead by a call, twice over."""
    hooks.service.sandbox.post("/_grants/revoke", json={"platform": "youtube", "person": "ida"})
    hooks.clock.advance(7200)
    for _ in range(2):
        path = "/api/v2/channels/works/youtube"
        assert hooks.ask("GET", path, params={"accountId": account_id})["code"] != 0


def test_connected_reconnected_offline_recovered_deleted(running: Hooks) -> None:
    account_id = running.service.connect("youtube").account_id
    assert types(running) == ["account.connected"]
    running.service.connect("youtube")
    assert types(running)[1:] == ["account.reconnected"]
    go_offline(running, account_id)
    assert types(running)[2:] == ["account.offline"]
    running.service.connect("youtube")
    assert types(running)[3:] == ["account.reconnected", "account.recovered"]
    assert running.ask("DELETE", f"{ACCOUNTS}/{account_id}")["code"] == 0
    found = told(running)
    assert [event["type"] for event in found[5:]] == ["account.deleted"]
    assert {event["data"]["accountId"] for event in found} == {account_id}
    sequences = [event["data"]["sequence"] for event in found]
    assert sequences == sorted(set(sequences))
    assert found[2]["data"]["reason"] == "grant_dead"
    assert found[5]["data"]["reason"] == "requested"


def test_an_account_taken_over_is_offline_for_who_had_it(start_service: StartService) -> None:
    hooks = Hooks(start_service(environ={"OPENCHANNELS_ACCOUNTS__TAKEOVER": "true"}))
    first = hooks.service.connect("youtube", user="first").account_id
    second = hooks.service.connect("youtube", user="second").account_id
    assert first == second
    lost = told(hooks, "first")
    assert lost[0]["type"] == "account.connected"
    assert len(lost) == 2
    assert lost[1]["data"]["reason"] == "taken_over"
    assert types(hooks, "second") == ["account.connected"]


def test_a_plugin_account_is_told_too(running: Hooks) -> None:
    running.service.hand_in("xhs")
    running.service.hand_in("xhs")
    assert types(running) == ["account.connected", "account.reconnected"]


def test_a_change_that_is_undone_tells_nothing(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url)

    def half(connection: Any) -> None:
        about = ("youtube_1", "youtube")
        events.record_event(connection, hooks.clock(), "acme", EventType.DELETED, about)
        raise RuntimeError("the change fails")

    with pytest.raises(RuntimeError):
        hooks.write(half)
    assert hooks.rows("events") == hooks.rows("deliveries") == []
    assert hooks.drain() == 0


def test_a_refused_change_tells_nothing(running: Hooks) -> None:
    running.service.connect("youtube", user="first")
    refused = running.service.connect("youtube", user="second")
    assert refused.status["errorCode"] == 15082
    assert types(running, "second") == []
    assert types(running, "first") == ["account.connected"]


def test_events_are_read_from_a_sequence_on(hooks: Hooks) -> None:
    written = [hooks.event(number=number) for number in range(7)]
    assert hooks.data("GET", EVENTS) == {"list": [], "hasNext": False}
    hooks.clock.advance(VISIBLE_AFTER_SECONDS)
    seen: list[str] = []
    after = 0
    while True:
        page = hooks.data("GET", EVENTS, params={"after": after, "limit": 3})
        seen += [event["id"] for event in page["list"]]
        if not page["hasNext"]:
            break
        after = page["list"][-1]["data"]["sequence"]
    assert seen == written
    last = page["list"][-1]
    assert last["timestamp"] == last["data"]["occurredAt"]
    for wrong in ({"after": "-1"}, {"after": "x"}, {"limit": 0}, {"limit": 101}):
        assert hooks.ask("GET", EVENTS, params=wrong)["code"] == 10002


def test_old_events_are_purged_unless_one_is_on_its_way(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url)
    hooks.event()
    hooks.drain()
    hooks.clock.advance(Retention().events)
    receiver.answer = 500
    hooks.event()
    hooks.drain()
    hooks.clock.advance(1)
    task = task_named(hooks.service.services, "clean-up")
    hooks.service.run(task.run(hooks.service.run(task.claim(1))[0]))
    assert len(hooks.rows("events")) == len(hooks.rows("deliveries")) == 1
    hooks.clock.advance(Retention().events)
    assert not hooks.service.run(task.claim(1))
    receiver.answer = 204
    hooks.clock.advance(BACK_OFF[0])
    hooks.drain()
    # A clock that jumped by a month is believed after an hour.
    assert not hooks.service.run(task.claim(1))
    for _ in range(4):
        hooks.clock.advance(STEADY_SECONDS / 4)
        found = hooks.service.run(task.claim(1))
    assert found
    hooks.service.run(task.run(hooks.service.run(task.claim(1))[0]))
    assert hooks.rows("events") == hooks.rows("deliveries") == []
    assert hooks.rows("delivery_attempts") == []
