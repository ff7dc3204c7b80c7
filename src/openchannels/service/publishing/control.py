"""What a caller does with a task: publish it now, later, again, not at all, or change it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openchannels.connectors.registry import PublishedWork, Publisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.audit import Action
from openchannels.core.credentials import Tokens
from openchannels.core.events import EventType
from openchannels.core.exceptions import ErrorCode, PublishError, ServiceError
from openchannels.core.publications import Publication, PublishStatus, Stage
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.publishing.drafts import publisher_of
from openchannels.service.publishing.engine import LEASE_SECONDS
from openchannels.service.publishing.jobs import first_due
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.records import owned
from openchannels.service.publishing.transitions import note
from openchannels.store.database import Connection
from openchannels.store.queries import audit, publication_files
from openchannels.store.queries import publications as store
from openchannels.transport.platform_client import PlatformClient

NOT_BEGUN = (PublishStatus.WAITING, PublishStatus.QUEUED)
RETRYABLE = (PublishStatus.FAILED,)
PREPARED = (Stage.QUEUED, Stage.PREPARING)
"""Stages in which the platform has nothing that anybody else could see."""
HELD_THERE = (PublishStatus.PUBLISHING, PublishStatus.NEEDS_ACTION)
"""What the platform has and shows nobody yet."""
UPDATABLE = (PublishStatus.PUBLISHED, PublishStatus.UPDATE_FAILED)
NOT_OUT = (*NOT_BEGUN, PublishStatus.PUBLISHING)
SHOWN = (PublishStatus.SCHEDULED, PublishStatus.PUBLISHED)
UNCONFIRMED = "unconfirmed"
TAKEN_BACK: Mapping[str, Any] = {
    "stage": Stage.DONE.value,
    "status": int(PublishStatus.CANCELLED),
    "due_at": None,
    "error": None,
}


class PublishControl:
    """Changes tasks of a caller. Methods raise PUBLISH_TASK_NOT_FOUND."""

    def __init__(self, context: Context, calls: AccountCalls) -> None:
        self._context = context
        self._calls = calls

    async def publish_now(self, caller: Caller, task_id: str) -> None:
        """Raises PUBLISH_NOW_NOT_ALLOWED for a task that has begun or ended."""
        now = self._context.clock()
        task = await self._task(caller, task_id)
        values = {"publish_at": now, "due_at": now}
        await self._change(caller, task, NOT_BEGUN, values, errors.PUBLISH_NOW_NOT_ALLOWED)

    async def reschedule(self, caller: Caller, task_id: str, publish_at: float) -> None:
        """Raises PUBLISH_TIME_FIXED for a task that has begun or ended."""
        now = self._context.clock()
        task = await self._task(caller, task_id)
        at = max(publish_at, now)
        _, publisher = publisher_of(self._context, task.platform)
        values = {"publish_at": at, "due_at": first_due(publisher, task.option, at, now)}
        waiting = (PublishStatus.WAITING,)
        await self._change(
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
        task = await self._task(caller, task_id)
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
        await self._change(caller, task, RETRYABLE, values, errors.PUBLISH_RETRY_NOT_ALLOWED)

    async def cancel(self, caller: Caller, task_id: str) -> None:
        """Takes a task back: before anything is out, or what the platform has of it, there too.

        Raises PUBLISH_CANCEL_NOT_SUPPORTED, PUBLISH_CANCEL_FAILED, PUBLISH_DEQUEUE_FAILED.
        """
        task = await self._task(caller, task_id)
        if task.status is PublishStatus.CANCELLED:
            return
        if task.status in NOT_OUT and task.stage in PREPARED:
            await self._cancel(caller, task, NOT_OUT, PREPARED)
        elif task.status in SHOWN or (task.status in HELD_THERE and self._removes(task)):
            await self._remove(caller, task)
            await self._removed(caller, task)
        elif task.status is PublishStatus.NEEDS_ACTION:
            await self._cancel(caller, task, (task.status,), (task.stage,))
        else:
            raise errors.PUBLISH_DEQUEUE_FAILED({"status": int(task.status)})

    async def _cancel(
        self,
        caller: Caller,
        task: Publication,
        statuses: Sequence[PublishStatus],
        stages: Sequence[Stage],
    ) -> None:
        await self._change(
            caller,
            task,
            statuses,
            TAKEN_BACK,
            errors.PUBLISH_DEQUEUE_FAILED,
            EventType.PUBLISH_CANCELLED,
            Action.PUBLICATION_CANCELLED,
            stages=stages,
        )

    async def _removed(self, caller: Caller, task: Publication) -> None:
        """Write that the work is gone, whatever a run has found out about it meanwhile."""

        def write(connection: Connection) -> None:
            values = {**TAKEN_BACK, "updated_at": self._context.clock()}
            if store.change_reported(connection, task.id, values):
                action = Action.PUBLICATION_CANCELLED
                self._note(connection, caller, task, EventType.PUBLISH_CANCELLED, action)

        await self._context.db.write(write)

    def _removes(self, task: Publication) -> bool:
        """Whether the platform can take back what it has."""
        _, publisher = publisher_of(self._context, task.platform)
        app = self._context.platforms.app(task.platform)
        return app is not None and publisher.removes_for(app) and task.work_id is not None

    async def _remove(self, caller: Caller, task: Publication) -> None:
        """Take the work back at the platform."""
        if not self._removes(task) or task.work_id is None:
            raise errors.PUBLISH_CANCEL_NOT_SUPPORTED({"platform": task.platform})
        _, publisher = publisher_of(self._context, task.platform)
        state = HeldPublication(self._context, task, "").state
        work = PublishedWork(task.work_id, task.work_link, task.option, state)
        account = await own_account(self._context, caller.user_id, task.account_id)
        try:
            await self._calls.call(account, _removing(publisher, work))
        except ServiceError as error:
            data = {**error.data, "platform": task.platform, "reason": error.code.number}
            raise errors.PUBLISH_CANCEL_FAILED(data) from error

    async def update(
        self,
        caller: Caller,
        task_id: str,
        content: Mapping[str, Any] | None,
        option: Mapping[str, Any] | None,
        assets: Sequence[str] = (),
    ) -> None:
        """Changes a published work to other content or options, in the background.

        Raises PUBLISH_UPDATE_NOT_SUPPORTED, PUBLISH_UPDATE_NOT_ALLOWED, PUBLISH_WORK_ID_MISSING.
        """
        now = self._context.clock()
        task = await self._task(caller, task_id)
        values: dict[str, Any] = {
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
        await self._change(
            caller, task, UPDATABLE, values, errors.PUBLISH_UPDATE_NOT_ALLOWED, assets=assets
        )

    async def updatable(self, caller: Caller, task_id: str) -> Publication:
        """Returns a task whose work can be changed. Raises what `update` raises."""
        task = await self._task(caller, task_id)
        _, publisher = publisher_of(self._context, task.platform)
        if not publisher.updates:
            raise errors.PUBLISH_UPDATE_NOT_SUPPORTED({"platform": task.platform})
        if task.status not in UPDATABLE:
            raise errors.PUBLISH_UPDATE_NOT_ALLOWED({"status": int(task.status)})
        if task.work_id is None:
            raise errors.PUBLISH_WORK_ID_MISSING({"platform": task.platform})
        return task

    async def _task(self, caller: Caller, task_id: str) -> Publication:
        return await owned(self._context, caller, task_id, errors.PUBLISH_TASK_NOT_FOUND)

    async def _change(
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
        """Change a task nobody works on, if it stands like this; else raise `otherwise`."""

        def change(connection: Connection) -> bool:
            now = self._context.clock()
            written = {**values, "updated_at": now}
            if not store.change_idle(
                connection, task.id, statuses, now, LEASE_SECONDS, written, stages
            ):
                return False
            for asset_id in assets:
                publication_files.add_asset(connection, task.id, asset_id)
            self._note(connection, caller, task, event, action)
            return True

        if not await self._context.db.write(change):
            found = await self._task(caller, task.id)
            raise otherwise({"status": int(found.status)})

    def _note(
        self,
        connection: Connection,
        caller: Caller,
        task: Publication,
        event: EventType | None,
        action: Action,
    ) -> None:
        """Record a change that has been made."""
        now, changed = self._context.clock(), store.get(connection, task.id)
        assert changed is not None
        note(connection, replace(changed, updated_at=now), event)
        actor = f"key:{caller.key_id}"
        audit.record(connection, now, caller.user_id, actor, action, task=task.id)


def _removing(publisher: Publisher, work: PublishedWork) -> Any:
    async def call(client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await publisher.remove(client, account, tokens, work)

    return call
