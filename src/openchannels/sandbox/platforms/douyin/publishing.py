"""Server publishing at Douyin, for apps that may publish for their users.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.douyin.login import HOST, TRIAL_HOST
from openchannels.sandbox.platforms.douyin.publications import NewWork, Publications
from openchannels.sandbox.platforms.douyin.replies import (
    data_reply,
    error_reply,
    gateway_reply,
    invalid_parameters,
)
from openchannels.sandbox.platforms.douyin.uploads import Uploads

MOST_TEXT, MOST_PICTURES = 1_000, 12
_CHOICES = {"private_status": (0, 1, 2), "download_type": (0, 1, 2)}

RequireToken = Callable[[Request, str], Token]


class Publishing:
    """Uploads, and the two calls that publish."""

    def __init__(self, context: Context, require_token: RequireToken) -> None:
        self._require_token = require_token
        self._publications = Publications(context)
        self._uploads = Uploads(context.documents, self._person)

    def routes(self) -> list[Route]:
        """The calls on both hosts."""
        video = "/api/douyin/v1/video"
        return [
            *self._uploads.routes(),
            *(
                Route("POST", host, f"{video}/{name}/", call)
                for host in (HOST, TRIAL_HOST)
                for name, call in (
                    ("create_video", self.create_video),
                    ("create_image_text", self.create_pictures),
                )
            ),
        ]

    def _person(self, request: Request) -> str:
        """The person for whom an app with the capability calls. Raises EarlyReply."""
        token = self._require_token(request, "video.create")
        if not self._publications.conduct.audited:
            raise EarlyReply(gateway_reply(28001018, "应用无该能力"))
        return token.grant.person

    def create_video(self, request: Request) -> Reply:
        """Publish an uploaded video."""
        person, sent = self._person(request), request.json
        video, image = str(sent.get("video_id", "")), sent.get("custom_cover_image_url")
        moment = sent.get("cover_tsp", 0)
        if not isinstance(moment, int | float) or moment < 0:
            return invalid_parameters(request)
        if image and not self._uploads.has_picture(person, str(image)):
            return invalid_parameters(request)
        if not self._uploads.has_video(person, video):
            return error_reply(request, 2190007, "video_id无效")
        reply = self._published(request, person, is_pictures=False)
        self._uploads.use(video)
        return reply

    def create_pictures(self, request: Request) -> Reply:
        """Publish uploaded pictures."""
        person, ids = self._person(request), request.json.get("image_list")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PICTURES:
            return invalid_parameters(request)
        if not all(self._uploads.has_picture(person, str(id)) for id in ids):
            return invalid_parameters(request)
        return self._published(request, person, is_pictures=True)

    def _published(self, request: Request, person: str, *, is_pictures: bool) -> Reply:
        """Publish with the text and choices of the call. Raises EarlyReply."""
        sent = request.json
        text = sent.get("text", "")
        if not isinstance(text, str) or len(text) > MOST_TEXT or not _is_consistent(sent):
            raise EarlyReply(invalid_parameters(request))
        refusal = self._publications.conduct.reject_media
        if refusal:
            code = int(refusal) if refusal.isdecimal() else 2190007
            raise EarlyReply(error_reply(request, code, "视频不可用"))
        if self._publications.is_at_cap(person):
            raise EarlyReply(error_reply(request, 2114007, "用户发布次数达到当日上限"))
        private = int(sent.get("private_status", 0))
        new = NewWork(text, is_pictures, private, by_call=True)
        return data_reply(request, dict(self._publications.publish(person, new)))


def _is_consistent(sent: dict[str, Any]) -> bool:
    """Whether choices have known values, and there is one kind of anchor at most."""
    known = all(sent.get(name, 0) in values for name, values in _CHOICES.items())
    return known and not (sent.get("micro_app_id") and sent.get("poi_id"))
