"""TikTok: how far a publication is, from its status and from what webhooks reported of it.

https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.publish_failures import limits_of_account
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.oauth import bearer

OPERATION = "publish.status"
UPLOADING, DELIVERED = "PROCESSING_UPLOAD", "SEND_TO_USER_INBOX"
COMPLETE, FAILED = "PUBLISH_COMPLETE", "FAILED"
UNKNOWN = "unknown"
REPORTED: Mapping[str, str] = {
    "post.publish.complete": COMPLETE,
    "post.publish.publicly_available": COMPLETE,
    "post.publish.inbox_delivered": DELIVERED,
}
"""Events that tell a status. That a work failed is believed of the status alone."""
PUBLIC_EVENT = "post.publish.publicly_available"
HIDDEN_EVENT = "post.publish.no_longer_publicaly_available"


@dataclass(frozen=True, slots=True)
class PublishState:
    """A publication at TikTok; `post_ids` are those of public works, of a draft several."""

    status: str
    reason: str | None = None
    post_ids: tuple[str, ...] = ()
    uploaded: int = 0


async def fetch_state(turn: Turn) -> PublishState:
    """Returns the state of a publication; `unknown` if TikTok knows no more of it."""
    publish_id = turn.job.state["publish_id"]
    try:
        answer = await turn.client.call(
            "POST",
            f"{API}/post/publish/status/fetch/",
            operation=OPERATION,
            classify=limits_of_account(turn.client),
            idempotent=True,
            headers=bearer(turn.tokens),
            json_body={"publish_id": publish_id},
        )
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.INVALID:
            raise
        return PublishState(UNKNOWN)
    status, data = text_at(turn.client, OPERATION, answer, "data.status"), dig(answer, "data")
    return PublishState(
        status, text(dig(data, "fail_reason")), _ids(data), count(dig(data, "uploaded_bytes")) or 0
    )


def with_reports(job: Job, state: PublishState) -> PublishState:
    """Returns the state with what webhooks reported beyond it."""
    mine = [one for one in job.reports if one.get("publish_id") == job.state.get("publish_id")]
    status = state.status
    if status not in (COMPLETE, FAILED):
        told = [REPORTED[one["event"]] for one in mine if one.get("event") in REPORTED]
        status = COMPLETE if COMPLETE in told else told[-1] if told else status
    public = (text(one.get("post_id")) for one in mine if one.get("event") == PUBLIC_EVENT)
    ids = dict.fromkeys((*state.post_ids, *filter(None, public)))
    return PublishState(status, state.reason, tuple(ids), state.uploaded)


def is_hidden(job: Job, work_id: str) -> bool:
    """Returns whether the last report of a work says that it is public no longer."""
    told = [
        one.get("event")
        for one in job.reports
        if one.get("post_id") == work_id and one.get("event") in (PUBLIC_EVENT, HIDDEN_EVENT)
    ]
    return bool(told) and told[-1] == HIDDEN_EVENT


def _ids(data: Any) -> tuple[str, ...]:
    # TikTok's own spelling. The numbers are above 2^53, which Python keeps.
    given = dig(data, "publicaly_available_post_id")
    found = map(text, given) if isinstance(given, list) else ()
    return tuple(filter(None, found))
