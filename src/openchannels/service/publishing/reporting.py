"""Tells the log and the metrics how a publication goes: one line a stage, and one in the end."""

from typing import Any

import structlog

from openchannels.core.clock import iso
from openchannels.core.events import EventType
from openchannels.core.metrics import SUCCESS
from openchannels.core.publication_outcomes import FAILURES, publication_outcome
from openchannels.core.publications import Publication, PublishStatus
from openchannels.service.context import Context

log = structlog.get_logger()


def about(publication: Publication) -> dict[str, Any]:
    """Returns the fields by which lines of a publication are found."""
    return {
        "publication": publication.id,
        "platform": publication.platform,
        "account": publication.account_id,
    }


def ended_as(publication: Publication) -> str:
    """Returns how a run has ended: `success`, or why the publication failed."""
    failed = publication.status is PublishStatus.FAILED
    return str((publication.error or {}).get("type")) if failed else SUCCESS


def report_accepted(publication: Publication) -> None:
    """Logs who wants what to be published, and when."""
    log.info(
        "publication accepted",
        **about(publication),
        user=publication.user_id,
        flow=publication.flow_id,
        publish_at=iso(publication.publish_at),
    )


def report_stage(before: Publication, after: Publication) -> None:
    """Logs that a publication went on to another stage, or waits for something else."""
    waits = (after.error or {}).get("code") if after.due_at is not None else None
    waited = (before.error or {}).get("code") if before.due_at is not None else None
    if (before.stage, before.status, waited) == (after.stage, after.status, waits):
        return
    known = {"waits_for": waits, "due_at": None if after.due_at is None else iso(after.due_at)}
    log.info(
        "publication stage",
        **about(after),
        stage=after.stage.value,
        status=int(after.status),
        attempt=after.attempt,
        **{name: value for name, value in known.items() if value is not None},
    )


def report_outcome(context: Context, event: EventType | None, publication: Publication) -> None:
    """Counts and logs what became of a publication, where the event says so."""
    outcome = None if event is None else publication_outcome(event, publication)
    if outcome is None:
        return
    context.metrics.count_publication(publication.platform, outcome)
    error = publication.error or {}
    known = {
        "work": publication.work_id,
        "error_code": error.get("code"),
        "platform_code": error.get("platformCode"),
        "platform_message": error.get("platformMessage"),
    }
    late = max(publication.updated_at - publication.publish_at, 0.0)
    write = log.warning if outcome in FAILURES else log.info
    write(
        "publication",
        **about(publication),
        user=publication.user_id,
        flow=publication.flow_id,
        outcome=outcome,
        attempt=publication.attempt,
        seconds=round(late, 1),
        **{name: value for name, value in known.items() if value is not None},
    )
