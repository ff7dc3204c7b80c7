"""The Python SDK: a typed client for the back end of a tool that uses openchannels.

    with Client("http://127.0.0.1:8080", api_key) as client:
        connection = client.connect("youtube")
        ...  # show connection.url to the creator
        session = connection.wait(timeout=600)
        for work in client.works.iter("youtube", session.account_ids[0]):
            print(work.title, work.metrics.view_count)

`AsyncClient` has the same methods, to be awaited. Results are frozen dataclasses whose attributes
are the wire's names in snake_case. Absent fields are None or empty, times are timezone-aware
`datetime` objects; `to_dict()` returns what arrived, fields unknown to this version included.
Errors are those of `openchannels.client.errors`.
"""

from typing import TYPE_CHECKING, Any

from openchannels.client.errors import (
    ApiError,
    AuthenticationError,
    AuthorizationFailed,
    ClientError,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    NotFound,
    PermissionDenied,
    PlatformRefused,
    PlatformUnavailable,
    RateLimited,
    ReconnectNeeded,
    ServiceError,
    Unsupported,
    ValidationError,
    VerificationError,
    WaitTimeout,
)

if TYPE_CHECKING:
    from openchannels.client.aio.auth import PendingConnection as AsyncPendingConnection
    from openchannels.client.aio.client import AsyncClient
    from openchannels.client.aio.parallel import AllWorks as AsyncAllWorks
    from openchannels.client.aio.works_iterator import WorksIterator as AsyncWorksIterator
    from openchannels.client.models import (
        Account,
        AccountAnalytics,
        AccountMetrics,
        AccountPage,
        AccountProfile,
        AccountSnapshot,
        AspectRatio,
        Asset,
        AssetPage,
        AuditEntry,
        AuditPage,
        AuthSession,
        AuthStart,
        AuthStatus,
        AvailabilityMatrix,
        Cap,
        ChangedTask,
        Comment,
        CommentsPage,
        ConnectedAccount,
        ConnectionResult,
        ContentLimits,
        Cost,
        CreatedOptionValue,
        Delivery,
        DeliveryAttempt,
        DeliveryPage,
        DetailedWork,
        EmptyHint,
        EngagementAction,
        Event,
        EventPage,
        Evidence,
        FieldAvailability,
        Group,
        LinkedWork,
        LinkExtra,
        LinkInfo,
        ListedSession,
        MediaRules,
        Metrics,
        OptionSource,
        OptionValue,
        OptionValues,
        Ownership,
        Pagination,
        Pick,
        Platform,
        PlatformAvailability,
        Preflight,
        PreflightItem,
        PublicRecord,
        PublishFailure,
        PublishFlow,
        PublishRecord,
        PublishTask,
        PublishWaiting,
        PublishWarning,
        Redelivery,
        RevokedGrant,
        RuleIssue,
        SelectableAccount,
        SessionList,
        SignedUpload,
        TopicRules,
        Unusable,
        Usage,
        Used,
        UserAction,
        Webhook,
        WebhookList,
        WebhookTest,
        Work,
        WorkAnalytics,
        WorkData,
        WorkHistory,
        WorkSnapshot,
        WorksPage,
    )
    from openchannels.client.sync.auth import PendingConnection
    from openchannels.client.sync.client import Client
    from openchannels.client.sync.parallel import AllWorks
    from openchannels.client.sync.works_iterator import WorksIterator
    from openchannels.client.verification import verify_result, verify_webhook

__all__ = [
    "Account",
    "AccountAnalytics",
    "AccountMetrics",
    "AccountPage",
    "AccountProfile",
    "AccountSnapshot",
    "AllWorks",
    "ApiError",
    "AspectRatio",
    "Asset",
    "AssetPage",
    "AsyncAllWorks",
    "AsyncClient",
    "AsyncPendingConnection",
    "AsyncWorksIterator",
    "AuditEntry",
    "AuditPage",
    "AuthSession",
    "AuthStart",
    "AuthStatus",
    "AuthenticationError",
    "AuthorizationFailed",
    "AvailabilityMatrix",
    "Cap",
    "ChangedTask",
    "Client",
    "ClientError",
    "Comment",
    "CommentsPage",
    "ConfigurationError",
    "Conflict",
    "ConnectedAccount",
    "ConnectionFailed",
    "ConnectionResult",
    "ContentLimits",
    "Cost",
    "CreatedOptionValue",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryPage",
    "DetailedWork",
    "EmptyHint",
    "EngagementAction",
    "Event",
    "EventPage",
    "Evidence",
    "FieldAvailability",
    "Group",
    "LinkExtra",
    "LinkInfo",
    "LinkedWork",
    "ListedSession",
    "MediaRules",
    "Metrics",
    "NotFound",
    "OptionSource",
    "OptionValue",
    "OptionValues",
    "Ownership",
    "Pagination",
    "PendingConnection",
    "PermissionDenied",
    "Pick",
    "Platform",
    "PlatformAvailability",
    "PlatformRefused",
    "PlatformUnavailable",
    "Preflight",
    "PreflightItem",
    "PublicRecord",
    "PublishFailure",
    "PublishFlow",
    "PublishRecord",
    "PublishTask",
    "PublishWaiting",
    "PublishWarning",
    "RateLimited",
    "ReconnectNeeded",
    "Redelivery",
    "RevokedGrant",
    "RuleIssue",
    "SelectableAccount",
    "ServiceError",
    "SessionList",
    "SignedUpload",
    "TopicRules",
    "Unsupported",
    "Unusable",
    "Usage",
    "Used",
    "UserAction",
    "ValidationError",
    "VerificationError",
    "WaitTimeout",
    "Webhook",
    "WebhookList",
    "WebhookTest",
    "Work",
    "WorkAnalytics",
    "WorkData",
    "WorkHistory",
    "WorkSnapshot",
    "WorksIterator",
    "WorksPage",
    "verify_result",
    "verify_webhook",
]

_PLACES = {
    "AsyncAllWorks": ("aio.parallel", "AllWorks"),
    "AllWorks": ("sync.parallel", "AllWorks"),
    "AsyncClient": ("aio.client", "AsyncClient"),
    "AsyncPendingConnection": ("aio.auth", "PendingConnection"),
    "AsyncWorksIterator": ("aio.works_iterator", "WorksIterator"),
    "Client": ("sync.client", "Client"),
    "PendingConnection": ("sync.auth", "PendingConnection"),
    "WorksIterator": ("sync.works_iterator", "WorksIterator"),
    "verify_result": ("verification", "verify_result"),
    "verify_webhook": ("verification", "verify_webhook"),
}
"""Module and name there of what is no result."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Imported when it is asked for: most programs need one of the clients, and few results.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module, attribute = _PLACES.get(name, ("models", name))
        value = getattr(import_module(f"{__name__}.{module}"), attribute)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
