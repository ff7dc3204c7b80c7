"""YouTube: the custom thumbnail of a video, without which a publication is good as well.

https://developers.google.com/youtube/v3/docs/thumbnails/set
"""

from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.google.youtube.upload_session import UPLOAD
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import Later
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

THUMBNAIL = "publish.thumbnail"
NO_THUMBNAIL = "YouTube did not take the thumbnail."
TRIES = 3
PASSING = (FailureKind.UNAVAILABLE, FailureKind.NOT_FOUND, FailureKind.MALFORMED)
"""A video may be unknown for some seconds after its upload."""


async def put_thumbnail(
    client: PlatformClient, tokens: Tokens, job: Job, video_id: str, *, once: bool = False
) -> Later | None:
    """Sets the cover as thumbnail, unless it was; returns when to try again.

    Keeps `cover` once it is decided, and `cover_failed` if YouTube does not take it. Raises
    PlatformFailure for a token that has expired only.
    """
    if job.cover is None or job.content.cover is None or "cover" in job.state:
        return None
    address, tries = job.content.cover.url, job.state.get("cover_tries", 0) + 1
    try:
        await _set(client, tokens, job.cover, video_id)
    except PlatformFailure as failure:
        if failure.kind is FailureKind.TOKEN_EXPIRED:
            raise
        if not once and failure.kind in PASSING and tries <= TRIES:
            await job.progress.keep(cover_tries=tries)
            return Later(10.0, "thumbnail")
        await job.progress.keep(cover=address, cover_failed=True, cover_tries=None)
        return None
    await job.progress.keep(cover=address, cover_failed=None, cover_tries=None)
    return None


async def _set(client: PlatformClient, tokens: Tokens, cover: MediaFile, video_id: str) -> None:
    await client.call(
        "POST",
        f"{UPLOAD}/thumbnails/set",
        operation=THUMBNAIL,
        params={"videoId": video_id, "uploadType": "media"},
        headers={**bearer(tokens), "Content-Type": cover.mime_type},
        body=await cover.read(0, cover.size),
        upload=True,
        idempotent=True,
    )
