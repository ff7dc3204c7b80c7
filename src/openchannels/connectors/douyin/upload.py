"""Douyin: sending the files of a work that the service itself publishes."""

from typing import Any

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.douyin.api import API, token_header
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import Later, PublicationRefused
from openchannels.transport.platform_client import PlatformClient

UPLOAD = "publish.upload"
MIB = 1024 * 1024
MOST_AT_ONCE = 50 * MIB
PART_SIZE, SMALLEST_PART = 20 * MIB, 5 * MIB
MOST_UPLOADS = 3
TOO_LARGE = "2190005"
REFUSALS = RefusalTable(
    message="data.description|extra.description|err_msg",
    codes={
        # The number of works that this app may publish for a person a day.
        "2114007": Refusal(errors.PLATFORM_RATE_LIMITED),
        "2114006": Refusal(errors.MEDIA_UNSUPPORTED),
        "2190007": Refusal(errors.MEDIA_PROCESSING_FAILED, final=False, retry_after=5.0),
        "2100007": Refusal(errors.PERMISSION_MISSING),
        "2100009": Refusal(errors.PERMISSION_MISSING),
    },
)


async def post(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    path: str,
    operation: str,
    **parts: Any,
) -> Any:
    """Calls a path of videos for an account; returns the answer's JSON."""
    params = {"open_id": account.uid, **parts.pop("params", {})}
    headers = {**token_header(tokens.access_token), **parts.pop("headers", {})}
    return await REFUSALS.call(
        client,
        "POST",
        f"{API}/api/douyin/v1/video/{path}/",
        operation=operation,
        params=params,
        headers=headers,
        **parts,
    )


async def send_image(
    client: PlatformClient, account: Account, tokens: Tokens, file: MediaFile
) -> str:
    """Returns Douyin's id of a picture."""
    form = await _form("image", file, 0, file.size)
    answer = await post(
        client, account, tokens, "upload_image", UPLOAD, idempotent=True, upload=True, **form
    )
    return text_at(client, UPLOAD, answer, "data.image.image_id")


async def send_video(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job, file: MediaFile
) -> Later | None:
    """Sends a video and keeps Douyin's id of the file; returns when to go on, None once it is done.

    An upload that Douyin does not know any more is begun again: nothing tells which parts arrived.
    """
    if "file_id" in job.state:
        return None
    in_parts = file.size > MOST_AT_ONCE or bool(job.state.get("in_parts"))
    try:
        if in_parts:
            file_id = await _send_parts(client, account, tokens, job, file)
        else:
            file_id = await _send_whole(client, account, tokens, file)
    except (PlatformFailure, PublicationRefused) as error:
        return await _failed(job, error, in_parts=in_parts)
    await job.progress.keep(file_id=file_id)
    return None


async def _failed(
    job: Job, error: PlatformFailure | PublicationRefused, *, in_parts: bool
) -> Later:
    refused = isinstance(error, PublicationRefused)
    code = error.platform_code if isinstance(error, PublicationRefused) else error.reading.code
    too_large = isinstance(error, PlatformFailure) and error.http_status in (413, 502)
    if not in_parts and (code == TOO_LARGE or too_large):
        await job.progress.keep(in_parts=True)
        return Later(1.0, "uploading")
    lost = refused or (isinstance(error, PlatformFailure) and error.kind is FailureKind.NOT_FOUND)
    begun = job.state.get("uploads", 0)
    if not lost or not job.state.get("upload_id") or begun >= MOST_UPLOADS or code in ("2114006",):
        raise error
    await job.progress.keep(upload_id=None, parts=None)
    return Later(5.0, "uploading")


async def _send_whole(
    client: PlatformClient, account: Account, tokens: Tokens, file: MediaFile
) -> str:
    form = await _form("video", file, 0, file.size)
    answer = await post(
        client, account, tokens, "upload_video", UPLOAD, idempotent=True, upload=True, **form
    )
    return text_at(client, UPLOAD, answer, "data.video.video_id")


async def _send_parts(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job, file: MediaFile
) -> str:
    if "upload_id" not in job.state:
        answer = await post(
            client,
            account,
            tokens,
            "init_video_part_upload",
            UPLOAD,
            idempotent=True,
            json_body={},
        )
        upload_id = text_at(client, UPLOAD, answer, "data.upload_id")
        begun = job.state.get("uploads", 0) + 1
        await job.progress.keep(upload_id=upload_id, parts=0, uploads=begun)
    sizes = part_sizes(file.size)
    upload = {"upload_id": job.state["upload_id"]}
    for number in range(job.state["parts"], len(sizes)):
        form = await _form("video", file, sum(sizes[:number]), sizes[number])
        await post(
            client,
            account,
            tokens,
            "upload_video_part",
            UPLOAD,
            idempotent=True,
            upload=True,
            params={**upload, "part_number": number + 1},
            **form,
        )
        await job.progress.keep(parts=number + 1)
    answer = await post(
        client,
        account,
        tokens,
        "complete_video_part_upload",
        UPLOAD,
        idempotent=True,
        params=upload,
    )
    return text_at(client, UPLOAD, answer, "data.video.video_id")


def part_sizes(size: int) -> list[int]:
    """Returns the sizes of the parts; a last one that would be too small joins the one before."""
    whole, rest = divmod(size, PART_SIZE)
    sizes = [PART_SIZE] * whole
    if rest >= SMALLEST_PART or not sizes:
        return [*sizes, rest]
    sizes[-1] += rest
    return sizes


async def _form(name: str, file: MediaFile, start: int, length: int) -> dict[str, Any]:
    extension = file.mime_type.rpartition("/")[2].replace("quicktime", "mov")
    data = await file.read(start, length)
    return multipart({name: FilePart(data, f"{name}.{extension}", file.mime_type)})
