"""Where a published work is, as a person or a plug-in reports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.core import errors
from openchannels.core.audit import Action
from openchannels.core.events import EventType
from openchannels.core.links import LinkedWork
from openchannels.core.platform_errors import UNCONFIRMED
from openchannels.core.publications import LinkStatus, Publication, PublishStatus, Stage
from openchannels.core.urls import is_web_address
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.records import PublishRecords
from openchannels.service.publishing.task_changes import TaskChanges

NOT_BEGUN = (PublishStatus.WAITING, PublishStatus.QUEUED, PublishStatus.CANCELLED)
PUBLISHED: Mapping[str, Any] = {
    "status": int(PublishStatus.PUBLISHED),
    "stage": Stage.DONE.value,
    "due_at": None,
    "error": None,
}


@dataclass(frozen=True, slots=True)
class WorkLink:
    """Where a published work is, as a plug-in reports it."""

    link: str | None = None
    work_id: str | None = None
    data_id: str | None = None
    status: LinkStatus = LinkStatus.READY
    error: str | None = None
    meta: dict[str, Any] | None = None


class WorkLinkReports:
    """Completes the records of a caller with their works."""

    def __init__(self, context: Context, records: PublishRecords, changes: TaskChanges) -> None:
        self._context = context
        self._records = records
        self._changes = changes

    async def report(self, caller: Caller, record_id: str, reported: WorkLink) -> Publication:
        """Completes a record with its work, and returns it.

        One that waits for a person is published by that, and so is one of which it was not known
        whether it is out. Raises PUBLISH_RECORD_NOT_FOUND, INVALID_WORK_LINK for a link that is
        ready and leads to no work of the platform, and PUBLISH_TASK_INVALID for a record that
        never began.
        """
        found = await self._records.get(caller, record_id)
        named = self._named(found, reported)
        if found.status in NOT_BEGUN:
            raise errors.PUBLISH_TASK_INVALID({"status": int(found.status)})
        named_id = named.id if named is not None and named.listed else None
        values: dict[str, Any] = {
            "work_id": reported.work_id or reported.data_id or found.work_id or named_id,
            "work_link": reported.link or found.work_link,
            "link_status": reported.status.value,
            "link_error": reported.error,
            "link_meta": {**(found.link_meta or {}), **(reported.meta or {})} or None,
        }
        event = None
        if _is_published_by(found, reported):
            values |= PUBLISHED
            event = EventType.PUBLISH_PUBLISHED
        await self._changes.write_fact(caller, found, values, event, Action.PUBLICATION_CHANGED)
        return await self._records.get(caller, record_id)

    def _named(self, record: Publication, reported: WorkLink) -> LinkedWork | None:
        """The work that a link names, where it can be read. Raises INVALID_WORK_LINK."""
        link, ready = reported.link, reported.status is LinkStatus.READY
        if link is None and not ready:
            return None
        if link is None or not is_web_address(link):
            raise errors.INVALID_WORK_LINK({"platform": record.platform})
        links = self._context.platforms.connector(record.platform).links
        work = None if links is None else links.parse(link)
        leads_on = links is None or links.short_address(link) is not None
        if ready and work is None and not leads_on:
            raise errors.INVALID_WORK_LINK({"platform": record.platform})
        return work


def _is_published_by(record: Publication, reported: WorkLink) -> bool:
    """Returns whether a report says of a record that it is out, which nobody knew before."""
    if record.status is PublishStatus.NEEDS_ACTION:
        return True
    doubtful = (record.error or {}).get("type") == UNCONFIRMED
    is_shown = reported.status is LinkStatus.READY
    return record.status is PublishStatus.FAILED and doubtful and is_shown
