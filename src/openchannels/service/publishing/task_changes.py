"""Changes of tasks that callers ask for: row, event and audit in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openchannels.core import errors
from openchannels.core.audit import Action
from openchannels.core.events import EventType
from openchannels.core.exceptions import ErrorCode, PublishError
from openchannels.core.publications import Publication, PublishStatus, Stage
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.engine import LEASE_SECONDS
from openchannels.service.publishing.records import owned
from openchannels.service.publishing.reporting import report_outcome, report_stage
from openchannels.service.publishing.transitions import note
from openchannels.store.database import Connection
from openchannels.store.queries import audit, publication_files
from openchannels.store.queries import publications as store


class TaskChanges:
    """Finds and changes tasks of a caller. Methods raise PUBLISH_TASK_NOT_FOUND."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, caller: Caller, task_id: str) -> Publication:
        return await owned(self._context, caller, task_id, errors.PUBLISH_TASK_NOT_FOUND)

    async def write(
        self,
        caller: Caller,
        task: Publication,
        statuses: Sequence[PublishStatus],
        values: Mapping[str, Any],
        otherwise: ErrorCode[PublishError],
        event: EventType | None = None,
        action: Action = Action.PUBLICATION_CHANGED,
        assets: Sequence[str] = (),
        stages: Sequence[Stage] = tuple(Stage),
    ) -> None:
        """Changes a task nobody works on, if it stands like this; else raises `otherwise`."""

        def change(connection: Connection) -> Publication | None:
            now = self._context.clock()
            written = {**values, "updated_at": now}
            if not store.change_idle(
                connection, task.id, statuses, now, LEASE_SECONDS, written, stages
            ):
                return None
            for asset_id in assets:
                publication_files.add_asset(connection, task.id, asset_id)
            return self._note(connection, caller, task, event, action)

        changed = await self._context.db.write(change)
        if changed is None:
            found = await self.find(caller, task.id)
            raise otherwise({"status": int(found.status)})
        self._report(task, changed, event)

    async def write_fact(
        self,
        caller: Caller,
        task: Publication,
        values: Mapping[str, Any],
        event: EventType | None,
        action: Action,
    ) -> None:
        """Changes a task to what is so, whatever a run has found out about it meanwhile.

        The event is written once: of two requests at a time the second one finds it so already.
        """

        def change(connection: Connection) -> tuple[Publication, EventType | None] | None:
            written = {**values, "updated_at": self._context.clock()}
            is_new = event is not None and store.change_reported(
                connection, task.id, written, unless=values["status"]
            )
            if not is_new and not store.change_reported(connection, task.id, written):
                return None
            told = event if is_new else None
            return self._note(connection, caller, task, told, action), told

        changed = await self._context.db.write(change)
        if changed is not None:
            self._report(task, *changed)

    def _note(
        self,
        connection: Connection,
        caller: Caller,
        task: Publication,
        event: EventType | None,
        action: Action,
    ) -> Publication:
        now, found = self._context.clock(), store.get(connection, task.id)
        assert found is not None
        changed = replace(found, updated_at=now)
        note(connection, changed, event)
        actor = f"key:{caller.key_id}"
        audit.record(connection, now, caller.user_id, actor, action, task=task.id)
        return changed

    def _report(self, before: Publication, changed: Publication, event: EventType | None) -> None:
        """Tell metrics and the log."""
        report_stage(before, changed)
        if changed.status in (PublishStatus.CANCELLED, PublishStatus.PUBLISHED):
            report_outcome(self._context, event, changed)
