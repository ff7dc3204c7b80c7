"""Reading the audit log: a user its own entries, an operator all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from openchannels.core import errors
from openchannels.core.audit import ANOTHER_USER, Action, AuditEntry, AuditFilter
from openchannels.core.exceptions import Issue
from openchannels.service.context import Caller
from openchannels.store.database import Database
from openchannels.store.queries import audit as store


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the cursor of the next page if there is one."""

    entries: Sequence[AuditEntry]
    next_cursor: str | None


class AuditContext(Protocol):
    """The part of the context that the log needs, which a command can build without a service."""

    @property
    def db(self) -> Database: ...


class Audit:
    """Reads the audit log."""

    def __init__(self, context: AuditContext) -> None:
        self._context = context

    async def list_page(
        self, caller: Caller, wanted: AuditFilter, limit: int, cursor: str | None
    ) -> Page:
        """A page of the caller's entries. Raises VALIDATION_FAILED for an unknown cursor."""
        before = None
        if cursor is not None:
            before = await self._context.db.read(store.position_of, caller.user_id, cursor)
            if before is None:
                raise errors.validation_failed([Issue("cursor", "is not a cursor of this listing")])
        found = await self._context.db.read(
            store.list_entries, caller.user_id, wanted, limit + 1, before
        )
        shown = [_for_user(entry) for entry in found[:limit]]
        return Page(shown, shown[-1].id if len(found) > limit else None)

    async def list_entries(
        self, user_id: str | None, wanted: AuditFilter, limit: int
    ) -> Sequence[AuditEntry]:
        """Entries of a user, or of the whole store, unfiltered for an operator."""
        return await self._context.db.read(store.list_entries, user_id, wanted, limit)


def _for_user(entry: AuditEntry) -> AuditEntry:
    """Hide from a user which other user took an account over, and by which key."""
    if entry.action != Action.ACCOUNT_TAKEN_OVER:
        return entry
    details = {name: value for name, value in entry.details.items() if name != "to"}
    return replace(entry, actor=ANOTHER_USER, details=details)
