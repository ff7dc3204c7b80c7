"""YouTube: resumable uploads, of which only the last byte makes a video.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openchannels.connectors.base.parse import dig, https_host, text
from openchannels.connectors.base.publisher import MediaFile
from openchannels.connectors.base.refusals import ANY_CONTENT, Refusal, RefusalTable
from openchannels.connectors.google.youtube.reports import PACIFIC
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publishing import MIB
from openchannels.transport.answers import body_of, retry_after
from openchannels.transport.client import Answer, Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

UPLOAD_HOST = "www.googleapis.com"
UPLOAD = f"https://{UPLOAD_HOST}/upload/youtube/v3"
PART_SIZE = 16 * MIB
"""Bytes of each part but the last: a multiple of 256 KiB."""
START, PART, ASK = "publish.start", "publish.part", "publish.ask"
DAY = 86_400.0
QUOTA_CODES = ("quotaExceeded", "dailyLimitExceeded")

# https://developers.google.com/youtube/v3/docs/errors
REFUSALS = RefusalTable(
    message="error.message",
    codes={
        **dict.fromkeys(
            ("forbiddenPrivacySetting", "forbiddenLicenseSetting", "forbiddenEmbedSetting"),
            ANY_CONTENT,
        ),
        # The channel's own limit, of a size that is not told.
        "uploadLimitExceeded": Refusal(errors.PLATFORM_RATE_LIMITED, final=False, retry_after=DAY),
    },
)


@dataclass(frozen=True, slots=True)
class SessionReply:
    """What a session answers: the bytes that it has, or the video that it made, or that it is gone.

    `wait` is in seconds.
    """

    offset: int = 0
    video: Mapping[str, Any] | None = None
    gone: bool = False
    wait: float | None = None


async def start_session(
    client: PlatformClient,
    tokens: Tokens,
    file: MediaFile,
    resource: Mapping[str, Any],
    params: Params,
    filename: str,
) -> str:
    """Starts a session and returns its address, which is as good as a right to upload."""
    parts = ",".join(resource)
    try:
        answer = await REFUSALS.exchange(
            client,
            "POST",
            f"{UPLOAD}/videos",
            operation=START,
            classify=lambda answer: _apart_from_the_pool(client.classify(answer)),
            params={"uploadType": "resumable", "part": parts, **params},
            headers={
                **bearer(tokens),
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Length": str(file.size),
                "X-Upload-Content-Type": file.mime_type,
                "Slug": filename,
            },
            json_body=resource,
        )
    except PlatformFailure as failure:
        if failure.reading.code in QUOTA_CODES:
            spent = Failure(FailureKind.QUOTA, failure.reading.code, bucket="app", day=PACIFIC)
            raise failure.with_reading(spent.dated(client.clock())) from failure
        raise
    address = answer.headers.get("location", "")
    if https_host(address) != UPLOAD_HOST:
        raise client.malformed(START, answer.status)
    return address


def _apart_from_the_pool(reading: Failure | None) -> Failure | None:
    """Uploads have a bucket of their own: that it is empty keeps no other call from being made."""
    if reading is None or reading.code not in QUOTA_CODES:
        return reading
    return replace(reading, kind=FailureKind.UNAVAILABLE, retry_after=1.0, day=None)


@dataclass(frozen=True, slots=True)
class UploadSession:
    """A session that was started, by its address."""

    client: PlatformClient
    tokens: Tokens
    address: str

    async def send_part(self, file: MediaFile, first: int) -> SessionReply:
        """Sends the next part of a file, from an offset."""
        data = await file.read(first, PART_SIZE)
        headers = {
            "Content-Type": file.mime_type,
            "Content-Range": f"bytes {first}-{first + len(data) - 1}/{file.size}",
        }
        return await self._put(PART, headers, data, upload=True)

    async def ask(self, size: int) -> SessionReply:
        """Returns what the session has; the answer to its last byte is given again."""
        return await self._put(ASK, {"Content-Range": f"bytes */{size}"}, b"", idempotent=True)

    async def _put(
        self, operation: str, headers: Mapping[str, str], data: bytes, **parts: Any
    ) -> SessionReply:
        answer = await REFUSALS.exchange(
            self.client,
            "PUT",
            self.address,
            operation=operation,
            classify=self._classify,
            headers={**bearer(self.tokens), **headers},
            body=data,
            **parts,
        )
        if answer.status in (404, 410):
            return SessionReply(gone=True)
        if answer.status == 308:
            return SessionReply(offset=_received(answer), wait=retry_after(answer))
        video = body_of(answer)
        made = text(dig(video, "id"))
        if made is None:
            raise self.client.malformed(operation, answer.status)
        return SessionReply(video={**video, "id": made})

    def _classify(self, answer: Answer) -> Failure | None:
        return None if answer.status in (308, 404, 410) else self.client.classify(answer)


def _received(answer: Answer) -> int:
    """The bytes that are safe: `bytes=0-N`; none without the header."""
    found = re.fullmatch(r"bytes=0-(\d{1,15})", answer.headers.get("range", ""))
    return int(found[1]) + 1 if found else 0
