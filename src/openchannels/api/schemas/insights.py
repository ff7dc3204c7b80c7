"""Types of single works, figures and snapshots on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Count,
    Filled,
    Moment,
    PlatformName,
    Unset,
    Wire,
    moment,
    none_if_unset,
)
from openchannels.api.schemas.works import MediaType, Status, WorkMetrics, work_metrics
from openchannels.core.clock import iso
from openchannels.core.errors import validation_failed
from openchannels.core.exceptions import Issue
from openchannels.core.insights import AccountMetrics, AccountProfile, Period
from openchannels.core.snapshots import AccountSnapshot, WorkSnapshot
from openchannels.core.works import Work
from openchannels.service.insights.accounts import AccountMessage, AccountReport
from openchannels.service.insights.snapshots import HistoryPage
from openchannels.service.insights.works import (
    Ownership,
    OwnershipMessage,
    WorkMessage,
    WorkReport,
)

LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
AccountOfWork = Annotated[Filled, Meta(description="Id of the account with which to read it.")]
Since = Annotated[datetime, Meta(tz=True, description="From this time on.")]
Until = Annotated[datetime, Meta(tz=True, description="Up to this time.")]
Extra = Annotated[dict[str, Any], Meta(description="What the platform tells beyond the fields.")]


class PeriodQuery(Wire, kw_only=True):
    """The time that figures are asked for."""

    since: Since | Unset = UNSET
    until: Until | Unset = UNSET


class WorkQuery(Wire, kw_only=True):
    """The account that reads the work."""

    account_id: AccountOfWork | Unset = UNSET


class WorkFiguresQuery(Wire, kw_only=True):
    """The account that reads the work, and the time that figures are asked for."""

    account_id: AccountOfWork | Unset = UNSET
    since: Since | Unset = UNSET
    until: Until | Unset = UNSET


class HistoryQuery(Wire, kw_only=True):
    """The account with which the work was read, and the part of its history."""

    account_id: AccountOfWork
    since: Since | Unset = UNSET
    until: Until | Unset = UNSET
    limit: (
        Annotated[int, Meta(ge=1, le=100, description="Maximum number; 50 if absent.")] | Unset
    ) = UNSET
    cursor: Annotated[Filled, Meta(description="`nextCursor` of the previous page.")] | Unset = (
        UNSET
    )


class VerifyOwnership(Wire, kw_only=True):
    """The account whose work it may be."""

    candidate_account_id: Annotated[Filled, Meta(description="Id of the account.")]


class AccountMetricsVo(Wire, kw_only=True):
    """Figures of an account. One that the platform does not provide is absent, never zero."""

    fans_count: Count | None = None
    following_count: Count | None = None
    work_count: Count | None = None
    read_count: Count | None = None
    view_count: Count | None = None
    impression_count: Count | None = None
    reach_count: Count | None = None
    like_count: Count | None = None
    collect_count: Count | None = None
    forward_count: Count | None = None
    comment_count: Count | None = None
    click_count: Count | None = None
    engagement_count: Count | None = None


class AccountProfileVo(Wire, kw_only=True):
    """How the account shows itself."""

    display_name: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    account_type: str | None = None


class AccountSnapshotVo(Wire, kw_only=True):
    """An account's figures at one time; without `id`, a part of the period told by the platform."""

    id: str | None = None
    platform_uid: str | None = None
    snapshot_at: Moment
    fetched_at: Moment
    period_start_at: Moment | None = None
    period_end_at: Moment | None = None
    profile: AccountProfileVo | None = None
    metrics: AccountMetricsVo | None = None
    extra: Extra | None = None


class AccountAnalyticsVo(Wire, kw_only=True):
    """An account's figures now, and its snapshots, oldest first."""

    platform: PlatformName
    account_id: str
    profile: AccountProfileVo | None = None
    metrics: AccountMetricsVo | None = None
    snapshots: list[AccountSnapshotVo]
    extra: Extra | None = None
    snapshot_id: str | None = None
    fetched_at: Moment | None = None
    message: AccountMessage | None = None


class WorkVo(Wire, kw_only=True):
    """A work that was asked for by its id."""

    id: str
    url: str | None = None
    title: str | None = None
    description: str | None = None
    media_type: MediaType | None = None
    cover_url: str | None = None
    published_at: Moment | None = None
    status: Status | None = None
    author: str | None = None
    author_platform_uid: str | None = None


class WorkSnapshotVo(Wire, kw_only=True):
    """A work's figures at one time; without `id`, a part of the period told by the platform."""

    id: str | None = None
    platform_work_id: str | None = None
    snapshot_at: Moment
    fetched_at: Moment
    period_start_at: Moment | None = None
    period_end_at: Moment | None = None
    work: WorkVo
    metrics: WorkMetrics | None = None
    extra: Extra | None = None


class WorkDataVo(Wire, kw_only=True):
    """One work. Its metrics are those of the one snapshot, which is kept."""

    platform: PlatformName
    work: WorkVo | None = None
    snapshots: list[WorkSnapshotVo]
    extra: Extra | None = None
    snapshot_id: str | None = None
    fetched_at: Moment | None = None


class WorkAnalyticsVo(Wire, kw_only=True):
    """A work's figures now, and its snapshots, oldest first."""

    platform: PlatformName
    account_id: str | None = None
    platform_work_id: str
    work: WorkVo | None = None
    metrics: WorkMetrics | None = None
    snapshots: list[WorkSnapshotVo]
    extra: Extra | None = None
    snapshot_id: str | None = None
    fetched_at: Moment | None = None
    message: WorkMessage | None = None


class WorkHistory(Wire, kw_only=True):
    """A page of a work's stored snapshots, newest first. The last has no `nextCursor`."""

    list: list[WorkSnapshotVo]
    next_cursor: str | None = None


class OwnershipVo(Wire, kw_only=True):
    """Whether the platform proves that the work is the account's."""

    platform: PlatformName
    owned: bool
    message: OwnershipMessage | None = None


ACCOUNT_METRIC_NAMES = {
    "fans_count": "fans",
    "following_count": "following",
    "work_count": "works",
    "read_count": "reads",
    "view_count": "views",
    "impression_count": "impressions",
    "reach_count": "reach",
    "like_count": "likes",
    "collect_count": "collects",
    "forward_count": "forwards",
    "comment_count": "comments",
    "click_count": "clicks",
    "engagement_count": "engagements",
}


def period(query: PeriodQuery | WorkFiguresQuery | HistoryQuery) -> Period:
    """Returns the time asked for. Raises ValidationFailed if it ends before it begins."""
    since, until = _seconds(query.since), _seconds(query.until)
    if since is not None and until is not None and since > until:
        raise validation_failed([Issue("since", "must not be after until")])
    return Period(since, until)


def _seconds(asked: datetime | Unset) -> float | None:
    """Returns Unix seconds, within the time that there can be figures of."""
    given: datetime | None = none_if_unset(asked)
    return None if given is None else min(max(given.timestamp(), 0.0), LATEST)


def account_analytics(report: AccountReport) -> AccountAnalyticsVo:
    figures, kept = report.figures, report.kept
    return AccountAnalyticsVo(
        platform=report.account.platform,
        account_id=report.account.id,
        profile=_profile(figures.profile) if figures else None,
        metrics=_account_metrics(figures.metrics) if figures else None,
        snapshots=[_account_snapshot(one, report.account.uid) for one in report.snapshots],
        extra=dict(figures.extra) or None if figures else None,
        snapshot_id=kept.id if kept else None,
        fetched_at=iso(kept.fetched_at) if kept else None,
        message=report.message,
    )


def work_data(report: WorkReport) -> WorkDataVo:
    figures, kept = report.figures, report.kept
    return WorkDataVo(
        platform=report.platform,
        work=_work(figures.work, report.work_id) if figures else None,
        snapshots=[_work_snapshot(one, report.work_id) for one in report.snapshots],
        extra=dict(figures.extra) or None if figures else None,
        snapshot_id=kept.id if kept else None,
        fetched_at=iso(kept.fetched_at) if kept else None,
    )


def work_analytics(report: WorkReport) -> WorkAnalyticsVo:
    figures, kept = report.figures, report.kept
    return WorkAnalyticsVo(
        platform=report.platform,
        account_id=report.account_id,
        platform_work_id=report.work_id,
        work=_work(figures.work, report.work_id) if figures and figures.work else None,
        metrics=work_metrics(figures.metrics) if figures else None,
        snapshots=[_work_snapshot(one, report.work_id) for one in report.snapshots],
        extra=dict(figures.extra) or None if figures else None,
        snapshot_id=kept.id if kept else None,
        fetched_at=iso(kept.fetched_at) if kept else None,
        message=report.message,
    )


def work_history(page: HistoryPage, work_id: str) -> WorkHistory:
    return WorkHistory(
        list=[_work_snapshot(one, work_id) for one in page.snapshots],
        next_cursor=page.next_cursor,
    )


def ownership(found: Ownership) -> OwnershipVo:
    return OwnershipVo(platform=found.platform, owned=found.owned, message=found.message)


def _profile(profile: AccountProfile | None) -> AccountProfileVo | None:
    if profile is None:
        return None
    return AccountProfileVo(
        display_name=profile.display_name,
        username=profile.username,
        avatar_url=profile.avatar_url,
        account_type=profile.account_type,
    )


def _account_metrics(metrics: AccountMetrics) -> AccountMetricsVo | None:
    known = {name: getattr(metrics, ours) for name, ours in ACCOUNT_METRIC_NAMES.items()}
    given = {name: value for name, value in known.items() if value is not None}
    return AccountMetricsVo(**given) if given else None


def _account_snapshot(snapshot: AccountSnapshot, uid: str) -> AccountSnapshotVo:
    return AccountSnapshotVo(
        id=snapshot.id,
        platform_uid=uid,
        snapshot_at=iso(snapshot.at),
        fetched_at=iso(snapshot.fetched_at),
        period_start_at=moment(snapshot.period.since),
        period_end_at=moment(snapshot.period.until),
        profile=_profile(snapshot.profile),
        metrics=_account_metrics(snapshot.metrics),
        extra=dict(snapshot.extra) or None,
    )


def _work_snapshot(snapshot: WorkSnapshot, work_id: str) -> WorkSnapshotVo:
    return WorkSnapshotVo(
        id=snapshot.id,
        platform_work_id=work_id,
        snapshot_at=iso(snapshot.at),
        fetched_at=iso(snapshot.fetched_at),
        period_start_at=moment(snapshot.period.since),
        period_end_at=moment(snapshot.period.until),
        work=_work(snapshot.work, work_id),
        metrics=work_metrics(snapshot.metrics),
        extra=dict(snapshot.extra) or None,
    )


def _work(work: Work | None, work_id: str) -> WorkVo:
    """Returns a work; of one that was counted and not described, the id."""
    if work is None:
        return WorkVo(id=work_id)
    return WorkVo(
        id=work.id,
        url=work.url,
        title=work.title,
        description=work.description,
        media_type=work.mode.value,
        cover_url=work.cover_url,
        published_at=moment(work.published_at),
        status=work.status.value if work.status else None,
        author=work.author_name,
        author_platform_uid=work.author_uid,
    )
