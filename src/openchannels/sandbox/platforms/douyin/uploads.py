"""Uploads to Douyin's server: a video at once or in parts, and pictures.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management
"""

import zlib
from collections.abc import Callable
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import kind_of_picture
from openchannels.sandbox.platforms.douyin.login import HOST, TRIAL_HOST
from openchannels.sandbox.platforms.douyin.replies import data_reply, error_reply

MOST_AT_ONCE, MOST_PICTURE = 128 << 20, 20 << 20
LEAST_PART, MOST_PART, MOST_BYTES = 5_000_000, 100 << 20, 4 << 30
_UPLOAD, _FILE, _PICTURE = "douyin upload", "douyin file", "douyin picture"

RequirePerson = Callable[[Request], str]


class Uploads:
    """Files by person; their bytes are counted and not kept."""

    def __init__(self, documents: Documents, require_person: RequirePerson) -> None:
        self._documents = documents
        self._require_person = require_person

    def routes(self) -> list[Route]:
        """The upload calls, on both hosts."""
        calls = {
            "upload_video": self.whole,
            "init_video_part_upload": self.begin,
            "upload_video_part": self.part,
            "complete_video_part_upload": self.complete,
            "upload_image": self.picture,
        }
        return [
            Route("POST", host, f"/api/douyin/v1/video/{name}/", call, max_body=MAX_UPLOAD)
            for host in (HOST, TRIAL_HOST)
            for name, call in calls.items()
        ]

    def whole(self, request: Request) -> Reply:
        """All bytes of a video in one request."""
        person = self._require_person(request)
        content = request.parts.get("video", b"")
        if not content:
            return error_reply(request, 2100005, "参数不合法")
        if len(content) > MOST_AT_ONCE:
            return error_reply(request, 2190005, "文件太大")
        return self._file(request, person, len(content))

    def begin(self, request: Request) -> Reply:
        """The id of an upload in parts."""
        person = self._require_person(request)
        id = f"@{random_text(length=22)}=="
        self._documents.put(_UPLOAD, id, {"parts": {}}, person)
        return data_reply(request, {"upload_id": id})

    def part(self, request: Request) -> Reply:
        """One part, in the place of one of the same number."""
        person = self._require_person(request)
        upload = self._upload(request, person)
        number = request.query.integer("part_number", 0)
        content = request.parts.get("video", b"")
        if number is None or number < 1 or not 0 < len(content) <= MOST_PART:
            return error_reply(request, 2100005, "参数不合法")
        upload["parts"][str(number)] = [len(content), zlib.crc32(content)]
        self._documents.put(_UPLOAD, request.query.get("upload_id"), upload, person)
        return data_reply(request, {})

    def complete(self, request: Request) -> Reply:
        """Put the parts together: no gap, and only the last one may be small."""
        person = self._require_person(request)
        parts = self._upload(request, person)["parts"]
        numbers = sorted(map(int, parts))
        sizes = [parts[str(number)][0] for number in numbers]
        whole = numbers == list(range(1, len(numbers) + 1)) and bool(numbers)
        if not whole or min(sizes[:-1], default=LEAST_PART) < LEAST_PART or sum(sizes) > MOST_BYTES:
            return error_reply(request, 2100005, "参数不合法")
        self._documents.delete(_UPLOAD, request.query.get("upload_id"))
        return self._file(request, person, sum(sizes))

    def picture(self, request: Request) -> Reply:
        """One picture, as a cover or of a set."""
        person = self._require_person(request)
        content = request.parts.get("image", b"")
        if not kind_of_picture(content) or len(content) > MOST_PICTURE:
            return error_reply(request, 2100005, "参数不合法")
        id = f"@{random_text(length=30)}=="
        self._documents.put(_PICTURE, id, {"size": len(content)}, person)
        return data_reply(request, {"image": {"image_id": id, "width": 1080, "height": 1440}})

    def has_picture(self, person: str, id: str) -> bool:
        """Whether the person has uploaded a picture with this id."""
        return id in self._documents.of_owner(_PICTURE, person)

    def has_video(self, person: str, id: str) -> bool:
        """Whether the person has uploaded a video with this id that was not published."""
        return id in self._documents.of_owner(_FILE, person)

    def use(self, id: str) -> None:
        """Forget a video that was published."""
        self._documents.delete(_FILE, id)

    def _file(self, request: Request, person: str, size: int) -> Reply:
        """A whole video; its id is that of a file, not of a work."""
        id = f"v0200f{random_text(length=26)}"
        self._documents.put(_FILE, id, {"size": size}, person)
        return data_reply(request, {"video": {"video_id": id, "width": 720, "height": 1280}})

    def _upload(self, request: Request, person: str) -> dict[str, Any]:
        found = self._documents.of_owner(_UPLOAD, person).get(request.query.get("upload_id"))
        if found is None:
            raise EarlyReply(error_reply(request, 2190007, "upload_id无效"))
        return found
