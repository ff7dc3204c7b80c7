"""Publishing at Kwai: an upload token, the video with its cover, deletion.

https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
"""

from collections.abc import Callable

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import kind_of_picture
from openchannels.sandbox.platforms.kwai.replies import error_reply, success
from openchannels.sandbox.platforms.kwai.uploads import HOST as UPLOAD_HOST
from openchannels.sandbox.platforms.kwai.uploads import Uploads
from openchannels.sandbox.platforms.kwai.videos import REALM, VIDEO_IDS, Publications, video

DAILY_CAP = 1_000
_HOST = "open.kuaishou.com"
_STEREO_TYPES = ("", "NOT_SPHERICAL_VIDEO", "SPHERICAL_VIDEO_360", "SPHERICAL_VIDEO_180")

RequireToken = Callable[[Request, str], Token]


class Publishing:
    """The calls that make and delete videos."""

    def __init__(
        self, context: Context, publications: Publications, require_token: RequireToken
    ) -> None:
        self._conducts = context.conducts
        self._publications = publications
        self._require_token = require_token
        self._uploads = Uploads(context.documents)

    def routes(self) -> list[Route]:
        """The three calls, and the upload host."""
        photo = "/openapi/photo"
        return [
            Route("POST", _HOST, f"{photo}/start_upload", self.begin),
            Route("POST", _HOST, f"{photo}/publish", self.publish, max_body=MAX_UPLOAD),
            Route("POST", _HOST, f"{photo}/delete", self.delete),
            *self._uploads.routes(),
        ]

    def _token(self, request: Request) -> Token:
        """The token of a call that only approved apps may make. Raises EarlyReply."""
        token = self._require_token(request, "user_video_publish")
        if not self._conducts.of(REALM).audited:
            raise EarlyReply(error_reply(100200106, "invalid_scope", "scope not granted"))
        return token

    def begin(self, request: Request) -> Reply:
        """A token for one upload, and the host that takes it."""
        person = self._token(request).grant.person
        token = self._uploads.begin(person, request.now)
        return success(upload_token=token, endpoint=UPLOAD_HOST)

    def publish(self, request: Request) -> Reply:
        """Publish an uploaded video with its cover, which is a file."""
        person = self._token(request).grant.person
        series = self._publications.series(person)
        cap = self._conducts.of(REALM).daily_cap
        if self._publications.count(series.owner, request.now) >= (
            DAILY_CAP if cap is None else cap
        ):
            return error_reply(100100402, "limit_exceeded", "too many videos published")
        upload = request.query.get("upload_token")
        size = self._uploads.completed(upload, person, request.now)
        if size is None:
            return error_reply(100100400, "invalid_request", "upload_token is invalid")
        if not kind_of_picture(request.parts.get("cover", b"")):
            return error_reply(100100400, "invalid_request", "cover is invalid")
        if request.parameter("stereo_type") not in _STEREO_TYPES:
            return error_reply(100100400, "invalid_request", "stereo_type is invalid")
        self._uploads.use(upload, person)
        work = self._publications.add(series, request.parameter("caption"), size, request.now)
        new = {"pending": True, "play_url": ""}
        return success(video_info=video(work, request.now) | new)

    def delete(self, request: Request) -> Reply:
        """Delete a video."""
        person = self._require_token(request, "user_video_delete").grant.person
        series = self._publications.series(person)
        asked = [request.query.get("photo_id")]
        if not series.delete(asked, lambda text: VIDEO_IDS.index_of(series.owner, text)):
            return error_reply(120001, "video_not_exist", "video does not exist")
        return success()
