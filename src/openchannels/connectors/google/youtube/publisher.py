"""YouTube: publishing videos.

All parts of the file but the last are sent ahead: nothing is there before the last byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job, MediaFile, PublishedWork, Publisher
from openchannels.connectors.google.youtube.api import API
from openchannels.connectors.google.youtube.lost_upload import find_upload
from openchannels.connectors.google.youtube.reports import PACIFIC
from openchannels.connectors.google.youtube.thumbnails import NO_THUMBNAIL, put_thumbnail
from openchannels.connectors.google.youtube.upload_session import (
    DAY,
    PART,
    PART_SIZE,
    REFUSALS,
    SessionReply,
    ask_session,
    send_part,
    start_session,
)
from openchannels.connectors.google.youtube.video_resource import (
    changed_resource,
    link_of,
    publish_time,
    video_resource,
)
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Cap,
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Scheduled,
    Settled,
)
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

AUTH = "https://www.googleapis.com/auth"
UPLOAD_SCOPE = f"{AUTH}/youtube.upload"
WIDER_SCOPES = (f"{AUTH}/youtube", f"{AUTH}/youtube.force-ssl")
LOOK, UPDATE, REMOVE = "publish.look", "publish.update", "publish.remove"

MOST_SESSIONS = 2
PERMANENT_FROM = 500
RESUMABLE = (500, 502, 503, 504)
"""Statuses after which a session goes on; another one of the server ends it."""
LONG_SECONDS = 900.0
"""Longer videos need a verified channel."""
INCOMPLETE = "incomplete"
LOOKS = (30.0, 90.0, 180.0, 600.0, 2700.0, 18_000.0, 64_800.0)
"""Seconds from one look at the processing to the next: a day in all."""
LATE_SECONDS = 3600.0
"""How long after its time a scheduled video may still be private."""

LOCKED_PRIVATE = (
    "YouTube keeps the video private: the Google project has not passed the API audit, or the "
    "channel may not publish."
)
TOO_LONG = "The channel is not verified for videos of more than 15 minutes."
STILL_PRIVATE = "The time of the schedule has passed and the video is still private."


class YouTubePublisher(Publisher):
    scopes: ClassVar[tuple[str, ...]] = (UPLOAD_SCOPE,)
    schedules = True
    updates = True
    removes = True
    settle_seconds = 3600.0

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns the scope for uploads, unless a wider one holds it."""
        wider = any(scope in account_scopes for scope in WIDER_SCOPES)
        return () if wider else super().missing_scopes(app, account_scopes)

    def caps_for(self, app: App) -> Sequence[Cap]:
        """Returns the bucket of uploads, which is the Google project's.

        https://developers.google.com/youtube/v3/determine_quota_cost
        """
        return [Cap(app.option("uploads_per_day", 100), DAY, "app", str(PACIFIC))]

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        file = _video(job)
        if "session" not in job.state:
            await _check_length(client, tokens, file)
            reply = await self._start(client, tokens, job)
        else:
            reply = await ask_session(client, tokens, job.state["session"], file.size)
        while reply.video is None and (reply.gone or file.size - reply.offset > PART_SIZE):
            if reply.gone:
                reply = await self._start(client, tokens, job)
                continue
            if reply.wait is not None:
                return Later(reply.wait, "uploading")
            before, reply = reply.offset, await self._send(client, tokens, job, reply.offset)
            if not reply.gone and reply.video is None and reply.offset <= before:
                return Later(10.0, "uploading")
        await job.progress.keep(offset=reply.offset, video=reply.video)
        return Ready()

    async def _start(self, client: PlatformClient, tokens: Tokens, job: Job) -> SessionReply:
        """Start a session; a second one if the first has ended, then the whole attempt again."""
        begun = job.state.get("sessions", 0)
        if begun >= MOST_SESSIONS:
            raise PublicationRefused(
                errors.PLATFORM_CALL_FAILED, "The upload session has ended.", final=False
            )
        resource = video_resource(job)
        notify = "true" if job.option.get("notifySubscribers") else "false"
        session = await start_session(
            client, tokens, _video(job), resource, {"notifySubscribers": notify}, _filename(job)
        )
        await job.progress.keep(
            session=session, sessions=begun + 1, started_at=job.now, sent=resource
        )
        return SessionReply()

    async def _send(
        self, client: PlatformClient, tokens: Tokens, job: Job, offset: int
    ) -> SessionReply:
        try:
            return await send_part(client, tokens, job.state["session"], _video(job), offset)
        except PlatformFailure as failure:
            status = failure.http_status or 0
            if status < PERMANENT_FROM or status in RESUMABLE:
                raise
            return SessionReply(gone=True)

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Sends the last part: with its last byte the video is there."""
        video = job.state.get("video")
        if video is None:
            session, file, offset = job.state["session"], _video(job), job.state["offset"]
            reply = await send_part(client, tokens, session, file, offset)
            video = reply.video
            if video is None:
                code = None if reply.gone else INCOMPLETE
                reading = Failure(FailureKind.UNAVAILABLE, code=code, retry_after=reply.wait)
                status = 404 if reply.gone else 308
                raise PlatformFailure(client.platform, PART, reading, http_status=status)
        return await self._outcome(job, video)

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        """A session that asks for more bytes has made nothing."""
        return failure.doubtful and failure.reading.code != INCOMPLETE

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Asks the session, which repeats its answer; only if it is gone, looks at the uploads."""
        reply = await ask_session(client, tokens, job.state["session"], _video(job).size)
        if reply.video is not None:
            return await self._outcome(job, reply.video)
        if not reply.gone:
            return NotPublished()
        found = await find_upload(client, account, tokens, job, _video(job).size, _filename(job))
        return await self._outcome(job, found) if isinstance(found, dict) else found

    async def _outcome(self, job: Job, video: Mapping[str, Any]) -> Outcome:
        known = {
            "id": video["id"],
            "channel": dig(video, "snippet", "channelId"),
            "privacy": dig(video, "status", "privacyStatus"),
        }
        await job.progress.keep(made=known)
        at = moment(publish_time(job))
        if at is None or at <= job.now:
            return _published(job, known["id"], known["privacy"])
        # The thumbnail has to be there before the video is public.
        return Accepted(1.0) if job.cover else Scheduled(at, known["id"], link_of(known["id"]))

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Sets the thumbnail of a video that YouTube is to make public later."""
        video_id, at = job.state["made"]["id"], moment(publish_time(job))
        wait = await put_thumbnail(client, tokens, job, video_id)
        if wait is not None:
            return wait
        return Scheduled(at or job.now, video_id, link_of(video_id))

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        video_id = job.state["made"]["id"]
        video = await _look(client, tokens, video_id)
        if video is None:
            raise PublicationRefused(errors.WORK_NOT_FOUND, "deleted", platform_code="deleted")
        _refuse_rejected(video)
        privacy, at = dig(video, "status", "privacyStatus"), moment(publish_time(job)) or 0.0
        if privacy != "private":
            warnings = _thumbnail_warnings(job)
            return replace(_published(job, video_id, privacy), warnings=warnings)
        if job.now < at + LATE_SECONDS:
            return Later(max(at - job.now, 60.0))
        return replace(_published(job, video_id, privacy), warnings=(STILL_PRIVATE,))

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Sets the thumbnail, and follows the processing, which may end with a rejection."""
        wait = await put_thumbnail(client, tokens, job, work_id)
        if wait is not None:
            return wait
        made, warnings = job.state.get("made") or {}, _thumbnail_warnings(job)
        _refuse_other_channel(account, made)
        try:
            video = await _look(client, tokens, work_id)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.PERMISSION:
                raise
            missing = {"verification": "scope_missing"}
            return Published(work_id, link_of(work_id), link_meta=missing, warnings=warnings)
        if video is not None:
            _refuse_rejected(video)
        looks = job.state.get("looks", 0)
        if looks < len(LOOKS) and dig(video, "status", "uploadStatus") != "processed":
            await job.progress.keep(looks=looks + 1)
            return Later(LOOKS[looks])
        found = _published(job, work_id, dig(video, "status", "privacyStatus"))
        told = _published(job, work_id, made.get("privacy")).warnings
        new = tuple(text for text in found.warnings if text not in told)
        return replace(found, warnings=(*warnings, *new))

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        current = await _look(client, tokens, work.work_id)
        if current is None:
            raise PublicationRefused(errors.WORK_NOT_FOUND)
        wanted = video_resource(job)
        changed = changed_resource(current, job.state.get("sent") or {}, wanted, job.now)
        if changed:
            current = await REFUSALS.call(
                client,
                "PUT",
                f"{API}/videos",
                operation=UPDATE,
                params={"part": ",".join(changed)},
                headers=bearer(tokens),
                json_body={"id": work.work_id, **changed},
                idempotent=True,
            )
        await job.progress.keep(sent=wanted)
        if job.content.cover is not None and job.content.cover.url != job.state.get("cover"):
            await job.progress.keep(cover=None)
            await put_thumbnail(client, tokens, job, work.work_id, once=True)
        privacy = dig(current, "status", "privacyStatus")
        return replace(_published(job, work.work_id, privacy), warnings=_thumbnail_warnings(job))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        await client.call(
            "DELETE",
            f"{API}/videos",
            operation=REMOVE,
            params={"id": work.work_id},
            headers=bearer(tokens),
            idempotent=True,
            silent=True,
        )


def _video(job: Job) -> MediaFile:
    if job.video is None:
        raise PublicationRefused(errors.MEDIA_UNSUPPORTED, "YouTube takes one video.")
    return job.video


def _filename(job: Job) -> str:
    """The name by which an upload is recognized in the list of uploads."""
    return f"oc-{job.id}.mp4"


def _published(job: Job, video_id: str, privacy: str | None) -> Published:
    """The outcome, with a warning where YouTube made the video private against our wish."""
    wanted = video_resource(job)["status"]["privacyStatus"]
    locked = privacy == "private" and wanted != "private"
    meta: dict[str, Any] = {} if privacy in (None, "public") else {"privacyStatus": privacy}
    if locked:
        meta["lockedPrivate"] = True
    warnings = (LOCKED_PRIVATE,) if locked else ()
    return Published(video_id, link_of(video_id), link_meta=meta, warnings=warnings)


def _thumbnail_warnings(job: Job) -> tuple[str, ...]:
    return (NO_THUMBNAIL,) if job.state.get("cover_failed") else ()


async def _check_length(client: PlatformClient, tokens: Tokens, file: MediaFile) -> None:
    """Refuse a long video of a channel that is not verified, before a byte is sent."""
    if (file.duration or 0.0) <= LONG_SECONDS:
        return
    try:
        answer = await client.get(
            f"{API}/channels",
            operation="publish.channel",
            params={"part": "status", "mine": "true"},
            headers=bearer(tokens),
        )
    except PlatformFailure as failure:
        if failure.kind is FailureKind.PERMISSION:
            return
        raise
    if dig(answer, "items", 0, "status", "longUploadsStatus") in ("disallowed", "eligible"):
        raise PublicationRefused(errors.MEDIA_UNSUPPORTED, TOO_LONG, platform_code="length")


async def _look(client: PlatformClient, tokens: Tokens, video_id: str) -> dict[str, Any] | None:
    """A video with its state of processing; None while YouTube does not show it."""
    answer = await client.get(
        f"{API}/videos",
        operation=LOOK,
        params={"part": "snippet,status,processingDetails", "id": video_id},
        headers=bearer(tokens),
    )
    found = dig(answer, "items", 0)
    return found if isinstance(found, dict) else None


def _refuse_rejected(video: Mapping[str, Any]) -> None:
    """Raise PublicationRefused if the processing has ended with a failure or a rejection."""
    status = dig(video, "status", "uploadStatus")
    if status == "failed":
        reason = text(dig(video, "status", "failureReason")) or status
        raise PublicationRefused(errors.MEDIA_PROCESSING_FAILED, reason, platform_code=reason)
    if status in ("rejected", "deleted"):
        reason = text(dig(video, "status", "rejectionReason")) or status
        said = TOO_LONG if reason == "length" else reason
        raise PublicationRefused(errors.PUBLISH_PLATFORM_STATUS_FAILED, said, platform_code=reason)


def _refuse_other_channel(account: Account, made: Mapping[str, Any]) -> None:
    """Raise PublicationRefused if the video has come to another channel of the same person."""
    channel = made.get("channel")
    if channel is not None and channel != (account.secondary or account.uid):
        raise PublicationRefused(
            errors.PLATFORM_RESPONSE_INVALID,
            f"The video was uploaded to another channel, {channel}.",
            platform_code="another_channel",
        )
