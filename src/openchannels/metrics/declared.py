"""Every metric of the service: its name, labels and meaning. `docs/metrics.md` is made from this.

Labels take values of closed sets only, none of them of a tenant: see `metrics/labels.py`.
"""

from dataclasses import dataclass
from typing import Literal

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds in seconds for our own answers."""
CALLS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Bounds in seconds for calls over the internet."""
STATEMENTS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0)
"""Bounds in seconds for the database: SQLite answers in microseconds."""
BATCHES = (0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, named by Prometheus' conventions; `buckets` are those of a histogram.

    `across` says how a gauge that each process has for itself is put together.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()
    across: Literal["sum", "max"] = "sum"


REQUESTS = Metric(
    "openchannels_requests_total", "counter", ("operation", "code"),
    "Answered requests. The code is the envelope's, 0 for success; of pages and files the HTTP"
    " status.",
)  # fmt: skip
REQUEST_SECONDS = Metric(
    "openchannels_request_duration_seconds", "histogram", ("operation",),
    "Time from a request's headers to the end of its answer.", FAST,
)  # fmt: skip
LIMITED_REQUESTS = Metric(
    "openchannels_limited_requests_total", "counter", ("limit",),
    "Requests refused by one of our own rate limits; `refused_key` are those of refused API keys.",
)  # fmt: skip
STARTS = Metric(
    "openchannels_authorization_starts_total", "counter", ("platform", "outcome"),
    "Authorizations started: `success`, or the name of the error.",
)  # fmt: skip
CALLBACKS = Metric(
    "openchannels_authorization_callbacks_total", "counter", ("platform", "outcome"),
    "Callbacks from platforms: the stage of the session afterwards (`completed`, `choosing`,"
    " `confirming`, `failed`), or the name of the error that refused the callback.",
)  # fmt: skip
CONNECTIONS = Metric(
    "openchannels_connections_total", "counter", ("platform", "outcome"),
    "Authorizations, and logins of a browser plug-in, that ended: `success` with accounts stored,"
    " or the name of the error.",
)  # fmt: skip
REFRESHES = Metric(
    "openchannels_token_refreshes_total", "counter", ("platform", "outcome"),
    "Refreshes of credentials: `success`, or the name of the error."
    " `ChannelRefreshTokenFailed` is a refusal after which a person must reconnect.",
)  # fmt: skip
CALLS_MADE = Metric(
    "openchannels_platform_calls_total", "counter", ("platform", "operation", "outcome"),
    "Calls to platforms, each attempt: `success`, the class of the failure, or `timeout`,"
    " `network` and `too_large` where no usable answer came.",
)  # fmt: skip
CALL_SECONDS = Metric(
    "openchannels_platform_call_duration_seconds", "histogram", ("platform", "operation"),
    "Time of a call to a platform, each attempt, without waits for a slot.", CALLS,
)  # fmt: skip
WITHHELD_CALLS = Metric(
    "openchannels_platform_withheld_calls_total", "counter", ("platform", "reason"),
    "Calls to platforms that were not sent: `circuit_open` while a circuit breaker is open, `busy`"
    " without a free slot, `waiting` while a limit of the platform is spent.",
)  # fmt: skip
OPEN_BREAKERS = Metric(
    "openchannels_platform_open_circuit_breakers", "gauge", ("platform",),
    "Hosts of a platform whose circuit breaker is open; the most of any process.", across="max",
)  # fmt: skip
SPENT_LIMITS = Metric(
    "openchannels_platform_spent_limits", "gauge", ("platform",),
    "Limits of a platform, of the app or of an account, that are known to be spent; the most of any"
    " process.", across="max",
)  # fmt: skip
ACCOUNTS = Metric(
    "openchannels_accounts", "gauge", ("platform", "state"),
    "Accounts in the store: `working`, `attention` for those that work but soon will not, or"
    " `offline`. At most 200,000 of a platform are counted.",
)  # fmt: skip
PUBLICATIONS = Metric(
    "openchannels_publications_total", "counter", ("platform", "outcome"),
    "What became of publications: `published`, `scheduled` where the platform holds it until its"
    " time, `needs_person`, `cancelled`, `updated`, `update_failed`, `unconfirmed` where nobody"
    " knows whether it is out; else why it failed: `platform`, `account`, `media_unavailable`,"
    " `too_late`, `not_finished_by_person` or `internal`.",
)  # fmt: skip
PUBLICATION_BYTES = Metric(
    "openchannels_publication_bytes_total", "counter", ("platform",),
    "Bytes of files that were sent to a platform, or that it fetched.",
)  # fmt: skip
PUBLICATIONS_UNDER_WAY = Metric(
    "openchannels_publications_under_way", "gauge", ("state",),
    "Publications that have begun: `publishing`, `unconfirmed` while it is looked for at the"
    " platform, `needs_person`, `scheduled`, or `published` with something still to look at. At"
    " most 5,000 are counted, those due first.",
)  # fmt: skip
DUE_TASKS = Metric(
    "openchannels_tasks_due", "gauge", ("task",),
    "Accounts, for `publish` publications, that are due for a task and not claimed; at most 2,000.",
)  # fmt: skip
DUE_TASK_AGE = Metric(
    "openchannels_tasks_due_age_seconds", "gauge", ("task",),
    "How long the oldest of them has been due; 0 if none is.",
)  # fmt: skip
BATCHES_DONE = Metric(
    "openchannels_task_batches_total", "counter", ("task", "outcome"),
    "Batches of background work that ended: `success` or `fault`.",
)  # fmt: skip
BATCH_SECONDS = Metric(
    "openchannels_task_batch_duration_seconds", "histogram", ("task",),
    "Time of a batch of background work.", BATCHES,
)  # fmt: skip
PENDING_DELIVERIES = Metric(
    "openchannels_webhook_deliveries_pending", "gauge", (),
    "Events that wait for their first or next attempt of delivery, at most 10,000.",
)  # fmt: skip
DELIVERY_AGE = Metric(
    "openchannels_webhook_deliveries_due_age_seconds", "gauge", (),
    "How long the oldest delivery to a webhook that is neither paused nor disabled has been due,"
    " of the 2,000 that are due longest; 0 if none is.",
)  # fmt: skip
DELIVERIES = Metric(
    "openchannels_webhook_attempts_total", "counter", ("outcome",),
    "Attempts to deliver an event: `delivered`, `refused` for another status than 2xx, or why no"
    " answer came.",
)  # fmt: skip
DELIVERY_SECONDS = Metric(
    "openchannels_webhook_attempt_duration_seconds", "histogram", (),
    "Time of an attempt to deliver an event.", CALLS,
)  # fmt: skip
STATEMENT_SECONDS = Metric(
    "openchannels_store_duration_seconds", "histogram", ("kind",),
    "Time of a `read` or a `write` of the store, with its wait for a connection; a write with its"
    " commit.", STATEMENTS,
)  # fmt: skip
STORE_READABLE = Metric(
    "openchannels_store_figures_available", "gauge", (),
    "1 if the figures that are read from the store are there, 0 while it cannot be read.",
)  # fmt: skip
UNWRITTEN = Metric(
    "openchannels_unwritten_tokens", "gauge", (),
    "Tokens in memory only: the database takes no writes.",
)  # fmt: skip
SERVING = Metric(
    "openchannels_serving_processes", "gauge", (),
    "Processes that serve on the one socket, of `server.workers`.",
)  # fmt: skip
REPLACED = Metric(
    "openchannels_serving_processes_replaced_total", "counter", (),
    "Serving processes that died and were replaced.",
)  # fmt: skip
BUILD = Metric(
    "openchannels_build_info", "gauge", ("version", "python", "database", "environment"),
    "Always 1; the labels say what runs.",
)  # fmt: skip

METRICS = (
    REQUESTS, REQUEST_SECONDS, LIMITED_REQUESTS,
    STARTS, CALLBACKS, CONNECTIONS, REFRESHES, ACCOUNTS,
    PUBLICATIONS, PUBLICATION_BYTES, PUBLICATIONS_UNDER_WAY,
    CALLS_MADE, CALL_SECONDS, WITHHELD_CALLS, OPEN_BREAKERS, SPENT_LIMITS,
    DUE_TASKS, DUE_TASK_AGE, BATCHES_DONE, BATCH_SECONDS,
    PENDING_DELIVERIES, DELIVERY_AGE, DELIVERIES, DELIVERY_SECONDS,
    STATEMENT_SECONDS, STORE_READABLE, UNWRITTEN, SERVING, REPLACED, BUILD,
)  # fmt: skip
"""In the order of the documents and of `/metrics`."""
