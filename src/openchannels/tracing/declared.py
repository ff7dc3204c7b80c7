"""Every span and attribute that is exported. `docs/tracing.md` is made from this.

Names follow OpenTelemetry's semantic conventions where these have one. No attribute holds an
address, a query, a header, a body, or the text of an error: those may hold secrets.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DeclaredSpan:
    """One kind of span; `name` is how it is named, `kind` OpenTelemetry's word for it."""

    name: str
    kind: Literal["server", "client", "internal"]
    help: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `spans` says on which spans it stands."""

    name: str
    spans: str
    help: str


SPANS = (
    DeclaredSpan(
        "the operation of the [OpenAPI document](api.md), or the route of a page", "server",
        "A request, from its headers to the end of its answer; named by its method where there is"
        " no such route.",
    ),
    DeclaredSpan(
        "`{platform} {operation}`", "client",
        "One attempt of a call to a platform, without waits for a slot; the operations are those"
        " of the [metrics](metrics.md).",
    ),
    DeclaredSpan("`webhook`", "client", "One attempt to deliver an event to a webhook."),
    DeclaredSpan("`task {task}`", "internal", "A batch of background work."),
)  # fmt: skip

WITHHELD_CALL = "platform call withheld"
"""The event on a span whose work made a call that was not sent."""

METHOD = Attribute("http.request.method", "request, platform", "the method, or `_OTHER`")
STATUS = Attribute(
    "http.response.status_code", "request, platform, webhook", "the HTTP status, if an answer came"
)
RESENT = Attribute("http.request.resend_count", "platform", "1 for the one repetition of a call")
HOST = Attribute("server.address", "platform", "the platform's host")
ERROR = Attribute("error.type", "all", "the outcome or the code, where the span is an error")
CODE = Attribute("openchannels.code", "request", "the code of the envelope, 0 for success")
REQUEST_ID = Attribute("openchannels.request_id", "request", "the `X-Request-Id`, as in the log")
USER = Attribute("openchannels.user", "request, webhook", "the user of the API key, of the event")
KEY_ID = Attribute("openchannels.key_id", "request", "the id of the API key, never the key")
PLATFORM = Attribute(
    "openchannels.platform", "all but batches", "the platform; of a request the one that it names"
)
ACCOUNT = Attribute("openchannels.account", "request, webhook", "the account's id")
OPERATION = Attribute("openchannels.operation", "platform", "what the platform was asked for")
OUTCOME = Attribute(
    "openchannels.outcome", "platform, webhook, batch",
    "as in the metrics: `success`, or the class of the failure; `abandoned` for work that was cut"
    " off",
)  # fmt: skip
WEBHOOK = Attribute("openchannels.webhook", "webhook", "the webhook's id")
EVENT = Attribute("openchannels.event", "webhook", "the event's id, which is the `webhook-id`")
EVENT_TYPE = Attribute("openchannels.event_type", "webhook", "such as `account.connected`")
TASK = Attribute("openchannels.task", "batch", "the name of the task")
SIZE = Attribute("openchannels.size", "batch", "how many rows the batch holds")

ATTRIBUTES = (
    *(METHOD, STATUS, RESENT, HOST, ERROR, CODE, REQUEST_ID, USER, KEY_ID, PLATFORM, ACCOUNT),
    *(OPERATION, OUTCOME, WEBHOOK, EVENT, EVENT_TYPE, TASK, SIZE),
)
