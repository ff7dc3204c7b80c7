"""Kwai's upload host: a file at once, or in fragments that are counted from 0.

The numbers of its errors are made up: no document has them.
https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
"""

import zlib
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.kwai.replies import error_reply, success

HOST = "uploader.gifshow.com"
TOKEN_SECONDS = 6 * 3600
MOST_AT_ONCE = 10_000_000
_KIND = "kwai upload"


class Uploads:
    """Uploads by their token; each is `open`, `complete` or `used`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def routes(self) -> list[Route]:
        """The calls of the upload host, which know nobody but the token."""
        path = "/api/upload"
        return [
            Route("POST", HOST, path, self.whole, max_body=MAX_UPLOAD),
            Route("POST", HOST, f"{path}/multipart", self.form, max_body=MAX_UPLOAD),
            Route("POST", HOST, f"{path}/fragment", self.fragment, max_body=MAX_UPLOAD),
            Route("GET", HOST, f"{path}/resume", self.resume),
            Route("POST", HOST, f"{path}/complete", self.complete),
        ]

    def begin(self, owner: str, now: float) -> str:
        """The token of a new upload of an account."""
        token = random_text("3x", 15)
        upload = {"owner": owner, "expires": now + TOKEN_SECONDS, "fragments": {}, "state": "open"}
        self._documents.put(_KIND, token, upload, owner)
        return token

    def whole(self, request: Request) -> Reply:
        """All bytes of a file as the body."""
        return self._take_all(request, request.body)

    def form(self, request: Request) -> Reply:
        """All bytes of a file as the field `file`."""
        return self._take_all(request, request.parts.get("file", b""))

    def _take_all(self, request: Request, content: bytes) -> Reply:
        upload = self._open(request)
        if not 0 < len(content) < MOST_AT_ONCE:
            return error_reply(10000302, "file_size", "file is empty or too large")
        upload["fragments"] = {"0": [len(content), zlib.crc32(content)]}
        self._keep(request, upload | {"state": "complete"})
        return success()

    def fragment(self, request: Request) -> Reply:
        """One fragment, in the place of one of the same number."""
        upload = self._open(request)
        number = request.query.integer("fragment_id", -1)
        if number is None or number < 0 or not request.body:
            return error_reply(10000303, "fragment_invalid", "fragment_id or body is invalid")
        checksum = zlib.crc32(request.body)
        upload["fragments"][str(number)] = [len(request.body), checksum]
        self._keep(request, upload)
        return success(checksum=f"{checksum:08x}", size=len(request.body))

    def resume(self, request: Request) -> Reply:
        """Which fragments are there."""
        upload = self._find(request)
        numbers = sorted(map(int, upload["fragments"]))
        return success(
            existed=bool(numbers),
            fragment_index=numbers[-1] if numbers else -1,
            fragment_list=numbers,
            fragment_index_bytes=sum(size for size, _ in upload["fragments"].values()),
            endpoint=[{"protocol": "TCP", "host": HOST, "port": 6666}],
            token_id=request.query.get("upload_token"),
        )

    def complete(self, request: Request) -> Reply:
        """Put the fragments together; may be called again."""
        upload = self._find(request)
        count = request.query.integer("fragment_count", 0)
        if not count or set(map(int, upload["fragments"])) != set(range(count)):
            return error_reply(10000301, "fragment_missing", "fragment missing")
        self._keep(request, upload | {"state": "complete"})
        return success()

    def completed(self, token: str, owner: str, now: float) -> int | None:
        """The bytes of an account's upload that waits to be published, or None."""
        upload = self._documents.get(_KIND, token)
        if upload is None or (upload["state"], upload["owner"]) != ("complete", owner):
            return None
        sizes = [size for size, _ in upload["fragments"].values()]
        return sum(sizes) if now < upload["expires"] else None

    def use(self, token: str, owner: str) -> None:
        """End an upload whose video was published."""
        upload = self._documents.get(_KIND, token) or {}
        self._documents.put(_KIND, token, upload | {"state": "used"}, owner)

    def _find(self, request: Request) -> dict[str, Any]:
        upload = self._documents.get(_KIND, request.query.get("upload_token"))
        if upload is None or upload["state"] == "used" or request.now >= upload["expires"]:
            message = "upload_token is invalid"
            raise EarlyReply(error_reply(10000101, "upload_token_invalid", message))
        return upload

    def _open(self, request: Request) -> dict[str, Any]:
        upload = self._find(request)
        if upload["state"] != "open":
            raise EarlyReply(error_reply(10000304, "upload_completed", "upload is complete"))
        return upload

    def _keep(self, request: Request, upload: dict[str, Any]) -> None:
        self._documents.put(_KIND, request.query.get("upload_token"), upload, upload["owner"])
