"""The audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class AuditEntry(Result):
    """Who did what; `actor` is a key, a session, the service or an operator."""

    id: str
    at: datetime
    actor: str
    action: str
    account_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditPage(Result):
    """A page of the log, newest first. The last has no `next_cursor`."""

    list: tuple[AuditEntry, ...] = ()
    next_cursor: str | None = None
