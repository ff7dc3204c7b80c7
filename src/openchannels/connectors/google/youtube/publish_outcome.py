"""YouTube: what has become of a publication, by the video that an upload has made."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.google.youtube.thumbnails import NO_THUMBNAIL
from openchannels.connectors.google.youtube.video_resource import (
    link_of,
    publish_time,
    video_resource,
)
from openchannels.core.publications import Accepted, Outcome, Published, Scheduled

LOCKED_PRIVATE = (
    "YouTube keeps the video private: the Google project has not passed the API audit, or the "
    "channel may not publish."
)


async def outcome_of(job: Job, video: Mapping[str, Any]) -> Outcome:
    """Returns what an upload has led to; keeps the video's id, channel and privacy as `made`."""
    known = {
        "id": video["id"],
        "channel": text(dig(video, "snippet", "channelId")),
        "privacy": text(dig(video, "status", "privacyStatus")),
    }
    await job.progress.keep(made=known)
    at = moment(publish_time(job))
    if at is None or at <= job.now:
        return published(job, known["id"], known["privacy"])
    # The thumbnail has to be there before the video is public.
    return Accepted(1.0) if job.cover else Scheduled(at, known["id"], link_of(known["id"]))


def published(job: Job, video_id: str, privacy: str | None) -> Published:
    """Returns the outcome, with a warning where YouTube made the video private unasked."""
    wanted = video_resource(job)["status"]["privacyStatus"]
    locked = privacy == "private" and wanted != "private"
    meta: dict[str, Any] = {} if privacy in (None, "public") else {"privacyStatus": privacy}
    if locked:
        meta["lockedPrivate"] = True
    warnings = (LOCKED_PRIVATE,) if locked else ()
    return Published(video_id, link_of(video_id), link_meta=meta, warnings=warnings)


def thumbnail_warnings(job: Job) -> tuple[str, ...]:
    return (NO_THUMBNAIL,) if job.state.get("cover_failed") else ()
