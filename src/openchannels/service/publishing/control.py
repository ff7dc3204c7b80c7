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
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.records import owned
from openchannels.service.publishing.reporting import report_outcome, report_stage
from openchannels.service.publishing.transitions import note
from openchannels.store.database import Connection
from openchannels.store.queries import audit, publication_files
from openchannels.store.queries import publications as store
from openchannels.transport.platform_client import PlatformClient

NOT_BEGUN = (PublishStatus.WAITING, PublishStatus.QUEUED)
RETRYABLE = (PublishStatus.FAILED,)
CANCELLABLE = (*NOT_BEGUN, PublishStatus.NEEDS_ACTION)
UPDATABLE = (PublishStatus.PUBLISHED, PublishStatus.UPDATE_FAILED)
UNCONFIRMED = "unconfirmed"


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
        values = {"publish_at": at, "due_at": at}
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
        """Takes a task back: before it began, or what the platform holds or shows, there too.

        Raises PUBLISH_CANCEL_NOT_SUPPORTED, PUBLISH_CANCEL_FAILED, PUBLISH_DEQUEUE_FAILED.
        """
        task = await self._task(caller, task_id)
        if task.status is PublishStatus.CANCELLED:
            return
        if task.status in CANCELLABLE:
            await self._cancel(caller, task, CANCELLABLE)
        elif task.status in (PublishStatus.SCHEDULED, PublishStatus.PUBLISHED):
            await self._remove(caller, task)
            await self._cancel(caller, task, (task.status,))
        else:
            raise errors.PUBLISH_DEQUEUE_FAILED({"status": int(task.status)})

    async def _cancel(
        self, caller: Caller, task: Publication, statuses: Sequence[PublishStatus]
    ) -> None:
        values = {
            "stage": Stage.DONE.value,
            "status": int(PublishStatus.CANCELLED),
            "due_at": None,
            "error": None,
        }
        await self._change(
            caller,
            task,
            statuses,
            values,
            errors.PUBLISH_DEQUEUE_FAILED,
            EventType.PUBLISH_CANCELLED,
            Action.PUBLICATION_CANCELLED,
        )

    async def _remove(self, caller: Caller, task: Publication) -> None:
        """Take the work back at the platform."""
        _, publisher = publisher_of(self._context, task.platform)
        app = self._context.platforms.app(task.platform)
        removes = app is not None and publisher.removes_for(app)
        if not removes or task.work_id is None:
            raise errors.PUBLISH_CANCEL_NOT_SUPPORTED({"platform": task.platform})
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
    ) -> None:
        """Change a task nobody works on, if its status is one of these; else raise `otherwise`."""

        def change(connection: Connection) -> Publication | None:
            now = self._context.clock()
            written = {**values, "updated_at": now}
            if not store.change_idle(connection, task.id, statuses, now, LEASE_SECONDS, written):
                return None
            for asset_id in assets:
                publication_files.add_asset(connection, task.id, asset_id)
            changed = store.get(connection, task.id)
            assert changed is not None
            changed = replace(changed, updated_at=now)
            note(connection, changed, event)
            actor = f"key:{caller.key_id}"
            audit.record(connection, now, caller.user_id, actor, action, task=task.id)
            return changed

        changed = await self._context.db.write(change)
        if changed is None:
            found = await self._task(caller, task.id)
            raise otherwise({"status": int(found.status)})
        report_stage(task, changed)
        if changed.status is PublishStatus.CANCELLED:
            report_outcome(self._context, event, changed)


def _removing(publisher: Publisher, work: PublishedWork) -> Any:
    async def call(client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await publisher.remove(client, account, tokens, work)

    return call
