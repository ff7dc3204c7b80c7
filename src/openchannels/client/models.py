"""The client's results: the API's types as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Pick:
    """An account to connect, identified as it was offered."""

    platform_uid: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class AuthStart:
    """A new authorization: show `url` to the person, then poll the session."""

    url: str
    session_id: str
    expires_at: datetime
    auth_instructions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """An account that a session connected."""

    account_id: str
    platform: str
    platform_uid: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class SelectableAccount:
    """An account that a session offers."""

    platform: str
    platform_uid: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None
    parent_platform_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something that the platform shows and that cannot be used; `reason` by language."""

    name: str
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthSession:
    """The status of an authorization: `pending`, `completed` or `failed`."""

    session_id: str
    status: str
    requires_selection: bool
    expires_at: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    error_data: Mapping[str, Any] = field(default_factory=dict)
    account_id: str | None = None
    account_ids: tuple[str, ...] = ()
    accounts: tuple[ConnectedAccount, ...] = ()
    selectable_accounts: tuple[SelectableAccount, ...] = ()
    unusable: tuple[Unusable, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status != "pending"


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account. A counter that the platform does not provide is None.

    `reason`, `advice` and `expires_at` are those of `AuthStatus`.
    """

    id: str
    user_id: str
    type: str
    uid: str
    nickname: str
    group_id: str
    status: int
    rank: int
    created_at: datetime
    updated_at: datetime
    client_type: str | None = None
    account: str | None = None
    avatar: str | None = None
    login_time: datetime | None = None
    fans_count: int | None = None
    following_count: int | None = None
    read_count: int | None = None
    like_count: int | None = None
    collect_count: int | None = None
    forward_count: int | None = None
    comment_count: int | None = None
    work_count: int | None = None
    last_stats_time: datetime | None = None
    reason: str | None = None
    advice: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of accounts by id; `total` counts all that match. The last has no `next_cursor`."""

    total: int
    list: tuple[Account, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the platform answered when an account was taken offline, where known."""

    operation: str | None = None
    http_status: int | None = None
    platform_code: str | None = None
    platform_request_id: str | None = None
    at: datetime | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthStatus:
    """Whether an account works now (`status` 1 or 0), why not, and until when.

    `advice` is what the person should do, by language: `en-US`, `zh-CN`.
    """

    status: int
    reason: str | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    missing_scopes: tuple[str, ...] = ()
    checked_at: datetime | None = None
    since: datetime | None = None
    reconnect_by: datetime | None = None
    evidence: Evidence | None = None
    advice: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of a work; None where the platform does not provide one."""

    view_count: int | None = None
    play_count: int | None = None
    impression_count: int | None = None
    reach_count: int | None = None
    like_count: int | None = None
    collect_count: int | None = None
    comment_count: int | None = None
    share_count: int | None = None
    save_count: int | None = None
    click_count: int | None = None
    engagement_count: int | None = None
    watch_time_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A work. `content_mode`: `video`, `article` with images, `article2` text only."""

    platform_work_id: str
    content_mode: str
    title: str | None = None
    description: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: datetime | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    status: str | None = None
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True, slots=True)
class Pagination:
    """How to request the next page: by `cursor` or by `page`, as `mode` says."""

    mode: str
    has_next: bool
    has_previous: bool
    next_cursor: str | None = None
    previous_cursor: str | None = None
    limit: int | None = None
    page: int | None = None
    page_size: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class WorksPage:
    """One page of an account's works."""

    platform: str
    pagination: Pagination
    items: tuple[Work, ...] = ()
    unusable: tuple[Unusable, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedWork:
    """A work that a link names; `media_type` is None where the link does not show it."""

    id: str
    url: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class LinkExtra:
    """`data_id` is the work's id in the platform's API, None where a link does not hold it."""

    unique_id: str
    resolved_url: str
    data_id: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What is known of a link: `work` and `extra`, or in `message` why there are none.

    `snapshots` is empty: a link holds no metrics.
    """

    platform: str
    work: LinkedWork | None = None
    snapshots: tuple[Metrics, ...] = ()
    extra: LinkExtra | None = None
    message: str | None = None
