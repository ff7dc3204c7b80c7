"""What became of a publication, in one word: for the metrics and the log."""

from openchannels.core.events import EventType
from openchannels.core.platform_errors import UNCONFIRMED
from openchannels.core.publications import Publication, PublishStatus

ENDED = {
    EventType.PUBLISH_PUBLISHED: "published",
    EventType.PUBLISH_NEEDS_ACTION: "needs_person",
    EventType.PUBLISH_SCHEDULED: "scheduled",
    EventType.PUBLISH_UNCONFIRMED: UNCONFIRMED,
    EventType.PUBLISH_CANCELLED: "cancelled",
    EventType.PUBLISH_UPDATED: "updated",
}
UPDATE_FAILED = "update_failed"
REASONS = (
    "platform",
    "account",
    "media_unavailable",
    "too_late",
    "not_finished_by_person",
    "internal",
)
"""Why one failed, as `errorData.type` says it."""
OUTCOMES = (*ENDED.values(), UPDATE_FAILED, *REASONS)
FAILURES = frozenset({UNCONFIRMED, UPDATE_FAILED, *REASONS})


def publication_outcome(event: EventType, publication: Publication) -> str | None:
    """Returns what an event says became of its publication; None if it goes on."""
    if event is not EventType.PUBLISH_FAILED:
        return ENDED.get(event)
    if publication.status is PublishStatus.UPDATE_FAILED:
        return UPDATE_FAILED
    return str((publication.error or {}).get("type"))
