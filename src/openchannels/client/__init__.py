"""The Python SDK: a typed client for the back end of a tool that uses openchannels.

    with Client("http://127.0.0.1:8080", api_key) as client:
        started = client.start("youtube")
        ...  # show started.url to the creator
        session = client.wait("youtube", started.session_id, timeout=600)
        for work in client.iter_works("youtube", session.account_ids[0]):
            print(work.title, work.metrics.view_count)

Results are frozen dataclasses whose attributes are the wire's names in snake_case. Absent fields
are None or empty, fields unknown to this version are ignored, and times are timezone-aware
`datetime` objects. Errors:

    ClientError
    |-- ApiError          the service answered with a code other than 0
    |-- TransportError    no usable answer arrived
    |-- VerificationError a webhook's message is not verified as genuine
    `-- WaitTimeout       the person did not finish in time; also a TimeoutError
"""

from openchannels.client.assets import Asset, AssetPage, Assets, SignedUpload
from openchannels.client.client import Client
from openchannels.client.errors import (
    ApiError,
    ClientError,
    TransportError,
    VerificationError,
    WaitTimeout,
)
from openchannels.client.groups import Group, Groups
from openchannels.client.insights import (
    AccountAnalytics,
    AccountMetrics,
    AccountProfile,
    AccountSnapshot,
    DetailedWork,
    Insights,
    Ownership,
    WorkAnalytics,
    WorkData,
    WorkHistory,
    WorkSnapshot,
)
from openchannels.client.models import (
    Account,
    AccountPage,
    AuthSession,
    AuthStart,
    AuthStatus,
    ConnectedAccount,
    Evidence,
    LinkedWork,
    LinkExtra,
    LinkInfo,
    Metrics,
    Pagination,
    Pick,
    SelectableAccount,
    Unusable,
    Work,
    WorksPage,
)
from openchannels.client.options import (
    CreatedOptionValue,
    Options,
    OptionValue,
    OptionValues,
)
from openchannels.client.platforms import (
    AspectRatio,
    ContentLimits,
    EmptyHint,
    MediaRules,
    OptionSource,
    Platform,
    TopicRules,
)
from openchannels.client.verification import verify_webhook
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
    "AccountAnalytics",
    "AccountMetrics",
    "AccountPage",
    "AccountProfile",
    "AccountSnapshot",
    "ApiError",
    "AspectRatio",
    "Asset",
    "AssetPage",
    "Assets",
    "AuthSession",
    "AuthStart",
    "AuthStatus",
    "Client",
    "ClientError",
    "ConnectedAccount",
    "ContentLimits",
    "CreatedOptionValue",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryPage",
    "DetailedWork",
    "EmptyHint",
    "Event",
    "EventPage",
    "Evidence",
    "Group",
    "Groups",
    "Insights",
    "LinkExtra",
    "LinkInfo",
    "LinkedWork",
    "MediaRules",
    "Metrics",
    "OptionSource",
    "OptionValue",
    "OptionValues",
    "Options",
    "Ownership",
    "Pagination",
    "Pick",
    "Platform",
    "Redelivery",
    "SelectableAccount",
    "SignedUpload",
    "TopicRules",
    "TransportError",
    "Unusable",
    "VerificationError",
    "WaitTimeout",
    "Webhook",
    "WebhookTest",
    "Webhooks",
    "Work",
    "WorkAnalytics",
    "WorkData",
    "WorkHistory",
    "WorkSnapshot",
    "WorksPage",
    "verify_webhook",
]
