"""Uploads of whole videos to `rupload.facebook.com`, whose errors have a form of their own.

https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

from dataclasses import replace

from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.publisher import MediaFile
from openchannels.connectors.base.streaming import streamed
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

HOST = "https://rupload.facebook.com/"
WRONG_OFFSET = "OffsetInvalidError"


def refine_upload(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure, which passes where the answer says `retriable`."""
    if reading is None or reading.kind is not FailureKind.INVALID:
        return reading
    passes = dig(body_of(answer), "debug_info", "retriable") is True
    return replace(reading, kind=FailureKind.UNAVAILABLE) if passes else reading


FAILURES = FailureTable(
    code="debug_info.type",
    message="debug_info.message",
    code_decides=True,
    codes={
        "NotAuthorizedError": FailureKind.TOKEN_EXPIRED,
        "PartialRequestError": FailureKind.UNAVAILABLE,
        WRONG_OFFSET: FailureKind.INVALID,
    },
    refine=refine_upload,
)


async def upload(
    client: PlatformClient, tokens: Tokens, address: str, file: MediaFile, offset: int = 0
) -> None:
    """Sends a file from an offset on, a part in memory at a time.

    Raises PlatformFailure, and INVALID for a file that this upload will not take.
    """
    if not address.startswith(HOST):
        raise client.malformed("publish.upload")
    headers = {
        "Authorization": f"OAuth {tokens.access_token}",
        "offset": str(offset),
        "file_size": str(file.size),
        "Content-Type": "application/octet-stream",
    }
    await client.call(
        "POST",
        address,
        operation="publish.upload",
        classify=FAILURES.classify,
        **streamed(file, offset, file.size, headers),
    )
