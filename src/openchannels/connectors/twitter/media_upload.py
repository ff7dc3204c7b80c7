"""X: uploads in segments, and the processing that follows. Nothing of it is visible.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.twitter.failures import MESSAGE
from openchannels.connectors.twitter.prices import (
    ALT_TEXT,
    APPEND,
    FINALIZE,
    INITIALIZE,
    STATUS,
)
from openchannels.connectors.twitter.works import API
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import Later, MediumKind, PublicationRefused
from openchannels.core.publishing import MIB
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

UPLOAD = f"{API}/media/upload"
SEGMENT = 4 * MIB
"""X takes up to 5 MB, and 1,000 segments."""
DAY = 86_400.0
MARGIN = 600.0
"""How long before its end an upload is no longer used."""
LONGEST_PROCESSING = 900.0
WAIT, SHORTEST, LONGEST = 5, 1, 60
SPENT = Refusal(errors.PLATFORM_RATE_LIMITED)
"""The operator's credits or cap are used up: until somebody acts, nothing changes."""
COMMON_WORDS: Mapping[str | tuple[int, str], Refusal] = {(402, ""): SPENT}
COMMON_CODES: Mapping[str, Refusal] = {"usage-capped": SPENT, "credits-depleted": SPENT}
REFUSALS = RefusalTable(
    message=MESSAGE,
    codes=COMMON_CODES,
    words=COMMON_WORDS,
    otherwise=Refusal(errors.MEDIA_UNSUPPORTED),
)
GONE = FailureKind.NOT_FOUND


class TwitterUpload:
    """The upload of one file of a publication; what is known of it is kept under its index."""

    def __init__(self, client: PlatformClient, tokens: Tokens, job: Job, index: int) -> None:
        self._client, self._headers, self._job = client, bearer(tokens), job
        self._index, self._file = index, job.media[index]

    @property
    def entry(self) -> Mapping[str, Any]:
        """What is kept: `id`, `key`, `ends_at`, `next` segment, `finalizing`, `since`, `ready`."""
        found: Mapping[str, Any] = self._job.state.get(f"media{self._index}") or {}
        return found

    async def advance(self) -> Later | None:
        """Goes on with the upload; returns None once the file can be used.

        Raises PublicationRefused for a file that X refuses or cannot process.
        """
        if self.entry.get("ends_at", self._job.now) < self._job.now + MARGIN:
            await self._initialize()
        if self.entry.get("ready"):
            return None
        try:
            return await self._finish()
        except PlatformFailure as failure:
            if failure.kind is not GONE:
                raise
            # X has forgotten the upload.
            await self._job.progress.keep(**{f"media{self._index}": None})
            return Later(SHORTEST, "uploading")

    async def _initialize(self) -> None:
        answer = await REFUSALS.call(
            self._client,
            "POST",
            f"{UPLOAD}/initialize",
            operation=INITIALIZE,
            headers=self._headers,
            json_body={
                "media_type": self._file.mime_type,
                "total_bytes": self._file.size,
                "media_category": category(self._file, len(self._job.media)),
            },
            idempotent=True,
        )
        lasts = count(dig(answer, "data", "expires_after_secs")) or DAY
        await self._keep(
            id=text_at(self._client, INITIALIZE, answer, "data.id"),
            key=text(dig(answer, "data", "media_key")),
            ends_at=self._job.now + lasts,
            next=0,
        )

    async def _finish(self) -> Later | None:
        if "since" in self.entry:
            return await self._read(await self._status())
        if self.entry.get("finalizing") and (told := await self._status_if_finalized()):
            return await self._read(told)
        await self._append()
        await self._keep(finalizing=True)
        return await self._read(await self._post("finalize", FINALIZE))

    async def _append(self) -> None:
        while (start := self.entry["next"] * SEGMENT) < self._file.size:
            data = await self._file.read(start, SEGMENT)
            form = multipart({"segment_index": self.entry["next"], "media": FilePart(data)})
            form["headers"] = {**self._headers, **form["headers"]}
            await self._post("append", APPEND, upload=True, **form)
            await self._keep(next=self.entry["next"] + 1)

    async def _post(self, step: str, operation: str, **parts: Any) -> Any:
        url = f"{UPLOAD}/{self.entry['id']}/{step}"
        given = {"headers": self._headers, "idempotent": True, **parts}
        return await REFUSALS.call(self._client, "POST", url, operation=operation, **given)

    async def _status(self) -> Any:
        return await REFUSALS.call(
            self._client,
            "GET",
            UPLOAD,
            operation=STATUS,
            params={"command": "STATUS", "media_id": self.entry["id"]},
            headers=self._headers,
        )

    async def _status_if_finalized(self) -> Any:
        """What X says of an upload whose end may not have reached it; None if it has not."""
        try:
            return await self._status()
        except PublicationRefused:
            return None
        except PlatformFailure as failure:
            if failure.kind is not GONE:
                raise
            return None

    async def _read(self, answer: Any) -> Later | None:
        """What X says of the processing. An error ends it, whatever the state beside it."""
        key = text(dig(answer, "data", "media_key")) or self.entry.get("key")
        since = self.entry.get("since", self._job.now)
        told = dig(answer, "data", "processing_info")
        error, state = dig(told, "error"), dig(told, "state")
        if error or state == "failed":
            raise PublicationRefused(
                errors.MEDIA_PROCESSING_FAILED,
                text(dig(error, "message")),
                platform_code=text(dig(error, "name")) or text(dig(error, "code")) or "failed",
            )
        if told is None or state == "succeeded":
            await self._keep(key=key, since=since, ready=True)
            return None
        if self._job.now - since > LONGEST_PROCESSING:
            raise PublicationRefused(errors.MEDIA_PROCESSING_TIMEOUT, final=False)
        await self._keep(key=key, since=since)
        wait = count(dig(told, "check_after_secs"))
        return Later(min(max(WAIT if wait is None else wait, SHORTEST), LONGEST))

    async def _keep(self, **changes: Any) -> None:
        await self._job.progress.keep(**{f"media{self._index}": {**self.entry, **changes}})

    async def describe(self, alt_text: str) -> None:
        """Gives an image its alternative text; keeps `described`, false if X does not take it."""
        if self._file.kind is not MediumKind.IMAGE or "described" in self.entry:
            return
        body = {"id": self.entry["id"], "metadata": {"alt_text": {"text": alt_text}}}
        try:
            await self._client.call(
                "POST",
                f"{API}/media/metadata",
                operation=ALT_TEXT,
                headers=self._headers,
                json_body=body,
            )
        except PlatformFailure as failure:
            if failure.kind is FailureKind.TOKEN_EXPIRED:
                raise
            await self._keep(described=False)
            return
        await self._keep(described=True)


def category(file: MediaFile, files: int) -> str:
    """Returns the category of a file; a GIF among other images is shown as one of them."""
    if file.kind is MediumKind.VIDEO:
        return "tweet_video"
    return "tweet_gif" if file.mime_type == "image/gif" and files == 1 else "tweet_image"
