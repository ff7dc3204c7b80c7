"""The Python SDK: everything a tool builder's back end asks of openchannels, typed.

    with Client("http://127.0.0.1:8080", api_key) as client:
        started = client.start("youtube")
        ...  # show started.url to the creator
        session = client.wait("youtube", started.session_id, timeout=600)
        for work in client.iter_works("youtube", session.account_ids[0]):
            print(work.title, work.metrics.view_count)

Results are frozen dataclasses whose attributes are the wire's names in snake_case. What the
answer leaves out is None or empty, what this version does not know is passed over, and times are
aware `datetime` objects. Errors:

    ClientError
    |-- ApiError          the service answered with a code other than 0
    |-- TransportError    no usable answer came
    |-- VerificationError a webhook's message is not proved to be genuine
    `-- WaitTimeout       the person was not done in time; also a TimeoutError
"""

from openchannels.client.client import Client
from openchannels.client.errors import (
    ApiError,
    ClientError,
    TransportError,
    VerificationError,
    WaitTimeout,
)
from openchannels.client.models import (
    Account,
    AuthSession,
    AuthStart,
    AuthStatus,
    ConnectedAccount,
    Evidence,
    Metrics,
    Pagination,
    Pick,
    SelectableAccount,
    Work,
    WorksPage,
)
from openchannels.client.verifying import verify_webhook
from openchannels.client.webhooks import (
    Delivery,
    DeliveryAttempt,
    DeliveryPage,
    Event,
    EventPage,
    Redelivery,
    Webhook,
    Webhooks,
    WebhookTest,
)

__all__ = [
    "Account",
    "ApiError",
    "AuthSession",
    "AuthStart",
    "AuthStatus",
    "Client",
    "ClientError",
    "ConnectedAccount",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryPage",
    "Event",
    "EventPage",
    "Evidence",
    "Metrics",
    "Pagination",
    "Pick",
    "Redelivery",
    "SelectableAccount",
    "TransportError",
    "VerificationError",
    "WaitTimeout",
    "Webhook",
    "WebhookTest",
    "Webhooks",
    "Work",
    "WorksPage",
    "verify_webhook",
]
