"""Uploads of videos: a token, then all bytes at once or in parts, which `complete` puts together.

https://open.bilibili.com/doc
"""

import zlib
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_hex
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.bilibili.replies import error_reply

IN_PARTS, AT_ONCE = "0", "1"
TOKEN_SECONDS = 86_400
MOST_AT_ONCE = 100 << 20
MOST_PARTS = 512
MOST_BYTES = 4 << 30
_KIND = "bilibili upload"


class Uploads:
    """Uploads by their token; each is `open`, `complete` or `used`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def begin(self, owner: str, utype: str, now: float) -> str:
        """The token of a new upload of an account."""
        token = random_hex(32)
        upload = {"utype": utype, "expires": now + TOKEN_SECONDS, "parts": {}, "state": "open"}
        self._documents.put(_KIND, token, upload | {"owner": owner}, owner)
        return token

    def find(self, request: Request, owner: str | None = None) -> dict[str, Any]:
        """The upload of the token in the query. Raises EarlyReply.

        The calls that take bytes know nobody but the token, so they name no owner.
        """
        upload = self._documents.get(_KIND, request.query.get("upload_token"))
        if (
            upload is None
            or upload["state"] == "used"
            or request.now >= upload["expires"]
            or owner not in (None, upload["owner"])
        ):
            raise EarlyReply(error_reply(127022, "upload_token 校验失败"))
        return upload

    def take_part(self, request: Request) -> None:
        """Count the bytes of a part, in the place of one of the same number."""
        upload = self.find(request)
        number = request.query.integer("part_number", 0)
        if upload["utype"] != IN_PARTS or upload["state"] != "open":
            raise EarlyReply(error_reply(4000, "upload_token 不支持分片上传"))
        if number is None or not 1 <= number <= MOST_PARTS or not request.body:
            raise EarlyReply(error_reply(4000, "part_number 不合法"))
        upload["parts"][str(number)] = [len(request.body), zlib.crc32(request.body)]
        self._keep(request, upload)

    def take_all(self, request: Request) -> None:
        """Count the bytes of a whole file, which then is complete."""
        upload = self.find(request)
        if upload["utype"] != AT_ONCE:
            raise EarlyReply(error_reply(4000, "upload_token 不支持单文件上传"))
        if not 0 < len(request.body) <= MOST_AT_ONCE:
            raise EarlyReply(error_reply(4000, "文件大小不合法"))
        upload["parts"]["1"] = [len(request.body), zlib.crc32(request.body)]
        self._keep(request, upload | {"state": "complete"})

    def complete(self, request: Request, owner: str) -> None:
        """Put the parts together: no gap, all of one size but for a smaller last one."""
        upload = self.find(request, owner)
        if upload["utype"] != IN_PARTS or not _is_whole(upload["parts"]):
            raise EarlyReply(error_reply(4000, "分片不完整"))
        self._keep(request, upload | {"state": "complete"})

    def use(self, request: Request, upload: dict[str, Any]) -> None:
        """End an upload whose video was submitted."""
        self._keep(request, upload | {"state": "used"})

    def _keep(self, request: Request, upload: dict[str, Any]) -> None:
        token = request.query.get("upload_token")
        self._documents.put(_KIND, token, upload, upload["owner"])


def _is_whole(parts: dict[str, list[int]]) -> bool:
    if not parts or sorted(map(int, parts)) != list(range(1, len(parts) + 1)):
        return False
    sizes = [parts[str(number + 1)][0] for number in range(len(parts))]
    usual = sizes[0]
    return (
        all(size == usual for size in sizes[:-1])
        and sizes[-1] <= usual
        and sum(sizes) <= MOST_BYTES
    )
