"""Records of publications: listed, shown and deleted."""

from collections.abc import Sequence

from openchannels.core import errors
from openchannels.core.audit import Action
from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.core.ids import OBJECT_ID
from openchannels.core.publications import (
    Publication,
    PublicationFilter,
    PublishStatus,
    Stage,
)
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.engine import LEASE_SECONDS
from openchannels.store.database import Connection
from openchannels.store.queries import assets, audit, publication_files
from openchannels.store.queries import publications as store

MOST_LISTED = 1000
DELETABLE = (
    PublishStatus.PUBLISHED,
    PublishStatus.FAILED,
    PublishStatus.CANCELLED,
    PublishStatus.UPDATE_FAILED,
    PublishStatus.NEEDS_ACTION,
)
QUEUED = (
    PublishStatus.WAITING,
    PublishStatus.QUEUED,
    PublishStatus.PUBLISHING,
    PublishStatus.SCHEDULED,
    PublishStatus.NEEDS_ACTION,
)
PUBLISHED = (
    PublishStatus.PUBLISHED,
    PublishStatus.WAITING_FOR_UPDATE,
    PublishStatus.UPDATING,
    PublishStatus.UPDATE_FAILED,
)


class PublishRecords:
    """Reads and changes the records of a caller. Methods raise PUBLISH_RECORD_NOT_FOUND."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def list(self, caller: Caller, wanted: PublicationFilter) -> Sequence[Publication]:
        """Returns records, latest time of publication first; at most a thousand."""
        return await self._context.db.read(store.list_owned, caller.user_id, wanted, MOST_LISTED)

    async def get(self, caller: Caller, record_id: str) -> Publication:
        return await owned(self._context, caller, record_id, errors.PUBLISH_RECORD_NOT_FOUND)

    async def get_public(self, record_id: str) -> Publication:
        """Returns a record of any user, for those who know its id."""
        found = None
        if OBJECT_ID.fullmatch(record_id):
            found = await self._context.db.read(store.get, record_id)
        if found is None:
            raise errors.PUBLISH_RECORD_NOT_FOUND()
        return found

    async def delete(self, caller: Caller, record_id: str) -> None:
        """Deletes a record, not the work. Raises PUBLISH_TASK_STATUS_INVALID for one in work."""
        await self.get(caller, record_id)
        await self._context.db.write(self._delete, caller, record_id)

    def _delete(self, connection: Connection, caller: Caller, record_id: str) -> None:
        now = self._context.clock()
        values = {"stage": Stage.DONE.value, "due_at": None, "updated_at": now}
        if not store.change_idle(connection, record_id, DELETABLE, now, LEASE_SECONDS, values):
            found = store.get_owned(connection, caller.user_id, record_id)
            if found is None:
                raise errors.PUBLISH_RECORD_NOT_FOUND()
            raise errors.PUBLISH_TASK_STATUS_INVALID({"status": int(found.status)})
        for let_go in (publication_files.let_go, publication_files.let_go_of_record):
            assets.end(connection, let_go(connection, record_id), now)
        store.delete_one(connection, record_id)
        actor = f"key:{caller.key_id}"
        audit.record(
            connection, now, caller.user_id, actor, Action.PUBLICATION_DELETED, record=record_id
        )


async def owned(
    context: Context, caller: Caller, publication_id: str, missing: ErrorCode[ServiceError]
) -> Publication:
    """Returns a caller's publication. Raises `missing` where there is none of that id."""
    found = None
    if OBJECT_ID.fullmatch(publication_id):
        found = await context.db.read(store.get_owned, caller.user_id, publication_id)
    if found is None:
        raise missing()
    return found
