"""Single works, figures and snapshots: the client's methods and their result types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from openchannels.client.models import Metrics
from openchannels.client.webhooks import Caller

CHANNELS = "/api/v2/channels"


@dataclass(frozen=True, slots=True)
class AccountMetrics:
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
class AccountProfile:
    """How an account shows itself."""

    display_name: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    account_type: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
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
class AccountAnalytics:
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


@dataclass(frozen=True, slots=True)
class DetailedWork:
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
class WorkSnapshot:
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
class WorkData:
    """One work; its metrics are those of the one snapshot."""

    platform: str
    work: DetailedWork | None = None
    snapshots: tuple[WorkSnapshot, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    snapshot_id: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkAnalytics:
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
class WorkHistory:
    """A page of a work's stored snapshots, newest first. The last has no `next_cursor`."""

    list: tuple[WorkSnapshot, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whether the platform proves that a work is an account's; `message` if it tells nothing."""

    platform: str
    owned: bool
    message: str | None = None


class Insights:
    """`client.insights`: every method raises ApiError and TransportError.

    Times need a time zone. The platform is asked, except for `history`.
    """

    def __init__(self, call: Caller) -> None:
        self._call = call

    def account(
        self, account_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> AccountAnalytics:
        """Returns an account's figures, and its snapshots of a time, by default of thirty days."""
        path = f"{CHANNELS}/accounts/{_quote(account_id)}/analytics"
        return self._call(AccountAnalytics, "GET", path, params=_period(since, until))

    def work(self, platform: str, work_id: str, account_id: str) -> WorkData:
        """Returns one work, as the platform shows it to an account."""
        params = {"accountId": account_id}
        return self._call(WorkData, "GET", _path(platform, work_id), params=params)

    def work_figures(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> WorkAnalytics:
        """Returns a work's figures, and its snapshots of a time, by default of thirty days."""
        params = {"accountId": account_id, **_period(since, until)}
        path = f"{_path(platform, work_id)}/analytics"
        return self._call(WorkAnalytics, "GET", path, params=params)

    def history(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> WorkHistory:
        """Returns a page of a work's stored snapshots, newest first."""
        part = {"limit": limit, "cursor": cursor}
        given = {name: value for name, value in part.items() if value is not None}
        params = {"accountId": account_id, **_period(since, until), **given}
        return self._call(WorkHistory, "GET", f"{_path(platform, work_id)}/history", params=params)

    def iter_history(
        self,
        platform: str,
        work_id: str,
        account_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[WorkSnapshot]:
        """Yields a work's stored snapshots, newest first."""
        cursor: str | None = None
        while True:
            page = self.history(
                platform, work_id, account_id, since=since, until=until, cursor=cursor
            )
            yield from page.list
            cursor = page.next_cursor
            if cursor is None:
                return

    def verify_ownership(self, platform: str, work_id: str, account_id: str) -> Ownership:
        """Returns whether the platform proves that a work is an account's."""
        path = f"{_path(platform, work_id)}/ownership/verify"
        return self._call(Ownership, "POST", path, json={"candidateAccountId": account_id})


def _period(since: datetime | None, until: datetime | None) -> dict[str, str]:
    times = {"since": since, "until": until}
    return {name: time.isoformat() for name, time in times.items() if time is not None}


def _path(platform: str, work_id: str) -> str:
    return f"{CHANNELS}/works/{_quote(platform)}/{_quote(work_id)}"


def _quote(text: str) -> str:
    return quote(text, safe="")
