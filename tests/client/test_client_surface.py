"""The public surface of the SDK, and that it stands alone."""

import ast
import inspect
from dataclasses import fields, is_dataclass
from pathlib import Path

from openchannels import client
from openchannels.api.schemas import (
    account_groups,
    account_insights,
    accounts,
    assets,
    auth,
    auth_status,
    common,
    deliveries,
    events,
    option_values,
    platform_metadata,
    webhooks,
    work_insights,
    works,
)

PUBLIC = [
    "Account", "AccountAnalytics", "AccountMetrics", "AccountPage", "AccountProfile",
    "AccountSnapshot", "ApiError", "AspectRatio", "Asset", "AssetPage", "Assets", "AuthSession",
    "AuthStart", "AuthStatus", "Client", "ClientError", "ConnectedAccount", "ContentLimits",
    "CreatedOptionValue", "Delivery", "DeliveryAttempt", "DeliveryPage", "DetailedWork",
    "EmptyHint", "Event", "EventPage", "Evidence", "Group", "Groups", "Insights", "LinkExtra",
    "LinkInfo", "LinkedWork", "MediaRules", "Metrics", "OptionSource", "OptionValue",
    "OptionValues", "Options", "Ownership", "Pagination", "Pick", "Platform", "Redelivery",
    "SelectableAccount", "SignedUpload", "TopicRules", "TransportError", "Unusable",
    "VerificationError", "WaitTimeout", "Webhook", "WebhookTest", "Webhooks", "Work",
    "WorkAnalytics", "WorkData", "WorkHistory", "WorkSnapshot", "WorksPage", "verify_webhook",
]  # fmt: skip
METHODS = {
    "account", "accounts", "auth_status", "close", "create_account", "events", "iter_works",
    "link_info", "platforms", "publish_options", "select", "session", "start", "update_account",
    "wait", "works",
}  # fmt: skip
SHAPES = {
    client.Account: [accounts.AccountVo],
    client.AccountPage: [accounts.AccountList],
    client.AccountAnalytics: [account_insights.AccountAnalyticsVo],
    client.AccountMetrics: [account_insights.AccountMetricsVo],
    client.AccountProfile: [account_insights.AccountProfileVo],
    client.AccountSnapshot: [account_insights.AccountSnapshotVo],
    client.DetailedWork: [work_insights.WorkVo],
    client.Ownership: [work_insights.OwnershipVo],
    client.WorkAnalytics: [work_insights.WorkAnalyticsVo],
    client.WorkData: [work_insights.WorkDataVo],
    client.WorkHistory: [work_insights.WorkHistory],
    client.WorkSnapshot: [work_insights.WorkSnapshotVo],
    client.Asset: [assets.AssetVo],
    client.AssetPage: [assets.AssetList],
    client.SignedUpload: [assets.SignedUploadVo],
    client.AspectRatio: [platform_metadata.AspectRatioVo],
    client.ContentLimits: [platform_metadata.ContentLimitsVo],
    client.EmptyHint: [platform_metadata.EmptyHintVo],
    client.MediaRules: [platform_metadata.MediaRulesVo],
    client.OptionSource: [platform_metadata.OptionSourceVo],
    client.OptionValue: [option_values.OptionValueVo],
    client.OptionValues: [option_values.OptionValuesVo],
    client.CreatedOptionValue: [option_values.CreatedOptionValueVo],
    client.Platform: [platform_metadata.PlatformMetadataVo],
    client.TopicRules: [platform_metadata.TopicRulesVo],
    client.AuthSession: [auth.AuthSessionStatus],
    client.AuthStart: [auth.AuthStart],
    client.AuthStatus: [auth_status.AuthStatus],
    client.ConnectedAccount: [auth.ConnectedAccount],
    client.Evidence: [auth_status.Evidence],
    client.Group: [account_groups.GroupVo],
    client.LinkExtra: [works.LinkExtra],
    client.LinkInfo: [works.LinkInfoVo],
    client.LinkedWork: [works.LinkedWorkVo],
    client.Metrics: [works.WorkMetrics],
    client.Pick: [auth.SelectedAccount],
    client.SelectableAccount: [auth.SelectableAccount],
    client.Unusable: [common.UnusableVo],
    client.Work: [works.WorkItem],
    client.WorksPage: [works.WorkList],
    client.Webhook: [webhooks.WebhookWithSecret],
    client.Event: [events.EventVo],
    client.EventPage: [events.EventList],
    client.Delivery: [deliveries.DeliveryDetails],
    client.DeliveryAttempt: [deliveries.AttemptVo],
    client.DeliveryPage: [deliveries.DeliveryList],
    client.Redelivery: [deliveries.Redelivered],
    client.WebhookTest: [deliveries.TestVo],
    client.Pagination: [works.CursorPage, works.NumberedPage],
}


def test_the_list_is_the_surface() -> None:
    assert client.__all__ == PUBLIC
    public = {name for name in vars(client.Client) if not name.startswith("_")}
    assert public == METHODS


def test_shapes_hold_what_the_wire_holds() -> None:
    for ours, wires in SHAPES.items():
        assert is_dataclass(ours)
        names = {field.name for field in fields(ours)} - {"mode"}
        assert names == {name for wire in wires for name in wire.__struct_fields__}, ours


def test_imports_nothing_of_ours() -> None:
    folder = Path(inspect.getfile(client)).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                name = node.module or ""
                assert not name.startswith("openchannels") or name.startswith("openchannels.client")
