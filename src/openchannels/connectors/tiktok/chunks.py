"""How a video is cut for TikTok's upload server, and what that server answers.

https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

import re
from dataclasses import dataclass

from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import unrecognized
from openchannels.transport.client import Answer

LARGEST_WHOLE = 64_000_000
CHUNK = 32_000_000
"""With the rest in the last chunk, each is below 64 MB, whichever way a MB is counted."""
TAKEN, ALL_TAKEN, WRONG_RANGE = 206, 201, 416
RANGE = re.compile(r"bytes 0-(\d{1,15})/\d+")


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """The chunks of a file of `size` bytes."""

    size: int

    @property
    def chunk_size(self) -> int:
        return self.size if self.size <= LARGEST_WHOLE else CHUNK

    @property
    def count(self) -> int:
        return self.size // self.chunk_size

    @property
    def last_start(self) -> int:
        """Where the chunk begins after which the video is posted."""
        return (self.count - 1) * self.chunk_size

    def end(self, position: int) -> int:
        """Returns where the chunk ends that a position lies in."""
        if position >= self.last_start:
            return self.size
        return (position // self.chunk_size + 1) * self.chunk_size

    def source_info(self) -> dict[str, str | int]:
        return {
            "source": "FILE_UPLOAD",
            "video_size": self.size,
            "chunk_size": self.chunk_size,
            "total_chunk_count": self.count,
        }


def classify_upload(answer: Answer) -> Failure | None:
    """Returns the failure of an upload, by its status: these answers have no body."""
    if answer.status in (TAKEN, ALL_TAKEN, WRONG_RANGE):
        return None
    if answer.status in (403, 404):
        return Failure(FailureKind.NOT_FOUND, code=str(answer.status))
    if answer.status == 400:
        return Failure(FailureKind.INVALID, code="400")
    return unrecognized(answer)


def taken_bytes(answer: Answer) -> int | None:
    """Returns how many bytes the server has; None if the answer does not say."""
    found = RANGE.match(answer.headers.get("content-range", ""))
    return None if found is None else int(found.group(1)) + 1
