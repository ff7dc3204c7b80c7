"""LinkedIn: uploads of images and videos, and their processing. Nothing of it is visible.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.parse import count, dig, https_host, moment, rows, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.linkedin.api import API, named_errors, request_headers
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import Later, MediumKind, PublicationRefused
from openchannels.core.publishing import MIB
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

INITIALIZE, PART, FINALIZE = "publish.initialize", "publish.part", "publish.finalize"
STATUS = "publish.status"
MARGIN = 60.0
"""How long before their end upload addresses are no longer used."""
PACES: Mapping[MediumKind, tuple[float, ...]] = {
    MediumKind.IMAGE: (1.0, 2.0, 4.0, 8.0, 15.0),
    MediumKind.VIDEO: (5.0, 10.0, 20.0, 30.0),
}
LONGEST: Mapping[MediumKind, float] = {MediumKind.IMAGE: 60.0, MediumKind.VIDEO: 1800.0}
EXPIRED = "EXPIRED_UPLOAD_URL"
ROLE_HINT = (
    "Uploading media for a page takes the role of an administrator or of a poster of sponsored "
    "content."
)


REFUSALS = RefusalTable(
    message="message",
    codes={
        EXPIRED: Refusal(errors.PLATFORM_CALL_FAILED, final=False),
        "MEDIA_ASSET_PROCESSING_FAILED": Refusal(errors.MEDIA_PROCESSING_FAILED),
    },
    words={(403, ""): Refusal(errors.PERMISSION_MISSING, hint=ROLE_HINT)},
    otherwise=Refusal(errors.MEDIA_UNSUPPORTED),
    read_codes=named_errors,
)


class LinkedInUpload:
    """The upload of one file of a publication; what is known of it is kept under its index."""

    def __init__(
        self, client: PlatformClient, tokens: Tokens, job: Job, index: int, owner: str
    ) -> None:
        self._client, self._tokens, self._job, self._owner = client, tokens, job, owner
        self._index, self._file = index, job.media[index]
        self._noun = "video" if self._file.kind is MediumKind.VIDEO else "image"

    @property
    def entry(self) -> Mapping[str, Any]:
        """What is kept: `urn`, `parts`, `etags`, `token`, `ends_at`, `since` and `ready`."""
        found: Mapping[str, Any] = self._job.state.get(f"media{self._index}") or {}
        return found

    async def advance(self) -> Later | None:
        """Goes on with the upload; returns None once the file can be used in a post.

        Raises PublicationRefused for a file that LinkedIn refuses or cannot process.
        """
        if self.entry.get("ready"):
            return None
        if "since" not in self.entry:
            if self.entry.get("ends_at", self._job.now) < self._job.now + MARGIN:
                await self._initialize()
            await self._send()
        return await self._look()

    async def _initialize(self) -> None:
        asked: dict[str, Any] = {"owner": self._owner}
        if self._noun == "video":
            asked |= {
                "fileSizeBytes": self._file.size,
                "uploadCaptions": False,
                "uploadThumbnail": self._job.cover is not None,
            }
        answer = await self._act("initializeUpload", INITIALIZE, initializeUploadRequest=asked)
        value = dig(answer, "value")
        urn = text_at(self._client, INITIALIZE, answer, f"value.{self._noun}")
        ends_at = moment(dig(value, "uploadUrlsExpireAt") or dig(value, "uploadUrlExpiresAt"))
        parts = self._parts(value)
        if not parts or not all(self._is_part(*part) for part in parts):
            raise self._client.malformed(INITIALIZE)
        thumbnail = text(dig(value, "thumbnailUploadUrl"))
        await self._keep(
            urn=urn,
            parts=parts,
            etags=[],
            token=text(dig(value, "uploadToken")) or "",
            thumbnail=thumbnail if _is_linkedin(thumbnail) else None,
            ends_at=ends_at or self._job.now + 3600.0,
        )

    def _is_part(self, url: str, first: int | None, last: int | None) -> bool:
        if first is None or last is None:
            return False
        return _is_linkedin(url) and first <= last < self._file.size

    def _parts(self, value: Any) -> list[tuple[str, int | None, int | None]]:
        """Addresses with the first and the last byte of each part."""
        if self._noun == "image":
            return [(str(dig(value, "uploadUrl") or ""), 0, self._file.size - 1)]
        return [
            (
                str(one.get("uploadUrl") or ""),
                count(one.get("firstByte")),
                count(one.get("lastByte")),
            )
            for one in rows(dig(value, "uploadInstructions"))
        ]

    async def _send(self) -> None:
        for url, first, last in self.entry["parts"][len(self.entry["etags"]) :]:
            data = await self._file.read(first, last - first + 1)
            # An image is sent with the token, a part of a video without one.
            headers = bearer(self._tokens) if self._noun == "image" else {}
            answer = await self._put(url, data, headers)
            etag = answer.headers.get("etag", "").strip('"')
            await self._keep(etags=[*self.entry["etags"], etag])
        if self._noun == "video":
            await self._send_thumbnail()
            await self._finalize()
        await self._keep(since=self._job.now)

    async def _put(self, url: str, data: bytes, headers: Mapping[str, str]) -> Answer:
        return await REFUSALS.exchange(
            self._client,
            "PUT",
            url,
            operation=PART,
            headers={**headers, "Content-Type": "application/octet-stream"},
            body=data,
            upload=True,
            idempotent=True,
        )

    async def _send_thumbnail(self) -> None:
        """Sends the cover of a video, without which a post is good as well."""
        cover, url = self._job.cover, self.entry.get("thumbnail")
        if cover is None or "covered" in self.entry:
            return
        if url is not None:
            try:
                data = await cover.read(0, cover.size)
                await self._put(url, data, {"media-type-family": "STILLIMAGE"})
            except (PlatformFailure, PublicationRefused):
                url = None
        await self._keep(covered=url is not None)

    async def _finalize(self) -> None:
        request = {
            "video": self.entry["urn"],
            "uploadToken": self.entry["token"],
            "uploadedPartIds": self.entry["etags"],
        }
        again = self.entry.get("finalizing")
        await self._keep(finalizing=True)
        try:
            await self._act("finalizeUpload", FINALIZE, finalizeUploadRequest=request)
        except PublicationRefused:
            # The first time, LinkedIn may have finalized it without an answer: its status tells.
            if not again:
                raise

    async def _act(self, action: str, operation: str, **body: Any) -> Any:
        return await REFUSALS.call(
            self._client,
            "POST",
            f"{API}/rest/{self._noun}s",
            operation=operation,
            params={"action": action},
            headers=request_headers(self._client, self._tokens),
            json_body=body,
            idempotent=True,
        )

    async def _look(self) -> Later | None:
        """What LinkedIn says of the processing; by time alone where it may not be asked."""
        since, looks = self.entry["since"], self.entry.get("looks", 0)
        try:
            answer = await self._client.get(
                f"{API}/rest/{self._noun}s/{quote(self.entry['urn'], safe='')}",
                operation=STATUS,
                headers=request_headers(self._client, self._tokens),
            )
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.PERMISSION:
                raise
            return await self._wait_blindly(since)
        status = dig(answer, "status")
        if status == "AVAILABLE":
            await self._keep(ready=True)
            return None
        if status == "PROCESSING_FAILED":
            raise PublicationRefused(
                errors.MEDIA_PROCESSING_FAILED,
                text(dig(answer, "processingFailureReason")),
                platform_code=status,
            )
        if self._job.now - since > LONGEST[self._file.kind]:
            raise PublicationRefused(errors.MEDIA_PROCESSING_TIMEOUT, final=False)
        await self._keep(looks=looks + 1)
        pace = PACES[self._file.kind]
        return Later(pace[min(looks, len(pace) - 1)])

    async def _wait_blindly(self, since: float) -> Later | None:
        least = 10.0 if self._noun == "video" else 5.0
        ready_at = since + min(least + self._file.size / MIB, 120.0)
        if self._job.now < ready_at:
            return Later(ready_at - self._job.now)
        await self._keep(ready=True)
        return None

    async def _keep(self, **changes: Any) -> None:
        merged = {**self.entry, **changes}
        await self._job.progress.keep(**{f"media{self._index}": merged})


def _is_linkedin(url: str | None) -> bool:
    return https_host(url).endswith(".linkedin.com")
