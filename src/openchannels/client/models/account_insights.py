"""Figures of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class AccountMetrics(Result):
    """Figures of an account; None where the platform does not provide one."""

    fans_count: int | None = None
    following_count: int | None = None
    work_count: int | None = None
    read_count: int | None = None
    view_count: int | None = None
    impression_count: int | None = None
    reach_count: int | None = None
    like_count: int | None = None
    collect_count: int | None = None
    forward_count: int | None = None
    comment_count: int | None = None
    click_count: int | None = None
    engagement_count: int | None = None


@dataclass(frozen=True, slots=True)
class AccountProfile(Result):
    """How an account shows itself."""

    display_name: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    account_type: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSnapshot(Result):
    """An account's figures at one time; without `id`, a part of the period told by the platform."""

    snapshot_at: datetime
    fetched_at: datetime
    id: str | None = None
    platform_uid: str | None = None
    period_start_at: datetime | None = None
    period_end_at: datetime | None = None
    profile: AccountProfile | None = None
    metrics: AccountMetrics = field(default_factory=AccountMetrics)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountAnalytics(Result):
    """An account's figures now, and its snapshots, oldest first.

    Without figures `message` says why; `snapshot_id` is None where they could not be stored.
    """

    platform: str
    account_id: str
    profile: AccountProfile | None = None
    metrics: AccountMetrics = field(default_factory=AccountMetrics)
    snapshots: tuple[AccountSnapshot, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    snapshot_id: str | None = None
    fetched_at: datetime | None = None
    message: str | None = None
