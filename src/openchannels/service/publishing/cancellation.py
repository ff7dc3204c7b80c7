"""Taking a task back: before anything is out, or what the platform has of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.registry import PublishedWork, Publisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.audit import Action
from openchannels.core.credentials import Tokens
from openchannels.core.events import EventType
from openchannels.core.exceptions import ServiceError
from openchannels.core.publications import Publication, PublishStatus, Stage
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.publishing.drafts import account_of, publisher_of
from openchannels.service.publishing.progress import HeldPublication
from openchannels.service.publishing.task_changes import TaskChanges
from openchannels.transport.platform_client import PlatformClient

NOT_OUT = (PublishStatus.WAITING, PublishStatus.QUEUED, PublishStatus.PUBLISHING)
PREPARED = (Stage.QUEUED, Stage.PREPARING)
"""Stages in which the platform has nothing that anybody else could see."""
SHOWN = (PublishStatus.SCHEDULED, PublishStatus.PUBLISHED, PublishStatus.UPDATE_FAILED)
HIDDEN = (PublishStatus.PUBLISHING, PublishStatus.NEEDS_ACTION)
AT_PLATFORM = (Stage.POLLING, Stage.HELD)
"""Stages in which the platform has what it shows nobody yet, of these statuses."""
CANCELLED: Mapping[str, Any] = {
    "stage": Stage.DONE.value,
    "status": int(PublishStatus.CANCELLED),
    "due_at": None,
    "error": None,
}


class PublishCancellation:
    """Takes tasks of a caller back."""

    def __init__(self, context: Context, calls: AccountCalls, changes: TaskChanges) -> None:
        self._context = context
        self._calls = calls
        self._changes = changes

    async def cancel(self, caller: Caller, task_id: str) -> None:
        """Cancels a task of which nothing is out, or after its work was removed at the platform.

        Raises PUBLISH_TASK_NOT_FOUND, PUBLISH_ACCOUNT_NOT_FOUND for a work whose account is gone,
        PUBLISH_CANCEL_NOT_SUPPORTED, PUBLISH_CANCEL_FAILED, and PUBLISH_DEQUEUE_FAILED for one that
        has ended or whose work may be out.
        """
        task = await self._changes.find(caller, task_id)
        if task.status is PublishStatus.CANCELLED:
            return
        if task.status in NOT_OUT and task.stage in PREPARED:
            await self._drop(caller, task, NOT_OUT, PREPARED)
        elif task.status in SHOWN or (_is_hidden(task) and self._removes(task)):
            await self._remove(caller, task)
            event, action = EventType.PUBLISH_CANCELLED, Action.PUBLICATION_CANCELLED
            await self._changes.write_fact(caller, task, CANCELLED, event, action)
        elif task.status is PublishStatus.NEEDS_ACTION:
            await self._drop(caller, task, (task.status,), (task.stage,))
        else:
            raise errors.PUBLISH_DEQUEUE_FAILED({"status": int(task.status)})

    async def _drop(
        self,
        caller: Caller,
        task: Publication,
        statuses: Sequence[PublishStatus],
        stages: Sequence[Stage],
    ) -> None:
        """Cancel a task without the platform."""
        await self._changes.write(
            caller,
            task,
            statuses,
            CANCELLED,
            errors.PUBLISH_DEQUEUE_FAILED,
            EventType.PUBLISH_CANCELLED,
            Action.PUBLICATION_CANCELLED,
            stages=stages,
        )

    def _removes(self, task: Publication) -> bool:
        """Whether the platform can take back what it has."""
        _, publisher = publisher_of(self._context, task.platform)
        app = self._context.platforms.app(task.platform)
        return app is not None and publisher.removes_for(app) and task.work_id is not None

    async def _remove(self, caller: Caller, task: Publication) -> None:
        """Take the work back at the platform."""
        if not self._removes(task):
            raise errors.PUBLISH_CANCEL_NOT_SUPPORTED({"platform": task.platform})
        _, publisher = publisher_of(self._context, task.platform)
        state = HeldPublication(self._context, task, "").state
        work = PublishedWork(task.work_id or "", task.work_link, task.option, state)
        account = await account_of(self._context, task)
        try:
            await self._calls.call(account, _removing(publisher, work))
        except ServiceError as error:
            data = {**error.data, "platform": task.platform, "reason": error.code.number}
            raise errors.PUBLISH_CANCEL_FAILED(data) from error


def _is_hidden(task: Publication) -> bool:
    return task.status in HIDDEN and task.stage in AT_PLATFORM


def _removing(publisher: Publisher, work: PublishedWork) -> Any:
    async def call(client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await publisher.remove(client, account, tokens, work)

    return call
