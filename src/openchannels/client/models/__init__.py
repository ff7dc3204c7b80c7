"""The results of the API's operations, as frozen dataclasses."""

from openchannels.client.models.account_insights import (
    AccountAnalytics,
    AccountMetrics,
    AccountProfile,
    AccountSnapshot,
)
from openchannels.client.models.accounts import (
    Account,
    AccountPage,
    AuthStatus,
    Evidence,
    RevokedGrant,
)
from openchannels.client.models.assets import (
    Asset,
    AssetPage,
    SignedUpload,
)
from openchannels.client.models.audit import (
    AuditEntry,
    AuditPage,
)
from openchannels.client.models.auth import (
    AuthSession,
    AuthStart,
    ConnectedAccount,
    ConnectionResult,
    ListedSession,
    Pick,
    SelectableAccount,
    SessionList,
)
from openchannels.client.models.common import (
    Unusable,
)
from openchannels.client.models.deliveries import (
    Delivery,
    DeliveryAttempt,
    DeliveryPage,
    Redelivery,
)
from openchannels.client.models.engagement import (
    Comment,
    CommentsPage,
    EngagementAction,
)
from openchannels.client.models.events import (
    Event,
    EventPage,
)
from openchannels.client.models.groups import (
    Group,
)
from openchannels.client.models.links import (
    LinkedWork,
    LinkExtra,
    LinkInfo,
)
from openchannels.client.models.options import (
    CreatedOptionValue,
    OptionValue,
    OptionValues,
)
from openchannels.client.models.platforms import (
    AspectRatio,
    AvailabilityMatrix,
    ContentLimits,
    EmptyHint,
    FieldAvailability,
    MediaRules,
    OptionSource,
    Platform,
    PlatformAvailability,
    TopicRules,
    Usage,
    Used,
)
from openchannels.client.models.publishing import (
    Cap,
    ChangedTask,
    Cost,
    Preflight,
    PreflightItem,
    PublicRecord,
    PublishFailure,
    PublishFlow,
    PublishRecord,
    PublishTask,
    PublishWaiting,
    PublishWarning,
    RuleIssue,
    UserAction,
)
from openchannels.client.models.webhooks import (
    Webhook,
    WebhookList,
    WebhookTest,
)
from openchannels.client.models.work_insights import (
    DetailedWork,
    Ownership,
    WorkAnalytics,
    WorkData,
    WorkHistory,
    WorkSnapshot,
)
from openchannels.client.models.works import (
    Metrics,
    Pagination,
    Work,
    WorksPage,
)

__all__ = [
    "Account",
    "AccountAnalytics",
    "AccountMetrics",
    "AccountPage",
    "AccountProfile",
    "AccountSnapshot",
    "AspectRatio",
    "Asset",
    "AssetPage",
    "AuditEntry",
    "AuditPage",
    "AuthSession",
    "AuthStart",
    "AuthStatus",
    "AvailabilityMatrix",
    "Cap",
    "ChangedTask",
    "Comment",
    "CommentsPage",
    "ConnectedAccount",
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
    "OptionSource",
    "OptionValue",
    "OptionValues",
    "Ownership",
    "Pagination",
    "Pick",
    "Platform",
    "PlatformAvailability",
    "Preflight",
    "PreflightItem",
    "PublicRecord",
    "PublishFailure",
    "PublishFlow",
    "PublishRecord",
    "PublishTask",
    "PublishWaiting",
    "PublishWarning",
    "Redelivery",
    "RevokedGrant",
    "RuleIssue",
    "SelectableAccount",
    "SessionList",
    "SignedUpload",
    "TopicRules",
    "Unusable",
    "Usage",
    "Used",
    "UserAction",
    "Webhook",
    "WebhookList",
    "WebhookTest",
    "Work",
    "WorkAnalytics",
    "WorkData",
    "WorkHistory",
    "WorkSnapshot",
    "WorksPage",
]
