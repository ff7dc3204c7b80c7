"""The client of webhooks and events, and the check of what a receiver gets."""

import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from openchannels.client import (
    ApiError,
    Client,
    Event,
    VerificationError,
    verify_result,
    verify_webhook,
)
from openchannels.service.events.signing import sign
from tests.harness.fixtures import StartService
from tests.harness.receiver import Receiver, receiving
from tests.harness.service import Service

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
BODY = (
    b'{"type":"account.offline","timestamp":"2026-11-21T08:00:00.000Z","data":{"accountId":"a_1"}}'
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def drain(service: Service) -> None:
    task = service.services.deliveries
    while batches := service.run(task.claim(16)):
        for ids in batches:
            service.run(task.run(ids))


def test_from_making_to_deleting(start_service: StartService, receiver: Receiver) -> None:
    service = start_service()
    with Client(service.url, service.key_of().key) as client:
        made = client.webhooks.create(receiver.url, ["account.connected"], "mine")
        assert made.secret is not None
        assert made.secret not in repr(made)
        assert client.webhooks.get(made.id).types == ("account.connected",)
        assert [one.id for one in client.webhooks.list()] == [made.id]
        service.connect("youtube")
        drain(service)
        (message,) = receiver.take()
        event = verify_webhook(made.secret, message.headers, message.body)
        assert (event.id, event.type) == (message.id, "account.connected")
        (sent,) = client.webhooks.deliveries(made.id, status="delivered", limit=1).list
        assert (sent.event_id, sent.sequence) == (event.id, event.data["sequence"])
        whole = client.webhooks.delivery(made.id, sent.id)
        assert [one.http_status for one in whole.log] == [204]
        assert client.webhooks.redeliver(made.id, [event.id]).queued == 1
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        assert client.webhooks.redeliver(made.id, since=hour_ago).complete
        drain(service)
        assert receiver.take()[0].id == event.id
        assert client.webhooks.test(made.id).accepted
        assert client.webhooks.rotate(made.id, 1).old_secret_until is not None
        assert not client.webhooks.change(made.id, enabled=False).enabled
        client.webhooks.delete(made.id)
        with pytest.raises(ApiError) as refused:
            client.webhooks.get(made.id)
        assert refused.value.code == 15204


FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_the_form_of_a_connection_is_verified(hosted: Service, decision: str) -> None:
    key = hosted.key_of()
    session = hosted.connect(
        "youtube", "form", decision=decision, query={"callbackUrl": "https://app.example/done"}
    )
    form = {name: html.unescape(value) for name, value in FIELD.findall(session.page.text)}
    # The clock of the service is moved by other tests.
    result = verify_result(key.signing_secret, form, tolerance=inf)
    assert (result.session_id, result.status) == (session.session_id, session.status["status"])
    accounts = session.status.get("accounts", [])
    assert [one.to_dict() for one in result.accounts] == accounts
    assert len(accounts) == (decision == "approve")
    assert result.error_code == session.status.get("errorCode")
    others = [{"status": "failed!"}, {"accounts": "[1]"}, {"timestamp": "x"}, {"sessionId": "s"}]
    for changed in others:
        with pytest.raises(VerificationError):
            verify_result(key.signing_secret, {**form, **changed}, tolerance=inf)
    with pytest.raises(VerificationError, match="missing"):
        verify_result(key.signing_secret, {}, tolerance=inf)
    with pytest.raises(VerificationError, match="differs"):
        verify_result(key.signing_secret, {**form, "timestamp": "1"})


def headers(secret: str = SECRET, at: float | None = None, body: bytes = BODY) -> dict[str, str]:
    moment = str(int(time.time() if at is None else at))
    return {
        "Webhook-Id": "evt_1",
        "webhook-timestamp": moment,
        "webhook-signature": sign(secret, "evt_1", moment, body),
    }


def test_a_good_message_is_an_event() -> None:
    event = verify_webhook(SECRET, headers(), BODY)
    assert isinstance(event, Event)
    assert (event.id, event.data) == ("evt_1", {"accountId": "a_1"})
    two = headers() | {"webhook-signature": f"v1,AAAA {headers()['webhook-signature']} v2,x"}
    assert verify_webhook(SECRET, two, BODY).id == "evt_1"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (headers(), BODY + b" "),
        (headers(at=0), BODY),
        (headers(at=time.time() + 3600), BODY),
        (headers("whsec_MDEyMzQ1Njc4OWFiY2RlZg=="), BODY),
        ({}, BODY),
        (headers() | {"Webhook-Id": "evt_2"}, BODY),
        (headers() | {"webhook-timestamp": "soon"}, BODY),
        (headers() | {"webhook-signature": "é"}, BODY),
        (headers() | {"webhook-signature": ""}, BODY),
        (headers(body=b"[]"), b"[]"),
        (headers(body=b"{}"), b"{}"),
    ],
)
def test_anything_else_is_refused(sent: dict[str, str], body: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_webhook(SECRET, sent, body)


def test_a_secret_that_cannot_be_read_verifies_nothing() -> None:
    with pytest.raises(VerificationError):
        verify_webhook("whsec_?", headers(), BODY)
