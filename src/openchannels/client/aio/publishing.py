"""`client.publishing`: flows, their tasks and their records."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import (
    ChangedTask,
    Preflight,
    PublicRecord,
    PublishFlow,
    PublishRecord,
    UserAction,
)

UNDER_WAY = frozenset({0, 2, 3, 4, 6})
"""Statuses that pass without a person, and without the platform's schedule."""
POLL_SECONDS = 3.0
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Bounds of a time of which only one is given: the API takes both."""


class Publishing:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def publish(
        self,
        items: Iterable[Mapping[str, Any]],
        content: Mapping[str, Any],
        *,
        at: datetime | None = None,
        flow_id: str | None = None,
        context: Mapping[str, str] | None = None,
    ) -> PublishFlow:
        """Publishes one content on the accounts of `items`, now or at a time.

        The same call with the same `flow_id`, content and time publishes nothing twice.
        """
        body = _flow(items, content, at, flow_id, context)
        return await self._call(operations.CREATE_FLOW, PublishFlow, body=body)

    async def preflight(
        self,
        items: Iterable[Mapping[str, Any]],
        content: Mapping[str, Any],
        *,
        at: datetime | None = None,
    ) -> Preflight:
        """Returns what would be wrong; stores nothing."""
        body = _flow(items, content, at, None, None)
        return await self._call(operations.PREFLIGHT, Preflight, body=body)

    async def get_flow(self, flow_id: str) -> PublishFlow:
        return await self._call(operations.GET_FLOW, PublishFlow, flow_id)

    async def wait(self, flow_id: str, *, every: float = POLL_SECONDS) -> PublishFlow:
        """Waits until each task has ended, is held by its platform, or needs a person."""
        while True:
            flow = await self.get_flow(flow_id)
            if not any(task.status in UNDER_WAY for task in flow.tasks):
                return flow
            await asyncio.sleep(every)

    async def publish_now(self, task_id: str) -> ChangedTask:
        """Publishes a waiting task now."""
        return await self._call(operations.PUBLISH_NOW, ChangedTask, task_id)

    async def reschedule(self, task_id: str, at: datetime) -> ChangedTask:
        """Publishes a waiting task at another time."""
        body = {"publishAt": _time(at)}
        return await self._call(operations.PUBLISH_AT, ChangedTask, task_id, body=body)

    async def retry(self, task_id: str, *, force: bool = False) -> ChangedTask:
        """Publishes a failed task again; `force` where it may be out, after somebody has looked."""
        query = {"force": "true" if force else None}
        return await self._call(operations.RETRY_TASK, ChangedTask, task_id, query=query)

    async def cancel(self, task_id: str) -> ChangedTask:
        """Cancels a task; a published work is taken back where the platform can."""
        return await self._call(operations.CANCEL_TASK, ChangedTask, task_id)

    async def update(
        self,
        task_id: str,
        *,
        content: Mapping[str, Any] | None = None,
        option: Mapping[str, Any] | None = None,
    ) -> ChangedTask:
        """Changes a published work, in the background."""
        body = {"content": content, "option": option}
        return await self._call(operations.UPDATE_TASK, ChangedTask, task_id, body=body)

    async def records(
        self,
        *,
        account_id: str | None = None,
        platform: str | None = None,
        status: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[PublishRecord, ...]:
        """Returns records, latest time first, at most a thousand."""
        query = {**_filters(account_id, platform, since, until), "status": status}
        return await self._call(operations.LIST_RECORDS, tuple[PublishRecord, ...], query=query)

    async def queued(
        self, *, account_id: str | None = None, platform: str | None = None
    ) -> tuple[PublishRecord, ...]:
        """Returns records that are still to go out."""
        query = _filters(account_id, platform, None, None)
        return await self._call(operations.QUEUED_RECORDS, tuple[PublishRecord, ...], query=query)

    async def published(
        self, *, account_id: str | None = None, platform: str | None = None
    ) -> tuple[PublishRecord, ...]:
        """Returns records that are out."""
        query = _filters(account_id, platform, None, None)
        return await self._call(
            operations.PUBLISHED_RECORDS, tuple[PublishRecord, ...], query=query
        )

    async def record(self, record_id: str) -> PublishRecord:
        return await self._call(operations.GET_RECORD, PublishRecord, record_id)

    async def public_record(self, record_id: str) -> PublicRecord:
        """Returns what anybody may see of a record."""
        return await self._call(operations.PUBLIC_RECORD, PublicRecord, record_id)

    async def delete_record(self, record_id: str) -> None:
        """Deletes a record, not its work."""
        await self._call(operations.DELETE_RECORD, bool, record_id)

    async def set_work_link(
        self,
        record_id: str,
        work_link: str | None = None,
        *,
        platform_work_id: str | None = None,
        data_id: str | None = None,
        link_status: str = "ready",
        link_error: str | None = None,
        link_meta: Mapping[str, Any] | None = None,
    ) -> PublishRecord:
        """Reports where a work is that a plug-in or a person has published."""
        body = {
            "workLink": work_link,
            "platformWorkId": platform_work_id,
            "dataId": data_id,
            "linkStatus": link_status,
            "linkError": link_error,
            "linkMeta": link_meta,
        }
        return await self._call(operations.SET_WORK_LINK, PublishRecord, record_id, body=body)

    async def user_action(self, record_id: str) -> UserAction:
        """Returns how the person finishes a record with status 8."""
        return await self._call(operations.USER_ACTION, UserAction, record_id)


def _flow(
    items: Iterable[Mapping[str, Any]],
    content: Mapping[str, Any],
    at: datetime | None,
    flow_id: str | None,
    context: Mapping[str, str] | None,
) -> dict[str, Any]:
    return {
        "items": [dict(item) for item in items],
        "content": dict(content),
        "publishAt": _time(at or datetime.now(UTC)),
        "flowId": flow_id,
        "context": context,
    }


def _filters(
    account_id: str | None,
    platform: str | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    bounded = since is not None or until is not None
    between = [_time(since or EARLIEST), _time(until or LATEST)] if bounded else None
    return {"accountId": account_id, "accountType": platform, "time[]": between}


def _time(at: datetime) -> str:
    return at.isoformat()
