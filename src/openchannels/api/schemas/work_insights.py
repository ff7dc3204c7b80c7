"""Types of single works, their figures and their history on the wire."""

from typing import Annotated

from msgspec import Meta

from openchannels.api.schemas.account_insights import Extra, Since, Until
from openchannels.api.schemas.common import UNSET, Filled, Moment, PlatformName, Unset, Wire, moment
from openchannels.api.schemas.works import MediaType, Status, WorkMetrics, work_metrics
from openchannels.core.clock import iso
from openchannels.core.snapshots import WorkSnapshot
from openchannels.core.works import Work
from openchannels.service.insights.snapshots import HistoryPage
from openchannels.service.insights.works import (
    Ownership,
    OwnershipMessage,
    WorkMessage,
    WorkReport,
)

AccountOfWork = Annotated[Filled, Meta(description="Id of the account with which to read it.")]


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
