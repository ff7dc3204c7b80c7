"""Figures of accounts and of single works, as a platform tells them when it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.core.works import Metrics, Work


@dataclass(frozen=True, slots=True)
class Period:
    """The time that figures or works are asked for, in Unix seconds; None leaves a side open."""

    since: float | None = None
    until: float | None = None

    @property
    def bounded(self) -> bool:
        """Whether one side is not open."""
        return self.since is not None or self.until is not None

    def holds(self, moment: float) -> bool:
        """Whether a moment lies within: from `since` on, and before `until`."""
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMetrics:
    """Counts of one account. None means the platform did not report it; it is never zero."""

    fans: int | None = None
    following: int | None = None
    works: int | None = None
    reads: int | None = None
    views: int | None = None
    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    collects: int | None = None
    forwards: int | None = None
    comments: int | None = None
    clicks: int | None = None
    engagements: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProfile:
    """How the account shows itself."""

    display_name: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    account_type: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSpan:
    """What happened to an account from `start` to `end`, in Unix seconds: a day, as a rule."""

    start: float
    end: float
    metrics: AccountMetrics


@dataclass(frozen=True, slots=True)
class WorkSpan:
    """What happened to a work from `start` to `end`, in Unix seconds: a day, as a rule."""

    start: float
    end: float
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """An account's figures.

    `metrics` are the totals that the platform gives now; where it counts within a time only, they
    are the sums over the period that was asked for. `spans` are the parts of the period that the
    platform tells apart, in order. `extra` holds JSON values that have no field.
    """

    metrics: AccountMetrics
    profile: AccountProfile | None = None
    spans: Sequence[AccountSpan] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """A work's figures, with the work itself where the same call tells it.

    `metrics`, `spans` and `extra` are as those of AccountFigures.
    """

    metrics: Metrics
    work: Work | None = None
    spans: Sequence[WorkSpan] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetailedWork:
    """One work that was asked for by its id.

    `author` is the platform's id of its author as this answer names it, never taken from the
    account that asked; None where the answer does not say.
    """

    work: Work
    author: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
