"""Flows: one content for several accounts, checked whole and stored whole."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.registry import ReportedPublisher
from openchannels.core import errors, ids
from openchannels.core.events import EventType
from openchannels.core.platforms import Locale
from openchannels.core.publications import (
    LinkStatus,
    Publication,
    Published,
    PublishStatus,
    Scheduled,
    Stage,
)
from openchannels.core.publish_rules import RuleIssue
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.drafts import CheckedItem, Drafts, FlowRequest
from openchannels.service.publishing.jobs import first_due
from openchannels.service.publishing.reporting import report_accepted, report_outcome
from openchannels.service.publishing.transitions import note
from openchannels.store.database import Connection
from openchannels.store.queries import publications as store

SOON_SECONDS = 1.0
"""A time that is no further ahead is now."""


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    tasks: Sequence[Publication]


class PublishFlows:
    """Makes and reads the flows of a caller."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts

    async def create(self, caller: Caller, request: FlowRequest, locale: Locale) -> Flow:
        """Returns the flow with all its tasks, those of earlier requests too.

        A repeat of the same request adds nothing; one with further accounts adds their tasks.
        Raises what `Drafts.check` raises, PUBLISH_TASK_EXISTS for an account whose task has other
        content, and PUBLISH_VALIDATION_FAILED with everything that is wrong. `locale` is that of
        the messages.
        """
        known = await self._known(caller, request)
        if known is not None:
            return known
        checked = await self._drafts.check(caller, request)
        _refuse_broken(checked, locale)
        flow_id = request.flow_id or str(uuid.uuid4())
        tasks, new = await self._context.db.write(self._store, caller, flow_id, request, checked)
        for task in tasks:
            if task.account_id in new:
                self._report(task)
        return Flow(flow_id, tasks)

    async def _known(self, caller: Caller, request: FlowRequest) -> Flow | None:
        """The flow of a repeat, whatever has become of its files, accounts and times since."""
        flow_id = request.flow_id
        if flow_id is None:
            return None
        wanted = self._drafts.digests(request)
        known = await self._context.db.read(store.digests_of_flow, caller.user_id, flow_id)
        if any(known.get(account) != digest for account, digest in wanted.items()):
            return None
        return await self.get(caller, flow_id)

    def _report(self, task: Publication) -> None:
        report_accepted(task)
        if task.status is PublishStatus.PUBLISHED:
            report_outcome(self._context, EventType.PUBLISH_PUBLISHED, task)

    async def get(self, caller: Caller, flow_id: str) -> Flow:
        """Raises PUBLISH_FLOW_NOT_FOUND."""
        tasks = await self._context.db.read(store.of_flow, caller.user_id, flow_id)
        if not tasks:
            raise errors.PUBLISH_FLOW_NOT_FOUND()
        return Flow(flow_id, tasks)

    def _store(
        self,
        connection: Connection,
        caller: Caller,
        flow_id: str,
        request: FlowRequest,
        checked: Sequence[CheckedItem],
    ) -> tuple[Sequence[Publication], frozenset[str]]:
        """Returns all tasks of the flow, and the accounts of those that are new."""
        # An index lets one of two requests for the same task win; the other then finds it here.
        known = store.digests_of_flow(connection, caller.user_id, flow_id)
        for one in checked:
            digest = known.get(one.account.id)
            if digest is None:
                self._insert(connection, caller, flow_id, request, one)
            elif digest != one.digest:
                raise errors.PUBLISH_TASK_EXISTS(
                    {"accountId": one.account.id, "platform": one.account.platform}
                )
        new = frozenset(one.account.id for one in checked) - known.keys()
        return store.of_flow(connection, caller.user_id, flow_id), new

    def _insert(
        self,
        connection: Connection,
        caller: Caller,
        flow_id: str,
        request: FlowRequest,
        one: CheckedItem,
    ) -> None:
        now = self._context.clock()
        publish_at = max(request.publish_at, now)
        values: dict[str, Any] = {
            "id": ids.new_object_id(),
            "flow_id": flow_id,
            "user_id": caller.user_id,
            "account_id": one.account.id,
            "platform": one.account.platform,
            "content": one.content.as_json(),
            "option": dict(one.item.option),
            "request_digest": one.digest,
            "publish_at": publish_at,
            "status": int(PublishStatus.WAITING),
            "stage": Stage.QUEUED.value,
            "warnings": [warning(issue) for issue in one.issues],
            "source": request.source,
            "material": dict(request.material),
            "reports": [],
            "stage_since": now,
            "due_at": first_due(one.publisher, one.item.option, publish_at, now),
            "created_at": now,
            "updated_at": now,
        }
        reported = _reported(one, now)
        store.insert_one(
            connection,
            {**values, **reported},
            [file.asset_id for file in one.content.files if file.asset_id is not None],
        )
        if reported or publish_at > now + SOON_SECONDS:
            made = store.get(connection, values["id"])
            assert made is not None
            note(connection, made, _first_event(made))


def _reported(one: CheckedItem, now: float) -> dict[str, Any]:
    """The columns of a work that somebody has published already; none for all others."""
    if not isinstance(one.publisher, ReportedPublisher):
        return {}
    outcome = one.publisher.report(one.content, one.item.option, now)
    known = {"work_id": outcome.work_id, "work_link": outcome.link}
    if isinstance(outcome, Scheduled):
        return {
            **known,
            "status": int(PublishStatus.SCHEDULED),
            "stage": Stage.HELD.value,
            "due_at": outcome.at,
        }
    return {
        **known,
        **_unresolved(one.publisher, outcome, now),
        "status": int(PublishStatus.PUBLISHED),
        "link_status": _link_status(outcome).value,
        "link_meta": dict(outcome.link_meta) or None,
        "warnings": [
            *(warning(issue) for issue in one.issues),
            *({"text": text} for text in outcome.warnings),
        ],
    }


def _unresolved(publisher: ReportedPublisher, outcome: Published, now: float) -> dict[str, Any]:
    """What is done next: a link whose end is not known is followed."""
    if publisher.resolves and outcome.link_status is LinkStatus.PENDING:
        return {"stage": Stage.VERIFYING.value, "due_at": now}
    return {"stage": Stage.DONE.value, "due_at": None}


def _link_status(outcome: Published) -> LinkStatus:
    if outcome.link is None and outcome.link_status is LinkStatus.READY:
        return LinkStatus.PENDING
    return outcome.link_status


def _first_event(made: Publication) -> EventType:
    published = made.status is PublishStatus.PUBLISHED
    return EventType.PUBLISH_PUBLISHED if published else EventType.PUBLISH_SCHEDULED


def warning(issue: RuleIssue) -> dict[str, Any]:
    """Returns an issue as it stands on a task: texts in both languages."""
    return {
        "rule": issue.rule,
        "code": issue.code.value,
        "path": issue.path,
        "message": {"en-US": issue.message.en, "zh-CN": issue.message.zh},
        "params": dict(issue.params),
    }


def issue_data(issue: RuleIssue, locale: Locale) -> dict[str, Any]:
    """Returns an issue as an error tells it."""
    return {
        "rule": issue.rule,
        "code": issue.code.value,
        "path": issue.path,
        "message": issue.message.zh if locale == "zh-CN" else issue.message.en,
        "params": dict(issue.params),
        "severity": issue.severity,
    }


def _refuse_broken(checked: Sequence[CheckedItem], locale: Locale) -> None:
    broken = [one for one in checked if one.errors]
    if not broken:
        return
    items = [
        {
            "platform": one.account.platform,
            "accountId": one.account.id,
            "issues": [issue_data(issue, locale) for issue in one.issues],
        }
        for one in broken
    ]
    # The first as clients of the contract read it; all of them for those that look for more.
    raise errors.PUBLISH_VALIDATION_FAILED({**items[0], "items": items})
