"""What a service exports while it is used, and who is told of its traces."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.collector import Collector, Exported, collecting
from tests.harness.paths import API, AUTH, WEBHOOKS, WORKS
from tests.harness.receiver import Receiver
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store
from tests.harness.tasks import run_due

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=abc"}
LIST = "WorksController_listWorks_v2"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as one:
        yield one


@pytest.fixture
def traced(tmp_path: Path, collector: Collector) -> Iterator[tuple[Service, ExitStack]]:
    """A service, and what stops it: then all of its spans are with the collector."""
    store = sqlite_store(tmp_path / "openchannels.db")
    with ExitStack() as stop:
        running = running_service(store, tmp_path, environ=collector.environ)
        yield stop.enter_context(running), stop


def named(spans: list[Exported], name: str) -> list[Exported]:
    return [span for span in spans if span.name == name]


def test_a_request_and_what_it_causes(
    traced: tuple[Service, ExitStack], collector: Collector
) -> None:
    service, stop = traced
    key = service.key_of()
    account = service.connect("youtube").account_id
    query = {"accountId": account}
    client = service.client_of(headers={**SENT, "X-Request-Id": "asked"})
    assert client.get(f"{WORKS}/youtube", params=query).json()["code"] == 0
    service.fault(host="www.googleapis.com", kind="status", status=503)
    assert client.get(f"{WORKS}/youtube", params=query).json()["code"] == 15094
    # A stranger's trace is not ours to continue, and probes are not worth one.
    assert service.client(headers=SENT).get(f"{AUTH}/youtube").json()["code"] == 401
    assert service.client(headers=SENT).get("/health").status_code == 200
    secrets = {key.key, key.signing_secret, *service.sandbox.get("/_calls").json()}
    stop.close()

    spans = collector.spans
    listed, failed = named(spans, LIST)
    assert (listed.kind, listed.trace_id, listed.parent_id) == ("server", TRACE, PARENT)
    assert listed.trace_state == "vendor=abc"
    assert listed.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "openchannels.code": 0,
        "openchannels.request_id": "asked",
        "openchannels.user": "acme",
        "openchannels.key_id": key.id,
        "openchannels.platform": "youtube",
        "openchannels.account": account,
    }
    assert listed.resource["service.name"] == "openchannels"
    calls = [span for span in spans if span.parent_id == listed.span_id]
    assert {(span.kind, span.trace_id, span["outcome"]) for span in calls} == {
        ("client", TRACE, "success")
    }
    assert {span.name for span in calls} == {"youtube works.list", "youtube works.read"}
    # What a platform fails at is no fault of ours; its two attempts are.
    assert (failed["code"], failed.failed) == (15094, False)
    tried = [span for span in spans if span.parent_id == failed.span_id]
    assert [(span["outcome"], span.failed) for span in tried] == [("unavailable", True)] * 2
    resent = [span.attributes.get("http.request.resend_count") for span in tried]
    assert resent == [None, 1]
    assert {span.attributes["http.response.status_code"] for span in tried} == {503}
    refused = [span for span in named(spans, "AuthController_startAuth_v2") if span["code"] == 401]
    assert [(span.trace_id == TRACE, span.parent_id) for span in refused] == [(False, "")]
    assert not [span for span in spans if span.name in ("health", "GET")]
    exchanged = named(spans, "youtube auth.exchange")
    assert [span.parent_id for span in exchanged] == [
        span.span_id for span in named(spans, "callback")
    ]
    exported = b"".join(message.body for message in collector.messages)
    assert not [secret for secret in secrets if secret.encode() in exported]
    assert not [part for part in (b"state=", b"code=", b"http://", b"Bearer") if part in exported]


def test_webhooks_are_given_a_trace_each(
    traced: tuple[Service, ExitStack], collector: Collector, receiver: Receiver
) -> None:
    """No two tenants see one trace; a receiver continues that of its delivery."""
    service, stop = traced
    receiver.answer = 500
    for user in ("acme", "bolt"):
        hook = service.client_of(user).post(WEBHOOKS, json={"url": receiver.url}).json()["data"]
        service.connect("youtube", {"acme": "ida", "bolt": "ben"}[user], user=user)
    tested = service.client_of("bolt", headers=SENT).post(f"{WEBHOOKS}/{hook['id']}/test").json()
    assert tested["code"] == 0
    service.run(run_due(service.services, "webhooks"))
    stop.close()
    spans = {span.span_id: span for span in collector.spans}
    assert len(receiver.messages) == 3
    traces = set()
    for message in receiver.messages:
        _, trace_id, span_id, _ = message.headers["traceparent"].split("-")
        span = spans[span_id]
        assert (span.name, span.kind, span.trace_id) == ("webhook", "client", trace_id)
        assert (span["event"], span["outcome"], span.failed) == (message.id, "refused", True)
        if span["event_type"]:
            assert (span["event_type"], span["user"]) == (
                "account.connected",
                message.payload["data"]["userId"],
            )
        else:
            assert trace_id == TRACE
            assert message.headers["tracestate"] == "vendor=abc"
        traces.add(trace_id)
    assert len(traces) == 3


def test_a_publication_holds_the_calls_of_each_run(
    traced: tuple[Service, ExitStack], collector: Collector
) -> None:
    service, stop = traced
    account = service.connect("twitter").account_id
    service.sandbox.put("/_publishing/twitter", json={"reject": "403"})
    body = {
        "content": {"body": "Rye"},
        "publishAt": "2020-01-01T00:00:00Z",
        "items": [{"platform": "twitter", "accountId": account}],
    }
    made = service.client_of().post(f"{API}/publish/flows", json=body).json()["data"]["tasks"][0]
    service.run(run_due(service.services, "publish"))
    stop.close()
    (run,) = named(collector.spans, "publish twitter")
    assert (run["publication"], run["account"], run["user"]) == (made["id"], account, "acme")
    assert (run["outcome"], run.failed) == ("platform", True)
    calls = [span for span in collector.spans if span.parent_id == run.span_id]
    assert [(span.kind, span.failed) for span in calls][-1:] == [("client", True)]
