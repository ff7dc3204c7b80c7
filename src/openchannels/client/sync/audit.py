"""`client.audit`: who did what in your workspace."""

from collections.abc import Iterator
from datetime import datetime

from openchannels.client import operations
from openchannels.client.models import AuditEntry, AuditPage
from openchannels.client.sync.connection import Connection


class Audit:
    """Every method raises ApiError and ConnectionFailed, and ValueError for a time without zone."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    def list(
        self,
        *,
        account_id: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AuditPage:
        """Returns a page of the log, newest first."""
        query = {
            "accountId": account_id,
            "action": action,
            "since": since,
            "until": until,
            "limit": limit,
            "cursor": cursor,
        }
        return self._call(operations.LIST_AUDIT, AuditPage, query=query)

    def iter(
        self,
        *,
        account_id: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditEntry]:
        """Yields the log's entries, newest first."""
        cursor: str | None = None
        while True:
            page = self.list(
                account_id=account_id, action=action, since=since, until=until, cursor=cursor
            )
            for entry in page.list:
                yield entry
            cursor = page.next_cursor
            if cursor is None:
                return
