"""TikTok: what the state of a publication means, and where its work can be seen."""

from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.publish_failures import failed
from openchannels.connectors.tiktok.publish_status import (
    COMPLETE,
    DELIVERED,
    FAILED,
    PublishState,
)
from openchannels.core.publications import Later, LinkStatus, NeedsAction, Published


def outcome_of(turn: Turn, found: PublishState) -> Published | NeedsAction | Later:
    """Returns what a state means. Raises PublicationRefused for a work that failed."""
    if found.status == FAILED:
        raise failed(found.reason)
    if found.status == COMPLETE:
        return published(turn, found)
    if found.status == DELIVERED:
        return NeedsAction("draft", turn.job.state.get("publish_id"))
    return Later(_pause(turn.since_commit))


def published(turn: Turn, found: PublishState) -> Published:
    """Returns a work that is out: under its id, or until that is known under the publication's."""
    if not found.post_ids:
        return Published(turn.job.state["publish_id"], link_status=LinkStatus.PENDING)
    first, *others = found.post_ids
    more = {"otherWorkIds": others} if others else {}
    return Published(first, link_of(turn, first), link_meta=more)


def link_of(turn: Turn, work_id: str) -> str:
    creator = turn.job.state.get("creator") or {}
    name = creator.get("username") or turn.account.handle
    kind = "photo" if turn.job.content.images else "video"
    site = "https://www.tiktok.com"
    return f"{site}/@{name}/{kind}/{work_id}" if name else f"{site}/video/{work_id}"


def _pause(elapsed: float) -> float:
    """Seconds to the next look at a work that TikTok processes."""
    for until, pause in ((8.0, 5.0), (20.0, 10.0), (140.0, 15.0)):
        if elapsed < until:
            return pause
    return 60.0
