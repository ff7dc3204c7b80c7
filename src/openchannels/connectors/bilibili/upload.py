"""Bilibili: sending the files of a video. Nothing of it is visible before the video is submitted.

https://open.bilibili.com/doc
"""

from typing import Any

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.bilibili.api import API
from openchannels.core import errors
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.platform_client import PlatformClient

BYTES = "https://openupos.bilivideo.com/video/v2"
UPLOAD = "publish.upload"
MIB = 1024 * 1024
MOST_AT_ONCE = 16 * MIB
"""A larger file goes in parts: a cut then costs a part only. The platform's own limit is 100 MB."""
PART_SIZE, SMALLEST_PART, MOST_PARTS = 8 * MIB, MIB, 512
TOKEN_SECONDS = 86_400.0
"""How long an upload token is used; the platform does not say how long it lives."""
MOST_TOKENS = 3
TOKEN_REFUSED = "127022"
LOST_FILE = ("4000", "123006")
"""Codes of `complete` when parts are missing."""
TOO_LARGE = 413
HOURS = 7200.0

BROKEN_VIDEO = Refusal(errors.MEDIA_PROCESSING_FAILED)
CLOSED = Refusal(errors.PLATFORM_UNAVAILABLE, final=False, retry_after=HOURS)
REFUSALS = RefusalTable(
    message="message",
    codes={
        "123006": BROKEN_VIDEO,
        "123038": Refusal(errors.MEDIA_UNSUPPORTED),
        # The account's own limits: a day's five videos, the total, and the level.
        **dict.fromkeys(("123036", "123029", "123037"), Refusal(errors.PLATFORM_RATE_LIMITED)),
        # The person has to confirm something in the platform's own app.
        **dict.fromkeys(
            ("123042", "123050", "123051"), Refusal(errors.PUBLISH_PLATFORM_STATUS_FAILED)
        ),
        **dict.fromkeys(("123023", "123044"), CLOSED),
    },
)


class StartOver(Exception):
    """An upload token, or what was sent under it, is lost: the file is sent again."""

    def __init__(self, cause: Exception, part_size: int | None = None) -> None:
        self.cause = cause
        self.part_size = part_size
        super().__init__(str(cause))


def code_of(error: Exception) -> str | None:
    """Returns the platform's code of a failure or refusal."""
    if isinstance(error, PublicationRefused):
        return error.platform_code
    return error.reading.code if isinstance(error, PlatformFailure) else None


async def send_video(client: PlatformClient, job: Job, file: MediaFile) -> None:
    """Sends what the platform does not have yet of the file; keeps the token and the position.

    Raises StartOver where the bytes have to be sent again under another token.
    """
    if job.now - job.state.get("token_at", 0.0) > TOKEN_SECONDS:
        await _begin(client, job, file)
    try:
        if job.state["in_parts"]:
            await _send_parts(client, job, file)
        elif not job.state.get("sent"):
            await _send(client, job, "upload", await file.read(0, file.size))
            await job.progress.keep(sent=True)
    except (PlatformFailure, PublicationRefused) as error:
        if code_of(error) == TOKEN_REFUSED:
            raise StartOver(error) from error
        if isinstance(error, PlatformFailure) and error.http_status == TOO_LARGE:
            raise StartOver(error, job.state.get("part_size", PART_SIZE) // 2) from error
        raise


async def _begin(client: PlatformClient, job: Job, file: MediaFile) -> None:
    in_parts = file.size > MOST_AT_ONCE or job.state.get("part_size", PART_SIZE) < PART_SIZE
    extension = "flv" if file.mime_type.endswith("flv") else "mp4"
    answer = await REFUSALS.call(
        client,
        "POST",
        f"{API}/archive/video/init",
        operation="publish.start",
        idempotent=True,
        json_body={"name": f"{job.id}.{extension}", "utype": "0" if in_parts else "1"},
    )
    token = text_at(client, "publish.start", answer, "data.upload_token")
    await job.progress.keep(
        token=token,
        token_at=job.now,
        tokens=job.state.get("tokens", 0) + 1,
        in_parts=in_parts,
        parts=0,
        sent=None,
    )


async def forget(job: Job, lost: StartOver) -> None:
    """Forgets an upload whose bytes are lost. Raises the cause after the last token allowed."""
    if job.state.get("tokens", 0) >= MOST_TOKENS:
        raise lost.cause
    size = lost.part_size
    if size is not None and (
        size < SMALLEST_PART or job.video is None or job.video.size > size * MOST_PARTS
    ):
        raise lost.cause
    kept = {} if size is None else {"part_size": size}
    await job.progress.keep(token=None, token_at=None, parts=None, sent=None, **kept)


async def _send_parts(client: PlatformClient, job: Job, file: MediaFile) -> None:
    """Sends the parts in their order; all have the same size, but for the last."""
    if job.state.get("sent"):
        return
    size = job.state.get("part_size", PART_SIZE)
    number = job.state["parts"]
    while number * size < file.size:
        part = await file.read(number * size, size)
        number += 1
        await _send(client, job, "part/upload", part, part_number=number)
        await job.progress.keep(parts=number)
    try:
        await REFUSALS.call(
            client,
            "POST",
            f"{API}/archive/video/complete",
            operation="publish.complete",
            idempotent=True,
            params={"upload_token": job.state["token"]},
        )
    except (PlatformFailure, PublicationRefused) as error:
        if code_of(error) in LOST_FILE:
            raise StartOver(error) from error
        raise
    await job.progress.keep(sent=True)


async def _send(client: PlatformClient, job: Job, path: str, data: bytes, **params: Any) -> None:
    await REFUSALS.call(
        client,
        "POST",
        f"{BYTES}/{path}",
        operation=UPLOAD,
        idempotent=True,
        upload=True,
        params={"upload_token": job.state["token"], **params},
        headers={"Content-Type": "application/octet-stream"},
        body=data,
    )


async def send_cover(client: PlatformClient, file: MediaFile) -> str:
    """Returns the address that the platform gives a cover, which is used as it is."""
    extension = "png" if file.mime_type == "image/png" else "jpg"
    data = await file.read(0, file.size)
    answer = await REFUSALS.call(
        client,
        "POST",
        f"{API}/archive/cover/upload",
        operation="publish.cover",
        idempotent=True,
        upload=True,
        **multipart({"file": FilePart(data, f"cover.{extension}", file.mime_type)}),
    )
    return text_at(client, "publish.cover", answer, "data.url")
