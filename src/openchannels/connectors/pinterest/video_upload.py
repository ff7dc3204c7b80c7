"""Pinterest: the upload of a video, of which nothing is visible.

https://developers.pinterest.com/docs/api/v5/media-create
"""

import re
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.gone import none_if_gone
from openchannels.connectors.base.multipart import multipart_stream
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.shapes import object_at, text_at
from openchannels.connectors.pinterest.api import API
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import Later, PublicationRefused
from openchannels.transport.answers import unrecognized
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

REGISTER, UPLOAD, STATUS = "publish.register", "publish.upload", "publish.status"
FIRST_WAIT, GROWTH, LONGEST_WAIT = 4.0, 1.2, 30.0
ARRIVES_SECONDS = 120.0
"""After this time a file that Pinterest does not have will not come."""
LONGEST_PROCESSING = 1800.0
XML_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")


class PinterestUpload:
    """The upload of a publication's video: one registration for each try, and its processing."""

    def __init__(self, client: PlatformClient, tokens: Tokens, job: Job, file: MediaFile) -> None:
        self._client, self._headers = client, bearer(tokens)
        self._job, self._file = job, file

    @property
    def entry(self) -> Mapping[str, Any]:
        """What is kept: `id`, `at` (when the file was there), `looks`, `ready`."""
        found: Mapping[str, Any] = self._job.state.get("video") or {}
        return found

    async def advance(self) -> Later | None:
        """Goes on with the upload; returns None once a pin can show the video.

        Raises PublicationRefused for a file that Pinterest refuses or cannot process.
        """
        if self.entry.get("ready"):
            return None
        if "at" not in self.entry:
            return await self._upload()
        return await self._look()

    async def _upload(self) -> Later:
        """Register and upload: the addresses of a registration end soon."""
        answer = await self._client.call(
            "POST",
            f"{API}/media",
            operation=REGISTER,
            headers=self._headers,
            json_body={"media_type": "video"},
            idempotent=True,
        )
        media_id = text_at(self._client, REGISTER, answer, "media_id")
        await self._job.progress.keep(video={"id": media_id})
        url = text_at(self._client, REGISTER, answer, "upload_url")
        fields = object_at(self._client, REGISTER, answer, "upload_parameters")
        if not url.startswith("https://"):
            raise self._client.malformed(REGISTER)
        await self._send(url, fields)
        await self._keep(at=self._job.now)
        return Later(FIRST_WAIT)

    async def _send(self, url: str, fields: Mapping[str, str]) -> None:
        try:
            await self._client.exchange(
                "POST",
                url,
                operation=UPLOAD,
                classify=classify_store,
                upload=True,
                idempotent=True,
                **multipart_stream(fields, "file", self._file),
            )
        except PlatformFailure as failure:
            if failure.kind is FailureKind.INVALID:
                raise PublicationRefused(
                    errors.MEDIA_UNSUPPORTED, platform_code=failure.reading.code
                ) from failure
            raise

    async def _look(self) -> Later | None:
        url = f"{API}/media/{self.entry['id']}"
        answer = await none_if_gone(self._client.get(url, operation=STATUS, headers=self._headers))
        status = "failed" if answer is None else dig(answer, "status")
        waited = self._job.now - self.entry["at"]
        if status == "succeeded":
            await self._keep(ready=True)
            return None
        if status == "failed" or (status == "registered" and waited > ARRIVES_SECONDS):
            return await self._failed()
        if waited > LONGEST_PROCESSING:
            raise PublicationRefused(errors.MEDIA_PROCESSING_TIMEOUT, final=False)
        looks = self.entry.get("looks", 0) + 1
        await self._keep(looks=looks)
        return Later(min(FIRST_WAIT * GROWTH**looks, LONGEST_WAIT))

    async def _failed(self) -> Later:
        """Pinterest says no reason: mostly the file is wrong, so it is uploaded once more only."""
        if self._job.state.get("failed"):
            raise PublicationRefused(errors.MEDIA_PROCESSING_FAILED, platform_code="failed")
        await self._job.progress.keep(failed=True, video=None)
        return Later(1.0, "uploading")

    async def _keep(self, **changes: Any) -> None:
        await self._job.progress.keep(video={**self.entry, **changes})


def classify_store(answer: Answer) -> Failure | None:
    """Reads an answer of the store of files, whose errors are XML."""
    found = XML_CODE.search(answer.body)
    if answer.status != 400 or found is None:
        return unrecognized(answer)
    return Failure(FailureKind.INVALID, code=found[1].decode())
