"""All use cases over one context."""

import asyncio

import structlog

from openchannels.core.exceptions import Unavailable
from openchannels.core.rate_limits import InboundLimits
from openchannels.service.accounts.accounts import Accounts
from openchannels.service.accounts.disconnect import Disconnects
from openchannels.service.accounts.groups import Groups
from openchannels.service.admin.audit import Audit
from openchannels.service.admin.erasure import Erasure
from openchannels.service.admin.figures import Figures
from openchannels.service.admin.readiness import Readiness
from openchannels.service.api_keys import ApiKeys
from openchannels.service.assets.confirmation import AssetConfirmation
from openchannels.service.assets.downloads import AssetDownloads
from openchannels.service.assets.library import Assets
from openchannels.service.assets.signing import AssetSigning
from openchannels.service.assets.uploads import AssetUploads
from openchannels.service.authorization.browser_binding import BrowserBinding
from openchannels.service.authorization.callback import Callbacks
from openchannels.service.authorization.caller_redirect import CallerRedirects
from openchannels.service.authorization.confirmation import Confirmations
from openchannels.service.authorization.connect_page import ConnectPage
from openchannels.service.authorization.expired import ExpiredSessions
from openchannels.service.authorization.management import SessionManagement
from openchannels.service.authorization.selection import Selections
from openchannels.service.authorization.sessions import Sessions
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.cursors import Cursors
from openchannels.service.engagement.comments import Comments
from openchannels.service.engagement.interactions import Interactions
from openchannels.service.events.delivery import Deliveries
from openchannels.service.events.log import EventLog
from openchannels.service.events.webhooks import Webhooks
from openchannels.service.idempotency import IdempotentRequests
from openchannels.service.insights.accounts import AccountAnalytics
from openchannels.service.insights.snapshots import Snapshots
from openchannels.service.insights.works import WorkReading
from openchannels.service.pagination import Pagination
from openchannels.service.platform_webhooks import PlatformWebhooks
from openchannels.service.publishing.cancellation import PublishCancellation
from openchannels.service.publishing.content_files import ContentFiles
from openchannels.service.publishing.control import PublishControl
from openchannels.service.publishing.drafts import Drafts
from openchannels.service.publishing.engine import PublishDue
from openchannels.service.publishing.fetches import PublishFetches
from openchannels.service.publishing.flows import PublishFlows
from openchannels.service.publishing.hand_overs import HandOvers
from openchannels.service.publishing.media import PublishMedia
from openchannels.service.publishing.option_values import PublishOptions
from openchannels.service.publishing.preflight import Preflight
from openchannels.service.publishing.records import PublishRecords
from openchannels.service.publishing.reports import PublishReports
from openchannels.service.publishing.stages import Stages
from openchannels.service.publishing.task_changes import TaskChanges
from openchannels.service.publishing.updates import PublishUpdates
from openchannels.service.publishing.user_actions import UserActions
from openchannels.service.publishing.work_links import WorkLinkReports
from openchannels.service.shared_limits import SharedLimits
from openchannels.service.tasks.clean_up import CleanUp
from openchannels.service.tasks.daily_snapshots import DailySnapshots
from openchannels.service.tasks.expiry_notices import ExpiryNotices
from openchannels.service.tasks.probe import ProbeDue
from openchannels.service.tasks.purge_assets import PurgeAssets
from openchannels.service.tasks.recover_callbacks import RecoverCallbacks
from openchannels.service.tasks.refresh_due import RefreshDue
from openchannels.service.tasks.revoke_unconfirmed import RevokeUnconfirmed
from openchannels.service.tasks.task import Task
from openchannels.service.works.links import WorkLinks
from openchannels.service.works.listing import Works

log = structlog.get_logger()


class Services:
    """The use cases that the API, the pages and the background tasks call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.limits = InboundLimits(context.rules.rates, metrics=context.metrics)
        self.shared_limits = SharedLimits(context.db, context.platforms.exchange, self.limits)
        self.readiness = Readiness(context)
        self.figures = Figures(context)
        self.api_keys = ApiKeys(context)
        self.idempotent_requests = IdempotentRequests(context)
        self.audit = Audit(context)
        self.accounts = Accounts(context)
        self.groups = Groups(context)
        self.sessions = Sessions(context)
        self.callbacks = Callbacks(context)
        self.session_management = SessionManagement(context, self.sessions, self.callbacks)
        self.selections = Selections(context, self.sessions)
        self.confirmations = Confirmations(context)
        self.expired_sessions = ExpiredSessions(context, self.sessions, self.callbacks)
        self.connect_page = ConnectPage(context, self.sessions)
        self.browser_binding = BrowserBinding(context.vault)
        self.credentials = Credentials(context)
        self.disconnects = Disconnects(context, self.credentials)
        revoke_unconfirmed = RevokeUnconfirmed(context)
        self.erasure = Erasure(context, self.disconnects, self.confirmations, revoke_unconfirmed)
        self.platform_webhooks = PlatformWebhooks(
            context, self.callbacks, self.credentials, PublishReports(context)
        )
        calls, snapshots = AccountCalls(context, self.credentials), Snapshots(context)
        pagination = Pagination(Cursors(context.vault.keyring))
        self.works = Works(context, calls, pagination)
        self.comments = Comments(context, calls, pagination)
        self.interactions = Interactions(context, calls)
        self.work_links = WorkLinks(context)
        self.work_reading = WorkReading(context, calls, snapshots)
        self.account_analytics = AccountAnalytics(context, calls, snapshots)
        self.publish_options = PublishOptions(context, calls)
        publishing = self._open_publishing(context, calls)
        self.assets = Assets(context)
        self.asset_signing = AssetSigning(context)
        self.asset_uploads = AssetUploads(context)
        self.asset_confirmation = AssetConfirmation(context)
        self.asset_downloads = AssetDownloads(context)
        self.caller_redirects = CallerRedirects(context, self.api_keys)
        self.webhooks = Webhooks(context)
        self.deliveries = Deliveries(context, context.metrics, context.tracing)
        self.event_log = EventLog(context, self.deliveries)
        self.tasks: tuple[Task, ...] = (
            RecoverCallbacks(context, self.callbacks),
            CleanUp(context),
            PurgeAssets(context, self.assets),
            revoke_unconfirmed,
            RefreshDue(context, self.credentials.refreshing),
            ProbeDue(context, self.credentials),
            ExpiryNotices(context, self.credentials.account_health),
            DailySnapshots(context, self.account_analytics),
            self.deliveries,
            publishing,
        )
        """What runs in the background."""

    def _open_publishing(self, context: Context, calls: AccountCalls) -> PublishDue:
        """Opens the use cases of publishing; returns the task that publishes."""
        files = ContentFiles(context)
        self.publish_drafts = Drafts(context, files)
        self.publish_flows = PublishFlows(context, self.publish_drafts)
        self.publish_records = PublishRecords(context)
        self.publish_fetches = PublishFetches(context)
        changes = TaskChanges(context)
        self.publish_control = PublishControl(context, changes)
        self.work_link_reports = WorkLinkReports(context, self.publish_records, changes)
        self.publish_cancellation = PublishCancellation(context, calls, changes)
        self.publish_updates = PublishUpdates(
            context, self.publish_drafts, files, self.publish_control
        )
        self.publish_preflight = Preflight(context, self.publish_drafts)
        media = PublishMedia(context, self.publish_drafts)
        publishing = PublishDue(context, Stages(context, calls, media))
        self.hand_overs = HandOvers(context)
        self.user_actions = UserActions(context, calls, media, publishing, self.hand_overs)
        return publishing

    async def drain(self, seconds: float | None = None) -> None:
        """Finish background work within the given time.

        Work that hangs is abandoned: its lease lapses, and another process resumes it.
        """
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        # In this order: a platform's webhook may start a callback.
        for part in (self.platform_webhooks, self.callbacks, self.credentials, self.api_keys):
            try:
                async with asyncio.timeout_at(until):
                    await part.drain()
            except TimeoutError:
                log.warning("gave up work that hung", part=type(part).__name__)
        try:
            async with asyncio.timeout_at(until):
                await self.context.usage.flush()
        except (TimeoutError, Unavailable):
            log.warning("counts of platform calls could not be written")
