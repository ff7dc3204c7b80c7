"""What a caller does with a task: publish it now, later, again, or change its work."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.core import errors
from openchannels.core.events import EventType
from openchannels.core.platform_errors import UNCONFIRMED
from openchannels.core.publications import Publication, PublishStatus, Stage
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.drafts import publisher_of
from openchannels.service.publishing.jobs import first_due
from openchannels.service.publishing.progress import REPLACED, merged, opened, sealed
from openchannels.service.publishing.task_changes import TaskChanges

NOT_BEGUN = (PublishStatus.WAITING, PublishStatus.QUEUED)
RETRYABLE = (PublishStatus.FAILED,)
UPDATABLE = (PublishStatus.PUBLISHED, PublishStatus.UPDATE_FAILED)


class PublishControl:
    """Changes tasks of a caller. Methods raise PUBLISH_TASK_NOT_FOUND."""

    def __init__(self, context: Context, changes: TaskChanges) -> None:
        self._context = context
        self._changes = changes

    async def publish_now(self, caller: Caller, task_id: str) -> None:
        """Raises PUBLISH_NOW_NOT_ALLOWED for a task that has begun or ended."""
        now = self._context.clock()
        task = await self._changes.find(caller, task_id)
        values = {"publish_at": now, "due_at": now}
        await self._changes.write(caller, task, NOT_BEGUN, values, errors.PUBLISH_NOW_NOT_ALLOWED)

    async def reschedule(self, caller: Caller, task_id: str, publish_at: float) -> None:
        """Raises PUBLISH_TIME_FIXED for a task that has begun or ended."""
        now = self._context.clock()
        task = await self._changes.find(caller, task_id)
        at = max(publish_at, now)
        _, publisher = publisher_of(self._context, task.platform)
        values = {"publish_at": at, "due_at": first_due(publisher, task.option, at, now)}
        waiting = (PublishStatus.WAITING,)
        await self._changes.write(
            caller,
            task,
            waiting,
            values,
            errors.PUBLISH_TIME_FIXED,
            EventType.PUBLISH_SCHEDULED,
        )

    async def retry(self, caller: Caller, task_id: str, *, force: bool = False) -> None:
        """Starts a failed task again from the beginning, now.

        Raises PUBLISH_RETRY_NOT_ALLOWED for one that has not failed, or whose work may be out:
        that takes `force`, after somebody has looked.
        """
        now = self._context.clock()
        task = await self._changes.find(caller, task_id)
        error = dict(task.error or {})
        if error.get("type") == UNCONFIRMED and not force:
            raise errors.PUBLISH_RETRY_NOT_ALLOWED({"errorData": error})
        values = {
            "stage": Stage.QUEUED.value,
            "status": int(PublishStatus.WAITING),
            "publish_at": now,
            "due_at": now,
            "stage_since": now,
            "failures": 0,
            "attempt": 0,
            "committed_at": None,
            "sealed": None,
            "error": None,
        }
        await self._changes.write(caller, task, RETRYABLE, values, errors.PUBLISH_RETRY_NOT_ALLOWED)

    async def update(
        self,
        caller: Caller,
        task_id: str,
        content: Mapping[str, Any] | None,
        option: Mapping[str, Any] | None,
        assets: Sequence[str] = (),
    ) -> None:
        """Changes a published work to other content or options, in the background.

        What they replace is kept until the platform has answered, and stands again after a refusal.

        Raises PUBLISH_UPDATE_NOT_SUPPORTED, PUBLISH_UPDATE_NOT_ALLOWED, PUBLISH_WORK_ID_MISSING.
        """
        now = self._context.clock()
        task = await self._changes.find(caller, task_id)
        replaced = {"content": task.content, "option": task.option}
        state = merged(opened(self._context, task), {REPLACED: replaced})
        values: dict[str, Any] = {
            "sealed": sealed(self._context, task.id, state),
            "stage": Stage.UPDATING.value,
            "status": int(PublishStatus.UPDATING),
            "stage_since": now,
            "due_at": now,
            "error": None,
        }
        if content is not None:
            values["content"] = dict(content)
        if option is not None:
            values["option"] = {**task.option, **option}
        await self._changes.write(
            caller, task, UPDATABLE, values, errors.PUBLISH_UPDATE_NOT_ALLOWED, assets=assets
        )

    async def updatable(self, caller: Caller, task_id: str) -> Publication:
        """Returns a task whose work can be changed. Raises what `update` raises."""
        task = await self._changes.find(caller, task_id)
        _, publisher = publisher_of(self._context, task.platform)
        if not publisher.updates:
            raise errors.PUBLISH_UPDATE_NOT_SUPPORTED({"platform": task.platform})
        if task.status not in UPDATABLE:
            raise errors.PUBLISH_UPDATE_NOT_ALLOWED({"status": int(task.status)})
        if task.work_id is None:
            raise errors.PUBLISH_WORK_ID_MISSING({"platform": task.platform})
        return task
