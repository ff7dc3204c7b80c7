"""YouTube: uploading a video in parts, of which all but the last are sent ahead.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.google.youtube.upload_session import (
    PART,
    PART_SIZE,
    SessionReply,
    UploadSession,
    start_session,
)
from openchannels.connectors.google.youtube.video_refusals import check_length
from openchannels.connectors.google.youtube.video_resource import video_resource
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import Later, PublicationRefused, Ready
from openchannels.transport.platform_client import PlatformClient

MOST_SESSIONS = 2
PERMANENT_FROM = 500
RESUMABLE = (500, 502, 503, 504)
"""Statuses after which a session goes on; another one of the server ends it."""
INCOMPLETE = "incomplete"


async def upload_ahead(client: PlatformClient, tokens: Tokens, job: Job) -> Ready | Later:
    """Sends all parts but the last one; keeps its `offset`, or the `video` that is there already.

    Raises PublicationRefused without a video, for one that is too long, and if the second
    session has ended too.
    """
    file = video_of(job)
    if "session" not in job.state:
        await check_length(client, tokens, file)
        reply = await _start(client, tokens, job)
    else:
        reply = await _session(client, tokens, job).ask(file.size)
    while reply.video is None and (reply.gone or file.size - reply.offset > PART_SIZE):
        if reply.gone:
            reply = await _start(client, tokens, job)
            continue
        if reply.wait is not None:
            return Later(reply.wait, "uploading")
        before, reply = reply.offset, await _send(client, tokens, job, reply.offset)
        if not reply.gone and reply.video is None and reply.offset <= before:
            return Later(10.0, "uploading")
    await job.progress.keep(offset=reply.offset, video=reply.video)
    return Ready()


async def send_last_part(client: PlatformClient, tokens: Tokens, job: Job) -> Mapping[str, Any]:
    """Returns the video that the last part makes, or one that was there before it.

    Raises PlatformFailure if the session is gone, or asks for more: then its code is INCOMPLETE.
    """
    made: Mapping[str, Any] | None = job.state.get("video")
    if made is not None:
        return made
    reply = await _session(client, tokens, job).send_part(video_of(job), job.state["offset"])
    if reply.video is None:
        code = None if reply.gone else INCOMPLETE
        reading = Failure(FailureKind.UNAVAILABLE, code=code, retry_after=reply.wait)
        status = 404 if reply.gone else 308
        raise PlatformFailure(client.platform, PART, reading, http_status=status)
    return reply.video


async def _start(client: PlatformClient, tokens: Tokens, job: Job) -> SessionReply:
    """Starts a session; a second one if the first has ended, then the whole attempt again."""
    begun = job.state.get("sessions", 0)
    if begun >= MOST_SESSIONS:
        raise PublicationRefused(
            errors.PLATFORM_CALL_FAILED, "The upload session has ended.", final=False
        )
    resource = video_resource(job)
    notify = "true" if job.option.get("notifySubscribers") else "false"
    session = await start_session(
        client, tokens, video_of(job), resource, {"notifySubscribers": notify}, filename_of(job)
    )
    await job.progress.keep(session=session, sessions=begun + 1, started_at=job.now, sent=resource)
    return SessionReply()


def _session(client: PlatformClient, tokens: Tokens, job: Job) -> UploadSession:
    return UploadSession(client, tokens, job.state["session"])


async def _send(client: PlatformClient, tokens: Tokens, job: Job, offset: int) -> SessionReply:
    try:
        return await _session(client, tokens, job).send_part(video_of(job), offset)
    except PlatformFailure as failure:
        status = failure.http_status or 0
        if status < PERMANENT_FROM or status in RESUMABLE:
            raise
        return SessionReply(gone=True)


def video_of(job: Job) -> MediaFile:
    """Returns the file to upload. Raises PublicationRefused without a video."""
    if job.video is None:
        raise PublicationRefused(errors.MEDIA_UNSUPPORTED, "YouTube takes one video.")
    return job.video


def filename_of(job: Job) -> str:
    """Returns the name by which an upload is recognized in the list of uploads."""
    return f"oc-{job.id}.mp4"
