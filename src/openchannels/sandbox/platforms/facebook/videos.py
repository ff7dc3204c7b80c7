"""Videos, reels and stories of videos: sessions of chunks, uploads of bytes, their states.

A video exists, with its id, before the call that publishes it.
https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_hex
from openchannels.sandbox.http import Reply, Request
from openchannels.sandbox.ids import digits
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.facebook.posts import REEL, VIDEO, number_of
from openchannels.sandbox.platforms.facebook.publications import Publications
from openchannels.sandbox.platforms.meta.graph import GraphError, refusal
from openchannels.sandbox.platforms.meta.rupload import UPLOADS, number_header, upload_refused

CHUNK = 4 << 20
_MOST_BYTES = 10 << 30
_KIND = "facebook video"
_VIDEO, _REEL, _STORY = "video", "reel", "story"


@dataclass(frozen=True, slots=True)
class Video:
    """A video as it is kept; times are Unix seconds, 0 before they come.

    `size` is None before it is known; `post` the number of its post, or what waits to become one.
    """

    id: str
    owner: str
    kind: str
    created: float
    session: str = ""
    size: int | None = None
    uploaded: int = 0
    pulled: str = ""
    finished: float = 0.0
    state: str = ""
    due: float | None = None
    content: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    post: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all of its bytes are there."""
        return self.size is not None and self.uploaded == self.size


class Videos:
    """The videos that calls have made."""

    def __init__(self, context: Context, publications: Publications) -> None:
        self._context = context
        self._documents = context.documents
        self._publications = publications

    def _keep(self, video: Video) -> Video:
        self._documents.put(_KIND, video.id, asdict(video), video.owner)
        return video

    def find(self, page: Page, identifier: str) -> Video | None:
        """The Page's video with this id, as it is by now, or None."""
        content = self._documents.get(_KIND, identifier)
        if content is None or content["owner"] != page.creator.key:
            return None
        return self._advanced(page, Video(**content))

    def settle(self, page: Page) -> None:
        """Let everything of a Page happen that is due by now."""
        self._publications.settle(page)
        for content in self._documents.of_owner(_KIND, page.creator.key).values():
            self._advanced(page, Video(**content))

    def _advanced(self, page: Page, video: Video) -> Video:
        now, conduct = self._publications.now(), self._context.conducts.of("facebook")
        if video.pulled and not video.is_whole and not video.problem:
            found = self._context.media.result(video.pulled)
            if found is None:
                return video
            if not found.is_there:
                return self._keep(replace(video, problem="389"))
            video = self._keep(replace(video, size=found.size, uploaded=found.size))
        if not video.finished or video.post or video.problem or not video.is_whole:
            return video
        if now < video.finished + conduct.processing_seconds:
            return video
        if conduct.reject_media:
            return self._keep(replace(video, problem=conduct.reject_media))
        if video.state == "PUBLISHED" or (video.due is not None and video.due <= now):
            return self._release(page, video)
        return video

    def _release(self, page: Page, video: Video) -> Video:
        """Make the video visible."""
        if video.kind == _STORY:
            number = self._publications.add_story(page, "video", video.id)
        else:
            work = self._publications.publish(page, video.content)
            number = number_of(work)
        return self._keep(replace(video, post=number, state="PUBLISHED"))

    def _start(self, page: Page, kind: str, now: float, size: int | None = None) -> Video:
        identifier = digits(15, "facebook video", random_hex())
        session = digits(16, "facebook session", identifier) if size is not None else ""
        return self._keep(Video(identifier, page.creator.key, kind, now, session, size))

    def post_video(self, request: Request, page: Page, fields: dict[str, str]) -> dict[str, Any]:
        """A call of `/videos`: a phase of a session, or a video that is pulled."""
        phase = fields.get("upload_phase", "")
        if phase == "start":
            return self._start_session(request, page, fields)
        if phase == "transfer":
            return self._transfer(request, page, fields)
        if phase == "finish":
            video = self._session(page, fields)
            if not video.is_whole:
                raise refusal("100/1363045", "The video file is not complete")
            self._finish(request, page, video, fields)
            return {"success": True}
        if phase == "cancel":
            self._documents.delete(_KIND, self._session(page, fields).id)
            return {"success": True}
        return self._pull(request, page, fields)

    def _start_session(
        self, request: Request, page: Page, fields: dict[str, str]
    ) -> dict[str, Any]:
        size = fields.get("file_size", "")
        if not re.fullmatch(r"\d{1,12}", size) or int(size) > _MOST_BYTES:
            raise refusal("100/1363023", "The video file is too large")
        if int(size) < 1024:
            raise refusal("100/1363022", "The video file is too small")
        video = self._start(page, _VIDEO, request.now, int(size))
        named = {"upload_session_id": video.session, "video_id": video.id}
        return named | _offsets(video)

    def _session(self, page: Page, fields: dict[str, str]) -> Video:
        wanted = fields.get("upload_session_id", "")
        for content in self._documents.of_owner(_KIND, page.creator.key).values():
            if wanted and content["session"] == wanted and not content["finished"]:
                return Video(**content)
        raise refusal("100/1363041", "The upload session has expired")

    def _transfer(self, request: Request, page: Page, fields: dict[str, str]) -> dict[str, Any]:
        video = self._session(page, fields)
        chunk, offsets = request.parts.get("video_file_chunk", b""), _offsets(video)
        length = int(offsets["end_offset"]) - video.uploaded
        if fields.get("start_offset") != offsets["start_offset"] or len(chunk) != length:
            what = "There was a problem uploading your video: the offset is not the expected one"
            raise GraphError(6001, what, 1363037, data={k: int(v) for k, v in offsets.items()})
        return _offsets(self._keep(replace(video, uploaded=video.uploaded + len(chunk))))

    def _pull(self, request: Request, page: Page, fields: dict[str, str]) -> dict[str, Any]:
        found = self._context.media.result(fields.get("file_url", ""))
        if not fields.get("file_url"):
            raise refusal("100/1363025", "No video file was sent")
        if found is None or not found.is_there:
            raise refusal("389", "(#389) Unable to fetch video file from URL.")
        video = self._start(page, _VIDEO, request.now, found.size)
        video = self._keep(replace(video, uploaded=found.size, session=""))
        self._finish(request, page, video, fields)
        return {"id": video.id}

    def post_reel(self, request: Request, page: Page, fields: dict[str, str]) -> dict[str, Any]:
        """A phase of a reel."""
        if fields.get("upload_phase") == "start":
            return self._upload_address(self._start(page, _REEL, request.now))
        if fields.get("video_state") not in ("PUBLISHED", "DRAFT", "SCHEDULED"):
            raise refusal("100", "(#100) The parameter video_state is required")
        self._finish(request, page, self._started(page, fields, _REEL), fields)
        return {"success": True}

    def post_story(self, request: Request, page: Page, fields: dict[str, str]) -> dict[str, Any]:
        """A phase of a story of a video."""
        if fields.get("upload_phase") == "start":
            return self._upload_address(self._start(page, _STORY, request.now))
        video = self._started(page, fields, _STORY)
        video = replace(video, finished=request.now)
        self._publications.check(page, {"kind": VIDEO})
        return {"success": True, "post_id": self._release(page, video).post}

    def _upload_address(self, video: Video) -> dict[str, Any]:
        address = f"https://{UPLOADS}/video-upload/v26.0/{video.id}"
        return {"video_id": video.id, "upload_url": address}

    def _started(self, page: Page, fields: dict[str, str], kind: str) -> Video:
        video = self.find(page, fields.get("video_id", ""))
        if fields.get("upload_phase") != "finish" or video is None or video.kind != kind:
            raise refusal("100", "(#100) Invalid parameter upload_phase or video_id")
        if not video.is_whole and not video.pulled:
            raise refusal("6000", "There was a problem with your video: it is not complete")
        if video.finished:
            raise refusal("100", "(#100) The video was already published")
        return video

    def _finish(self, request: Request, page: Page, video: Video, fields: dict[str, str]) -> None:
        """The call that makes a video visible, now, later, or not by itself."""
        reel = video.kind == _REEL
        state = fields.get("video_state", "")
        if not reel:
            hidden = fields.get("published", "true").lower() in ("false", "0")
            kind = fields.get("unpublished_content_type", "DRAFT")
            state = ("SCHEDULED" if kind == "SCHEDULED" else "DRAFT") if hidden else "PUBLISHED"
        due = None
        if state == "SCHEDULED":
            days = 29 if reel else 183
            due = due_time(fields.get("scheduled_publish_time", ""), request.now, days)
        content = {
            "title": fields.get("title", ""),
            "message": fields.get("description", ""),
            "kind": REEL if reel else VIDEO,
            "reel": reel,
            "video": video.id,
            "photos": [],
            "link": "",
            "content_tags": fields.get("content_tags", ""),
            "custom_labels": fields.get("custom_labels", ""),
        }
        self._publications.check(page, content, reel=reel)
        finished = replace(video, finished=request.now, state=state, due=due, content=content)
        self._advanced(page, self._keep(finished))

    def upload(self, request: Request, creators: list[Creator]) -> Reply:
        """Bytes of a reel or story from an offset on, or the address of its file."""
        content = self._documents.get(_KIND, request.params["video"])
        if content is None or content["owner"] not in {one.key for one in creators}:
            return upload_refused("NotAuthorizedError", "User not authorized")
        video = Video(**content)
        address = request.headers.get("file_url", "")
        if address:
            self._context.media.forget(address)
            self._context.media.begin(address)
            self._keep(replace(video, pulled=address))
            return Reply.json({"success": True})
        offset, size = number_header(request, "offset"), number_header(request, "file_size")
        if offset != video.uploaded:
            return upload_refused("OffsetInvalidError", "Request starting offset is invalid", 412)
        if size <= 0 or offset + len(request.body) > size:
            return upload_refused("ProcessingFailedError", "Request processing failed")
        video = self._keep(replace(video, size=size, uploaded=offset + len(request.body)))
        if not video.is_whole:
            return upload_refused("PartialRequestError", "Partial request", retriable=True)
        return Reply.json({"success": True})

    def change(self, page: Page, video: Video, fields: dict[str, str]) -> None:
        """Change title, description or the time of a video, or publish a draft."""
        names = {"name": "title", "title": "title", "description": "message"}
        changes = {names[name]: text for name, text in fields.items() if name in names}
        kept = self._keep(replace(video, content={**video.content, **changes}))
        work = self._publications.find(page, video.post) if video.post else None
        if work is not None:
            self._publications.change(page, work, changes)
        elif fields.get("published", "").lower() in ("true", "1"):
            self.publish_draft(page, kept)
        elif fields.get("scheduled_publish_time"):
            due = due_time(fields["scheduled_publish_time"], self._publications.now(), 183)
            self._keep(replace(kept, due=due, state="SCHEDULED"))

    def publish_draft(self, page: Page, video: Video) -> Video:
        """Publish a video that was finished as a draft, or for later."""
        return self._advanced(page, self._keep(replace(video, state="PUBLISHED", due=None)))

    def delete(self, page: Page, video: Video) -> None:
        """Delete a video with its post."""
        work = self._publications.find(page, video.post) if video.post else None
        if work is not None:
            self._publications.delete(page, work)
        self._documents.delete(_KIND, video.id)

    def node(self, page: Page, video: Video) -> dict[str, Any]:
        """The node of a video before it is published; its state also afterwards."""
        shown = {
            "id": video.id,
            "title": video.content.get("title", ""),
            "description": video.content.get("message", ""),
            "published": bool(video.post),
            "status": self._status(video),
            "from": {"id": page.id, "name": page.name},
        }
        return shown | ({"post_id": f"{page.id}_{video.post}"} if video.post else {})

    def _status(self, video: Video) -> dict[str, Any]:
        conduct, now = self._context.conducts.of("facebook"), self._publications.now()
        spelled = "bytes_transferred" if video.kind == _VIDEO else "bytes_transfered"
        uploading: dict[str, Any] = {"status": "in_progress", spelled: video.uploaded}
        processing: dict[str, Any] = {"status": "not_started"}
        publishing: dict[str, Any] = {"status": "not_started"}
        name = "uploading"
        if video.is_whole:
            name, uploading["status"] = "upload_complete", "complete"
        if video.is_whole and video.finished:
            ready = now >= video.finished + conduct.processing_seconds
            name = "ready" if ready else "processing"
            processing["status"] = "complete" if ready else "in_progress"
        if name == "ready":
            publishing["publish_status"] = video.state.lower()
        if video.post:
            publishing["status"] = "complete"
        if video.problem:
            name = "error" if video.is_whole else "upload_failed"
            failing = processing if video.is_whole else uploading
            error = {"code": _code(video.problem), "message": "The video could not be used."}
            failing |= {"status": "error", "errors": [error]}
        return {
            "video_status": name,
            "processing_progress": 100 if name == "ready" else 0,
            "uploading_phase": uploading,
            "processing_phase": processing,
            "publishing_phase": publishing,
        }


def due_time(text: str, now: float, days: int) -> float:
    """A time to publish at, from ten minutes on. Raises GraphError 100 for another one."""
    if not re.fullmatch(r"\d{9,11}", text) or not now + 600 <= int(text) <= now + days * 86_400:
        raise refusal("100", "(#100) The specified scheduled publish time is invalid.")
    return float(text)


def _code(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _offsets(video: Video) -> dict[str, str]:
    end = min(video.uploaded + CHUNK, video.size or 0)
    return {"start_offset": str(video.uploaded), "end_offset": str(end)}
