"""Publications: flows, their tasks and records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class PublishFailure(Result):
    """What went wrong: `type` such as `platform` or `unconfirmed`, the code, a text."""

    type: str
    code: str
    message: str
    platform_code: str | None = None
    platform_message: str | None = None
    retryable: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublishWaiting(Result):
    """What a task waits for, and until when if that is known."""

    reason: str
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishWarning(Result):
    """Something to see although it did not stop the task."""

    message: str
    rule: str | None = None
    code: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class PublishTask(Result):
    """One account's part of a flow; `status` is explained in docs/publishing.md."""

    id: str
    account_id: str
    platform: str
    status: int
    publish_time: datetime
    platform_work_id: str | None = None
    work_link: str | None = None
    link_status: str | None = None
    link_error: str | None = None
    link_meta: Mapping[str, Any] = field(default_factory=dict)
    error_msg: str | None = None
    error_data: PublishFailure | None = None
    waiting: PublishWaiting | None = None
    warnings: tuple[PublishWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishFlow(Result):
    """A flow with all its tasks."""

    flow_id: str
    tasks: tuple[PublishTask, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedTask(Result):
    """The task that was changed."""

    task_id: str


@dataclass(frozen=True, slots=True)
class PublishRecord(Result):
    """A publication with its content; `type` is `video` or `article`."""

    id: str
    flow_id: str
    task_id: str
    account_id: str
    account_type: str
    type: str
    status: int
    publish_time: datetime
    source: str
    created_at: datetime
    updated_at: datetime
    title: str | None = None
    desc: str | None = None
    platform_work_id: str | None = None
    work_link: str | None = None
    link_status: str | None = None
    link_error: str | None = None
    link_meta: Mapping[str, Any] = field(default_factory=dict)
    video_url: str | None = None
    cover_url: str | None = None
    img_url_list: tuple[str, ...] = ()
    error_msg: str | None = None
    error_data: PublishFailure | None = None
    waiting: PublishWaiting | None = None
    warnings: tuple[PublishWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicRecord(Result):
    """What anybody who knows the id of a record may see."""

    id: str
    account_type: str
    type: str
    status: int
    publish_time: datetime
    created_at: datetime
    updated_at: datetime
    platform_work_id: str | None = None
    work_link: str | None = None
    link_status: str | None = None


@dataclass(frozen=True, slots=True)
class UserAction(Result):
    """How the person finishes a publication: in the platform's app, or in any browser."""

    record_id: str
    platform: str
    share_id: str
    scheme_url: str
    short_link: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleIssue(Result):
    """A rule of a platform that the content breaks; `severity` is `error` or `warning`."""

    rule: str
    code: str
    path: str
    message: str
    severity: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost(Result):
    """What a publication costs: `USD`, or units that the platform counts, such as `uploads`."""

    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Cap(Result):
    """A limit on publications of the account, or of all accounts of the operator's app."""

    scope: str
    most: int
    seconds: float
    left: int
    free_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PreflightItem(Result):
    """What one account's platform says of the content."""

    platform: str
    account_id: str
    ok: bool
    issues: tuple[RuleIssue, ...] = ()
    cost: tuple[Cost, ...] = ()
    caps: tuple[Cap, ...] = ()
    earliest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preflight(Result):
    """All items; `ok` if the flow would be accepted."""

    ok: bool
    items: tuple[PreflightItem, ...] = ()
