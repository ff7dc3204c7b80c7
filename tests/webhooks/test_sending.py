"""What is sent, how it is signed, and what becomes of it."""

import itertools
import json

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from openchannels.service.events import delivery as rules
from tests.harness.paths import WEBHOOKS
from tests.harness.receiver import Receiver, receiving
from tests.webhooks.hooks import DAY, Hooks


def states(hooks: Hooks, webhook_id: str) -> list[str]:
    return [one["status"] for one in hooks.log(webhook_id)]


def webhook(hooks: Hooks, webhook_id: str) -> dict[str, object]:
    found: dict[str, object] = hooks.data("GET", f"{WEBHOOKS}/{webhook_id}")
    return found


def test_a_message_is_a_standard_webhook(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    event_id = hooks.event(reason="grant_dead", accountId="not this one")
    assert hooks.drain() == 1
    (message,) = receiver.messages
    assert message.id == event_id
    assert message.headers["content-type"] == "application/json"
    assert message.headers["webhook-timestamp"] == str(int(hooks.clock()))
    payload = Webhook(made["secret"]).verify(message.body, message.headers)
    assert payload == message.payload
    assert payload["type"] == "account.offline"
    (row,) = hooks.rows("events")
    assert payload["data"] == {
        "reason": "grant_dead",
        "accountId": "youtube_1",
        "platform": "youtube",
        "userId": "acme",
        "sequence": row["sequence"],
        "occurredAt": payload["timestamp"],
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(message.body + b" ", message.headers)
    (sent,) = hooks.log(made["id"])
    assert (sent["status"], sent["attempts"], sent["lastHttpStatus"]) == ("delivered", 1, 204)
    assert "dueAt" not in sent
    assert hooks.drain() == 0


def test_only_the_types_asked_for_and_only_of_the_user(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url, types=["account.recovered"])
    off = hooks.add(receiver.url, enabled=False)
    hooks.event()
    hooks.event(user="another")
    assert hooks.drain() == 0
    assert hooks.log(made["id"]) == hooks.log(off["id"]) == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_anything_but_2xx_is_tried_again(hooks: Hooks, receiver: Receiver, status: int) -> None:
    made = hooks.add(receiver.url)
    receiver.answer, receiver.location = status, receiver.url
    event_id = hooks.event()
    hooks.drain()
    (sent,) = hooks.log(made["id"])
    assert (sent["status"], sent["attempts"], sent["lastHttpStatus"]) == ("pending", 1, status)
    receiver.answer = 200
    hooks.clock.advance(5.1)
    hooks.drain()
    assert receiver.ids == [event_id, event_id]
    assert states(hooks, made["id"]) == ["delivered"]
    first, second = receiver.messages
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_no_answer_and_a_refused_address_are_tried_again(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TIMEOUT_SECONDS", 0.2)
    with receiving() as closed:
        url = closed.url
    slow, gone = hooks.add(receiver.url), hooks.add(url)
    inner = hooks.add("https://10.0.0.1.nip.example.invalid/")
    receiver.delay = 1.0
    hooks.event()
    hooks.drain()
    (first,), (second,), (third,) = (hooks.log(one["id"]) for one in (slow, gone, inner))
    assert (first["status"], first["lastError"]) == ("pending", "timeout")
    assert (second["status"], second["lastError"]) == ("pending", "network")
    assert (third["status"], third["lastError"]) == ("pending", "network")
    assert "lastHttpStatus" not in first


def test_a_dead_letter_after_three_days(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    event_id = hooks.event()
    began = hooks.clock()
    tried: list[float] = []
    while states(hooks, made["id"]) == ["pending"]:
        if hooks.drain():
            tried.append(hooks.clock() - began)
        due = hooks.rows("deliveries")[0]["due_at"]
        paused = hooks.rows("webhooks")[0]["paused_until"]
        hooks.clock.hold(max(due or 0.0, paused or 0.0, hooks.clock()))
    # The last attempt may have to wait for the end of a pause.
    assert 3 * DAY <= tried[-1] <= 3 * DAY + rules.LONGEST_PAUSE
    assert 15 <= len(tried) == len(receiver.messages)
    pauses = [later - before for before, later in itertools.pairwise(tried)]
    for number, pause in enumerate(pauses):
        longest = rules.BACK_OFF[min(number, len(rules.BACK_OFF) - 1)]
        assert 0.9 <= pause <= longest or number >= rules.FAILING - 1
    assert set(receiver.ids) == {event_id}
    (dead,) = hooks.log(made["id"], status="dead")
    assert dead["attempts"] == len(tried)
    found = hooks.data("GET", f"{WEBHOOKS}/{made['id']}/deliveries/{dead['id']}")
    assert [one["httpStatus"] for one in found["log"]] == [500] * len(tried)
    assert found["log"][0]["at"] == found["lastAttemptAt"]
    assert webhook(hooks, made["id"])["enabled"] is True
    hooks.clock.advance(DAY)
    assert hooks.drain() == 0


def test_410_switches_the_webhook_off(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 410
    for _ in range(6):
        hooks.event()
    hooks.turn()
    assert len(receiver.messages) <= rules.AT_ONCE
    found = webhook(hooks, made["id"])
    assert (found["enabled"], found["disabledReason"]) == (False, "gone")
    assert states(hooks, made["id"]) == ["dead"] * 6
    audited = hooks.rows("audit", action="webhook.updated")
    assert [row["details"] for row in audited] == [
        {"webhook": made["id"], "enabled": False, "reason": "gone"}
    ]
    hooks.event()
    assert hooks.drain() == 0
    receiver.answer = 204
    back = hooks.data("PATCH", f"{WEBHOOKS}/{made['id']}", json={"enabled": True})
    assert back["enabled"]
    assert "disabledReason" not in back
    hooks.event()
    assert hooks.drain() == 1


def test_one_event_at_a_time_for_a_webhook_that_fails(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    for number in range(50):
        hooks.event(account=f"youtube_{number}")
    hooks.drain()
    assert rules.FAILING <= len(receiver.take()) <= rules.FAILING + rules.AT_ONCE
    found = webhook(hooks, made["id"])
    assert found["pausedUntil"] > found["failingSince"]  # type: ignore[operator]
    for _ in range(20):
        hooks.clock.advance(rules.LONGEST_PAUSE)
        assert hooks.drain() == 1
    assert len(receiver.take()) == 20
    receiver.answer = 200
    hooks.clock.advance(rules.LONGEST_PAUSE)
    hooks.turn()
    assert len(receiver.messages) == 1
    hooks.drain()
    assert set(states(hooks, made["id"])) == {"delivered"}
    assert len(hooks.log(made["id"])) == 50
    assert webhook(hooks, made["id"])["failures"] == 0


def test_a_receiver_that_is_back_gets_what_was_put_off(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    put_off = hooks.event()
    while hooks.drain():
        (row,) = hooks.rows("deliveries")
        if row["due_at"] > hooks.clock() + 2 * rules.LONGEST_PAUSE:
            break
        paused = hooks.rows("webhooks")[0]["paused_until"]
        hooks.clock.hold(max(row["due_at"], paused or 0.0))
    assert row["attempts"] >= rules.FAILING
    receiver.answer = 200
    receiver.take()
    hooks.clock.advance(rules.LONGEST_PAUSE)
    new = hooks.event(account="youtube_2")
    hooks.drain()
    assert receiver.ids == [new, put_off]
    assert states(hooks, made["id"]) == ["delivered"] * 2


def test_what_waits_behind_a_failing_webhook_dies_in_its_time(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    began = hooks.clock()
    for number in range(30):
        hooks.event(account=f"youtube_{number}")
    while hooks.clock() < began + 3 * DAY - 7200:
        hooks.drain()
        hooks.clock.advance(3600)
    assert states(hooks, made["id"]) == ["pending"] * 30
    hooks.clock.hold(began + 3 * DAY)
    hooks.drain()
    hooks.clock.advance(rules.LONGEST_PAUSE)
    hooks.drain()
    assert states(hooks, made["id"]) == ["dead"] * 30
    assert webhook(hooks, made["id"])["enabled"] is True


@pytest.mark.parametrize("jump", [4 * DAY, 40 * DAY])
def test_a_jump_of_the_clock_gives_nothing_up(
    hooks: Hooks, receiver: Receiver, jump: float
) -> None:
    """Nor does it put anything off for as long, when the clock is right again."""
    made = hooks.add(receiver.url)
    receiver.answer = 500
    for number in range(8):
        hooks.event(account=f"youtube_{number}")
    for _ in range(4):
        hooks.drain()
        hooks.clock.advance(3600)
    hooks.clock.advance(jump)
    for _ in range(4):
        hooks.drain()
        hooks.clock.advance(rules.LONGEST_PAUSE)
    assert states(hooks, made["id"]) == ["pending"] * 8
    hooks.clock.advance(-jump)
    receiver.answer = 204
    for _ in range(3):
        hooks.drain()
        hooks.clock.advance(rules.LONGEST_PAUSE)
    assert states(hooks, made["id"]) == ["delivered"] * 8
    assert webhook(hooks, made["id"])["enabled"] is True


def test_a_webhook_that_fails_for_a_week_is_switched_off(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    for _ in range(9):
        if not webhook(hooks, made["id"])["enabled"]:
            break
        hooks.event()
        for _ in range(24):
            hooks.drain()
            hooks.clock.advance(3600)
    found = webhook(hooks, made["id"])
    assert (found["enabled"], found["disabledReason"]) == (False, "failing")
    assert set(states(hooks, made["id"])) == {"dead"}
    last = hooks.log(made["id"])[0]
    assert last["lastError"] == "disabled"


def test_a_slow_receiver_holds_up_nobody(hooks: Hooks, receiver: Receiver) -> None:
    with receiving() as slow:
        slow.delay = 0.3
        lazy, quick = hooks.add(slow.url), hooks.add(receiver.url)
        for number in range(12):
            hooks.event(account=f"youtube_{number}")
        batches = hooks.service.run(hooks.task.claim(16))
        assert sorted(map(len, batches)) == [12, 12]
        assert hooks.service.run(hooks.task.claim(16)) == []
        kinds = {row["id"]: row["webhook_id"] for row in hooks.rows("deliveries")}
        (fast,) = (ids for ids in batches if kinds[ids[0]] == quick["id"])
        hooks.service.run(hooks.task.run(fast))
        assert states(hooks, quick["id"]) == ["delivered"] * 12
        (rest,) = (ids for ids in batches if kinds[ids[0]] == lazy["id"])
        hooks.service.run(hooks.task.run(rest))
        assert slow.most_at_once <= rules.AT_ONCE
        assert states(hooks, lazy["id"]) == ["delivered"] * 12


def test_a_turn_ends_in_time_and_leaves_the_rest(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TURN_SECONDS", 0.0)
    hooks.add(receiver.url)
    hooks.event()
    assert hooks.turn() == 1
    assert receiver.messages == []
    monkeypatch.undo()
    assert hooks.turn() == 1
    assert len(receiver.messages) == 1


def test_events_of_an_account_arrive_in_their_order(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url)
    for number in range(60):
        hooks.event(account=f"youtube_{number % 3}")
    hooks.drain()
    for account in ("youtube_0", "youtube_1", "youtube_2"):
        found = [m.payload["data"] for m in receiver.messages]
        order = [data["sequence"] for data in found if data["accountId"] == account]
        assert len(order) == 20
        assert order == sorted(order)


def test_a_batch_that_runs_twice_sends_once(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url)
    hooks.event()
    (batch,) = hooks.service.run(hooks.task.claim(16))
    hooks.service.run(hooks.task.run(batch))
    hooks.service.run(hooks.task.run(batch))
    assert len(receiver.messages) == 1


def test_a_lost_batch_is_due_again(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url)
    hooks.event()
    assert hooks.service.run(hooks.task.claim(16))
    assert hooks.turn() == 0
    hooks.clock.advance(rules.LEASE_SECONDS)
    assert hooks.turn() == 1
    assert len(receiver.messages) == 1


def test_two_secrets_sign_until_the_overlap_ends(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url)
    path = f"{WEBHOOKS}/{made['id']}/rotate"
    new = hooks.data("POST", path, json={"overlapHours": 1})
    assert new["secret"] != made["secret"]
    hooks.event()
    hooks.drain()
    (both,) = receiver.take()
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    for secret in (made["secret"], new["secret"]):
        Webhook(secret).verify(both.body, both.headers)
    newest = hooks.data("POST", path, json={"overlapHours": 0})
    hooks.event()
    hooks.drain()
    (alone,) = receiver.take()
    Webhook(newest["secret"]).verify(alone.body, alone.headers)
    for secret in (made["secret"], new["secret"]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(alone.body, alone.headers)
    hooks.data("POST", path, json={})
    hooks.clock.advance(24 * 3600)
    hooks.event()
    hooks.drain()
    (later,) = receiver.take()
    assert " " not in later.headers["webhook-signature"]


def test_a_test_message_is_sent_at_once_and_not_kept(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url, enabled=False)
    path = f"{WEBHOOKS}/{made['id']}/test"
    tested = hooks.data("POST", path)
    assert (tested["accepted"], tested["httpStatus"]) == (True, 204)
    (message,) = receiver.take()
    payload = Webhook(made["secret"]).verify(message.body, message.headers)
    assert payload["type"] == "webhook.test"
    assert payload["data"]["webhookId"] == made["id"]
    receiver.answer = 500
    tested = hooks.data("POST", path)
    assert (tested["accepted"], tested["httpStatus"]) == (False, 500)
    assert hooks.log(made["id"]) == []
    assert hooks.rows("events") == []


def test_nothing_secret_is_logged_or_stored(
    hooks: Hooks, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    made = hooks.add(receiver.url)
    receiver.answer = 500
    hooks.event()
    hooks.drain()
    told = json.dumps([hooks.rows("delivery_attempts"), hooks.rows("audit")], default=str)
    shown = capsys.readouterr()
    for text in (told, shown.out, shown.err):
        assert made["secret"] not in text
        assert "hidden-in-logs" not in text
