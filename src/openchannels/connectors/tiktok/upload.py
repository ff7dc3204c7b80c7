"""TikTok: uploading a video in chunks, of which the last one publishes.

https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from openchannels.connectors.base.parse import https_host
from openchannels.connectors.base.publisher import MediaFile
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.streaming import streamed
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.chunks import (
    ALL_TAKEN,
    WRONG_RANGE,
    ChunkPlan,
    classify_upload,
    taken_bytes,
)
from openchannels.connectors.tiktok.publish_failures import failed
from openchannels.connectors.tiktok.publish_init import INIT, begin, video_call
from openchannels.connectors.tiktok.publish_status import FAILED, fetch_state
from openchannels.core import errors
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import PublicationRefused

UPLOAD = "publish.upload"
UPLOAD_HOSTS = ".tiktokapis.com"


async def open_upload(turn: Turn, video: MediaFile) -> None:
    """Announces a video; keeps its `publish_id` and the `upload_url` of its bytes."""
    answer = await begin(turn, video_call(turn.job, ChunkPlan(video.size).source_info()))
    address = text_at(turn.client, INIT, answer, "data.upload_url")
    if not https_host(address).endswith(UPLOAD_HOSTS):
        raise turn.client.malformed(INIT)
    publish_id = text_at(turn.client, INIT, answer, "data.publish_id")
    await turn.job.progress.keep(publish_id=publish_id, upload_url=address)
    await turn.job.progress.add_key(publish_id)


async def send_chunks(turn: Turn, video: MediaFile) -> None:
    """Sends all chunks but the last one; keeps its `position`. Goes on where TikTok says."""
    plan, position = ChunkPlan(video.size), await _position(turn)
    while position < plan.last_start:
        await turn.job.progress.keep(begun=True)
        taken = await _put(turn, video, position)
        if taken <= position:
            # Asked again, TikTok says where to go on.
            reading = Failure(FailureKind.UNAVAILABLE, code=str(WRONG_RANGE))
            raise PlatformFailure(turn.client.platform, UPLOAD, reading)
        position = taken
    await turn.job.progress.keep(position=position)


async def send_last_chunk(turn: Turn, video: MediaFile) -> None:
    """Sends the chunk that publishes. Raises PlatformFailure, INVALID, if bytes are missing then.

    That failure is passing: nothing is posted, and `send_chunks` goes on where the bytes are.
    """
    position = turn.job.state["position"]
    if position < video.size and await _put(turn, video, position) < video.size:
        reading = Failure(FailureKind.INVALID, code=str(WRONG_RANGE), passing=True)
        raise PlatformFailure(turn.client.platform, UPLOAD, reading)


async def _position(turn: Turn) -> int:
    """Returns how many bytes TikTok has."""
    if not turn.job.state.get("begun"):
        return 0
    found = await fetch_state(turn)
    if found.status == FAILED:
        raise failed(found.reason)
    return found.uploaded


async def _put(turn: Turn, video: MediaFile, position: int) -> int:
    """Sends the chunk at a position; returns how many bytes TikTok has then."""
    end = ChunkPlan(video.size).end(position)
    headers = {
        "Content-Type": video.mime_type,
        "Content-Range": f"bytes {position}-{end - 1}/{video.size}",
    }
    try:
        answer = await turn.client.exchange(
            "PUT",
            turn.job.state["upload_url"],
            operation=UPLOAD,
            classify=classify_upload,
            **streamed(video, position, end, headers),
        )
    except PlatformFailure as failure:
        if failure.kind is FailureKind.NOT_FOUND:
            # The address has ended; without its last byte the video is not posted.
            raise PublicationRefused(
                errors.MEDIA_PROCESSING_FAILED,
                platform_code=failure.reading.code,
                final=False,
            ) from failure
        raise
    if answer.status == ALL_TAKEN:
        return video.size
    taken = taken_bytes(answer)
    if taken is None and answer.status == WRONG_RANGE:
        return (await fetch_state(turn)).uploaded
    return end if taken is None else taken
