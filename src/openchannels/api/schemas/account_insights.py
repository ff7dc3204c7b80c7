"""Types of figures and snapshots of accounts on the wire, and the time that they are asked for."""

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Count,
    Moment,
    PlatformName,
    Unset,
    Wire,
    moment,
    period,
)
from openchannels.core.clock import iso
from openchannels.core.insights import AccountMetrics, AccountProfile, Period
from openchannels.core.snapshots import AccountSnapshot
from openchannels.service.insights.accounts import AccountMessage, AccountReport

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
Since = Annotated[datetime, Meta(tz=True, description="From this time on.")]
Until = Annotated[datetime, Meta(tz=True, description="Up to this time.")]
Extra = Annotated[dict[str, Any], Meta(description="What the platform tells beyond the fields.")]


class PeriodQuery(Wire, kw_only=True):
    """The time that figures are asked for."""

    since: Since | Unset = UNSET
    until: Until | Unset = UNSET


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


def read_period(since: datetime | Unset, until: datetime | Unset) -> Period:
    """Returns the time asked for. Raises ValidationFailed if it ends before it begins."""
    return period(_within(since), _within(until))


def _within(asked: datetime | Unset) -> datetime | Unset:
    """Returns a moment of the time that there can be figures of."""
    return min(max(asked, EARLIEST), LATEST) if isinstance(asked, datetime) else asked


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
