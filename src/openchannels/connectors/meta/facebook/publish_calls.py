"""Facebook: the calls that publishing makes, and what their refusals mean.

https://developers.facebook.com/docs/pages-api/posts
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.graph import GRAPH, graph_get, graph_request
from openchannels.connectors.meta.publish_refusals import TOO_FAST, meta_refusals
from openchannels.core import errors
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import PublicationRefused

COMMIT, LOOK = "publish.commit", "publish.look"
VIDEO_GRAPH = "https://graph-video.facebook.com"
LOOKS = (5.0, 30.0, 120.0, 600.0)
"""When a work is looked for, in seconds after a call whose answer is lost."""
ABSENT_SECONDS = 600.0
"""After so long a work that cannot be found is taken as not published, once."""
MOST_SENDS = 2
USED_BEFORE = frozenset({"506", "1366051"})
"""The same text, or the same photos, are out already: perhaps by the call that was lost."""

INVALID = Refusal(errors.PUBLISH_VALIDATION_FAILED)
UNSUPPORTED = Refusal(errors.MEDIA_UNSUPPORTED)
FORBIDDEN = Refusal(errors.PERMISSION_MISSING)
UNPROCESSED = Refusal(errors.MEDIA_PROCESSING_FAILED, final=False, retry_after=30.0)
CODES: Mapping[str, Refusal] = {
    **dict.fromkeys(USED_BEFORE, INVALID),
    **dict.fromkeys(("1500", "1609005", "2061006", "1609008"), INVALID),
    **dict.fromkeys(("1366046", "2069019", "324", "382", "6000", "6001"), UNSUPPORTED),
    **dict.fromkeys(
        (
            *("1363020", "1363022", "1363023", "1363024", "1363025", "1363026"),
            *("1363031", "1363032", "1363040", "1363045", "1363127", "1363128", "1363129"),
        ),
        UNSUPPORTED,
    ),
    **dict.fromkeys(("1363041", "1363047"), UNPROCESSED),
    **dict.fromkeys(("368", "1363005", "1363042"), FORBIDDEN),
    "389": Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, final=False, retry_after=30.0),
    TOO_FAST: Refusal(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=3600.0),
}
REFUSALS: RefusalTable = meta_refusals(CODES)


async def read(turn: Turn, path: str, fields: str, **params: str | int) -> Any:
    """Returns fields of an object, or of a list."""
    token = turn.tokens.access_token
    return await graph_get(turn.client, path, token, LOOK, {"fields": fields, **params})


async def post(
    turn: Turn, edge: str, operation: str, *, host: str = GRAPH, **parts: Any
) -> Mapping[str, Any]:
    """Makes a call of the Page; returns the answer. Raises PublicationRefused."""
    token = turn.tokens.access_token
    request = graph_request(turn.client, f"{turn.account.uid}/{edge}", token, {})
    request["url"] = request["url"].replace(GRAPH, host)
    request["headers"] = {**request["headers"], **parts.pop("headers", {})}
    answer: Mapping[str, Any] | None = await REFUSALS.call(
        turn.client, "POST", operation=operation, **request, **parts
    )
    return answer or {}


async def publish(turn: Turn, edge: str, *, host: str = GRAPH, **parts: Any) -> Mapping[str, Any]:
    """Makes the call that publishes.

    Raises a doubtful PlatformFailure where the content is refused because it is out already, and
    for an answer that says neither yes nor no.
    """
    job = turn.job
    first = job.state.get("first_sent", job.now)
    await job.progress.keep(first_sent=first, sends=job.state.get("sends", 0) + 1)
    try:
        answer = await post(turn, edge, COMMIT, host=host, **parts)
    except PublicationRefused as refused:
        if not USED_BEFORE & set((refused.platform_code or "").split("/")):
            raise
        await job.progress.keep(used_before=refused.text or "")
        reading = Failure(FailureKind.UNAVAILABLE, code=refused.platform_code)
        raise PlatformFailure(turn.client.platform, COMMIT, reading, http_status=400) from refused
    if dig(answer, "success") is not True and dig(answer, "id") is None:
        raise turn.client.malformed(COMMIT)
    return answer


def may_be_sent_again(turn: Turn) -> bool:
    """Returns whether the call that publishes may be made once more: nothing is to be found.

    Raises PublicationRefused where it was refused because of a work that is not this one.
    """
    job, late = turn.job, turn.since_commit >= ABSENT_SECONDS
    if "used_before" in job.state and (late or job.state["sends"] == 1):
        raise PublicationRefused(
            errors.PUBLISH_VALIDATION_FAILED, job.state["used_before"] or None, platform_code="506"
        )
    return late and job.state["sends"] < MOST_SENDS
