"""Facebook: works of one video. They share how far Facebook is with them, and how they end.

https://developers.facebook.com/docs/video-api/guides/publishing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.parse import count, dig, first, rows, text
from openchannels.connectors.base.publisher import Job, PublishedWork
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.facebook.publish_calls import (
    CODES,
    LOOK,
    LOOKS,
    UNPROCESSED,
    may_be_sent_again,
    read,
)
from openchannels.connectors.meta.facebook.work_kind import (
    DRAFT,
    SCHEDULED,
    WorkKind,
    post_id,
)
from openchannels.connectors.meta.facebook.works import read_url
from openchannels.connectors.meta.graph import DIALOG
from openchannels.core import errors
from openchannels.core.publications import (
    Later,
    NeedsAction,
    NotPublished,
    PublicationRefused,
    Published,
    Scheduled,
    Settled,
    Undecided,
)

STATUS = "id,status,published,permalink_url,post_id,title,description,created_time,length"
BROKEN = ("error", "upload_failed", "expired")
UPLOADED = ("ready", "upload_complete")
UNPUBLISHED_SECONDS = 1800.0
"""How long a video may be ready and not published; some never are."""


@dataclass(frozen=True, slots=True)
class VideoState:
    """How far Facebook is with a video. `error` is a code and words, of a video that failed."""

    video: str = ""
    published: str = ""
    uploaded: int = 0
    post: str | None = None
    link: str | None = None
    error: tuple[str, str] | None = None

    @property
    def is_out(self) -> bool:
        return self.published == "published"


async def video_state(turn: Turn) -> VideoState:
    """Returns the state of the job's video; an empty one where Facebook does not show it yet."""
    answer = await none_if_gone(read(turn, turn.job.state["video"], STATUS))
    if answer is None:
        return VideoState()
    text_at(turn.client, LOOK, answer, "id")
    status = dig(answer, "status")
    uploading, publishing = dig(status, "uploading_phase"), dig(status, "publishing_phase")
    done = str(dig(publishing, "status")) in ("complete", "completed")
    sent = first((dig(uploading, "bytes_transferred"), dig(uploading, "bytes_transfered")))
    number = text(dig(answer, "post_id"))
    return VideoState(
        video=text(dig(status, "video_status")) or "",
        published=text(dig(publishing, "publish_status")) or ("published" if done else ""),
        uploaded=count(sent) or 0,
        post=post_id(turn.account.uid, number) if number else None,
        link=read_url(answer),
        error=_error(status),
    )


def _error(status: Any) -> tuple[str, str] | None:
    phases = [dig(status, f"{name}_phase") for name in ("uploading", "processing", "publishing")]
    for phase in phases:
        found = first((next(iter(rows(dig(phase, "errors"))), None), dig(phase, "error")))
        if dig(phase, "status") == "error" or found is not None:
            return text(dig(found, "code")) or "", text(dig(found, "message")) or ""
    return ("", "") if dig(status, "video_status") in BROKEN else None


class VideoWork(WorkKind):
    """Kept between steps: `video`, its id, and `first_sent` and `sends` of the call that publishes.

    `wanted` is `DRAFT`, `SCHEDULED` or `PUBLISHED`.
    """

    path = "reel/{video}"
    """The address of a work to which Facebook gives none."""

    async def settle(self, turn: Turn) -> Settled:
        found = await video_state(turn)
        outcome = self._outcome(turn, found)
        if outcome is not None:
            return outcome
        waiting = found.published in ("", "draft", "not_published", "not_started")
        if waiting and found.video in UPLOADED:
            return NotPublished()
        if found.video == "processing":
            # Only when it is ready does it show whether it is to be published.
            return Undecided(15.0)
        return NotPublished() if may_be_sent_again(turn) else Undecided(turn.until_look(*LOOKS))

    async def poll(self, turn: Turn) -> Published | Scheduled | NeedsAction | Later:
        found = await video_state(turn)
        outcome = self._outcome(turn, found)
        if outcome is not None:
            return outcome
        elapsed = turn.since_commit
        if found.video == "ready" and elapsed > UNPUBLISHED_SECONDS:
            raise PublicationRefused(
                errors.PUBLISH_PLATFORM_STATUS_FAILED, f"{found.video}, {found.published}"
            )
        return Later(5.0 if elapsed < 35.0 else 15.0 if elapsed < 155.0 else 60.0)

    async def held(self, turn: Turn) -> Published | Later:
        found = await video_state(turn)
        if found == VideoState():
            text = "The video is on Facebook no more."
            raise PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, text)
        if found.is_out:
            return self._published(turn, found)
        if found.error is not None:
            raise broken(found.error)
        return Later(max((turn.job.schedule_at or 0.0) - turn.job.now, 300.0))

    async def verify(self, turn: Turn, work_id: str) -> Published | Later:
        return self._published(turn, await video_state(turn), work_id)

    def changes(self, job: Job) -> Mapping[str, Any]:
        return {"name": job.content.title, "description": job.content.body}

    def object_of(self, work: PublishedWork) -> str:
        return str(work.state.get("video") or work.work_id)

    def _outcome(self, turn: Turn, found: VideoState) -> Published | Scheduled | NeedsAction | None:
        """What has come of the call that publishes; None while that is open."""
        wanted, video = wanted_state(turn.job), turn.job.state["video"]
        if found.error is not None:
            raise broken(found.error)
        if found.is_out:
            return self._published(turn, found)
        if wanted == DRAFT and found.published == "draft":
            return NeedsAction("draft", video)
        if wanted == SCHEDULED and found.published == "scheduled":
            return Scheduled(turn.job.schedule_at or turn.job.now, video)
        return None

    def _published(self, turn: Turn, found: VideoState, work_id: str | None = None) -> Published:
        video = turn.job.state["video"]
        otherwise = self.path.format(page=turn.account.uid, video=video)
        return Published(
            found.post or work_id or video,
            found.link or f"{DIALOG}/{otherwise}",
            link_meta={"videoId": video},
        )


def wanted_state(job: Job) -> str:
    """Returns what is to become of a video, as Facebook calls it."""
    if job.state.get("native"):
        return SCHEDULED
    return DRAFT if job.option.get("video_state") == DRAFT else "PUBLISHED"


def broken(error: tuple[str, str]) -> PublicationRefused:
    """Returns the refusal of a video that Facebook could not process."""
    code, words = error
    refusal = CODES.get(code, UNPROCESSED)
    final = refusal.final or code not in CODES
    return PublicationRefused(refusal.error, words or None, platform_code=code or None, final=final)
