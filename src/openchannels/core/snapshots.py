"""Snapshots: figures of an account or a work as they were at one time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.core.insights import AccountMetrics, AccountProfile, Period
from openchannels.core.works import Metrics, Work

WHENEVER = Period()


@dataclass(frozen=True, slots=True)
class SnapshotKey:
    """Whose snapshots: those of a user's account, or of a work that was read with it."""

    user_id: str
    account_id: str
    work_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """An account's figures at `at`, fetched at `fetched_at`, both in Unix seconds.

    `id` is None for a part of a period that the platform tells apart, which is not stored.
    `period` is the time of such a part, else the time that was asked for.
    """

    at: float
    fetched_at: float
    metrics: AccountMetrics
    id: str | None = None
    period: Period = WHENEVER
    profile: AccountProfile | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSnapshot:
    """A work's figures at one time; its fields are as those of AccountSnapshot.

    `work` is None where the figures were told without the work.
    """

    at: float
    fetched_at: float
    metrics: Metrics
    id: str | None = None
    period: Period = WHENEVER
    work: Work | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
