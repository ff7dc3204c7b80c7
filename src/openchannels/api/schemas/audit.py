"""Types of the audit log on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from openchannels.api.schemas.common import Filled, Moment, Wire, none_if_unset
from openchannels.core.audit import Action, AuditEntry, AuditFilter
from openchannels.core.clock import iso
from openchannels.service.admin.audit import Page

ACTOR_NOTE = (
    "`key:` or `session:` with an id, `service` (background work), `operator` (a command on the"
    " machine) or `another` (another user, who took the account over)."
)


class AuditQuery(Wire, kw_only=True):
    """Filters of entries; all given ones must match."""

    account_id: Annotated[Filled, Meta(description="Only of this account.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    action: Annotated[Action, Meta(description="Only this action.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    since: (
        Annotated[datetime, Meta(tz=True, description="From this time on.")] | msgspec.UnsetType
    ) = msgspec.UNSET
    until: (
        Annotated[datetime, Meta(tz=True, description="Before this time.")] | msgspec.UnsetType
    ) = msgspec.UNSET
    limit: (
        Annotated[int, Meta(ge=1, le=100, description="Maximum number; 50 if absent.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    cursor: (
        Annotated[Filled, Meta(description="`nextCursor` of the previous page.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class AuditEntryVo(Wire, kw_only=True):
    """An entry of the audit log."""

    id: str
    at: Moment
    actor: Annotated[str, Meta(description=ACTOR_NOTE)]
    action: str
    account_id: str | None = None
    details: dict[str, Any]


class AuditList(Wire, kw_only=True):
    """A page of the log, newest first. The last page has no `nextCursor`."""

    list: list[AuditEntryVo]
    next_cursor: str | None = None


def audit_filter(query: AuditQuery) -> AuditFilter:
    since, until = none_if_unset(query.since), none_if_unset(query.until)
    return AuditFilter(
        account_id=none_if_unset(query.account_id),
        action=none_if_unset(query.action),
        since=since and since.timestamp(),
        until=until and until.timestamp(),
    )


def audit_list(page: Page) -> AuditList:
    return AuditList(list=list(map(_entry, page.entries)), next_cursor=page.next_cursor)


def _entry(entry: AuditEntry) -> AuditEntryVo:
    return AuditEntryVo(
        id=entry.id,
        at=iso(entry.at),
        actor=entry.actor,
        action=entry.action,
        account_id=entry.account_id,
        details=dict(entry.details),
    )
