"""Single works and their figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.models.works import Metrics
from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class DetailedWork(Result):
    """A work that was asked for by its id."""

    id: str
    url: str | None = None
    title: str | None = None
    description: str | None = None
    media_type: str | None = None
    cover_url: str | None = None
    published_at: datetime | None = None
    status: str | None = None
    author: str | None = None
    author_platform_uid: str | None = None


@dataclass(frozen=True, slots=True)
class WorkSnapshot(Result):
    """A work's figures at one time; without `id`, a part of the period told by the platform."""

    snapshot_at: datetime
    fetched_at: datetime
    work: DetailedWork
    id: str | None = None
    platform_work_id: str | None = None
    period_start_at: datetime | None = None
    period_end_at: datetime | None = None
    metrics: Metrics = field(default_factory=Metrics)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkData(Result):
    """One work; its metrics are those of the one snapshot."""

    platform: str
    work: DetailedWork | None = None
    snapshots: tuple[WorkSnapshot, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    snapshot_id: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkAnalytics(Result):
    """A work's figures now, and its snapshots, oldest first; else `message` says why none."""

    platform: str
    platform_work_id: str
    account_id: str | None = None
    work: DetailedWork | None = None
    metrics: Metrics = field(default_factory=Metrics)
    snapshots: tuple[WorkSnapshot, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    snapshot_id: str | None = None
    fetched_at: datetime | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class WorkHistory(Result):
    """A page of a work's stored snapshots, newest first. The last has no `next_cursor`."""

    list: tuple[WorkSnapshot, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Ownership(Result):
    """Whether the platform proves that a work is an account's; `message` if it tells nothing."""

    platform: str
    owned: bool
    message: str | None = None
