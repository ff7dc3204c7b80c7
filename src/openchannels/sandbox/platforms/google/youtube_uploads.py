"""Resumable uploads of videos, and thumbnails.

A session takes a file part by part: each but the last one a multiple of 256 KiB and as long as the
first. A part that does not begin where the last one ended is not taken. It may be asked for what
is there at any time, and repeats its last answer. `mara` shows that less than a part may be kept:
of her first one only the half is.
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.google import accounts
from openchannels.sandbox.platforms.google.youtube_api import (
    HOSTS,
    Access,
    bad_request,
    channel_id,
    channel_title,
    forbidden,
    invalid,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_posts import new_post
from openchannels.sandbox.platforms.google.youtube_resources import PARTS, read_resource
from openchannels.sandbox.platforms.google.youtube_videos import thumbnails, video
from openchannels.sandbox.received import ReceivedFile

SESSION_SECONDS = 7 * 86_400
UNIT = 256 * 1024
MOST_BYTES = 256 * 1024**3
MOST_THUMBNAIL_BYTES = 50 * 1024 * 1024
_KIND = "youtube_upload"
_IMAGES = ("image/jpeg", "image/png", "application/octet-stream")
_CUTS_PARTS = "mara"


class VideoUploads:
    """The calls below `/upload`."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._access = access

    def routes(self) -> list[Route]:
        """Their addresses."""
        path, size = "/upload/youtube/v3", MAX_UPLOAD
        return [
            route
            for host in HOSTS
            for route in (
                Route("POST", host, f"{path}/videos", self.begin),
                Route("PUT", host, f"{path}/videos", self.take, max_body=size),
                Route("POST", host, f"{path}/thumbnails/set", self.set_thumbnail, max_body=size),
            )
        ]

    def begin(self, request: Request) -> Reply:
        """Open a session, which makes no video yet; its address is in `Location`."""
        token = self._access.require_for_upload(request, begins=True)
        if request.query.get("uploadType") != "resumable":
            return bad_request("This emulator takes uploadType=resumable only.")
        parts = read_parts(request, PARTS)
        size = request.headers.get("x-upload-content-length", "")
        if not re.fullmatch(r"\d{1,15}", size) or not 0 < int(size) <= MOST_BYTES:
            return bad_request("X-Upload-Content-Length is not the size of a file.")
        mime_type = request.headers.get("x-upload-content-type", "")
        if not mime_type.startswith("video/") and mime_type != "application/octet-stream":
            message = f"Media type '{mime_type}' is not supported. Valid media types: [video/*]"
            return bad_request(message)
        series = self._emulator.series(token.grant.person)
        resource = read_resource(request, request.json, parts)
        if token.grant.person == "empty":
            message = "The user has no YouTube channel."
            return accounts.api_error(401, "youtubeSignupRequired", message, "UNAUTHENTICATED")
        if self._emulator.has_reached_cap(series, request.now):
            message = "The user has exceeded the number of videos they may upload."
            return invalid("uploadLimitExceeded", message)
        session = {
            "size": int(size),
            "mimeType": mime_type,
            "name": request.headers.get("slug", ""),
            "parts": parts,
            "resource": resource,
            "began": request.now,
            "received": asdict(ReceivedFile()),
            "step": 0,
            "video": "",
        }
        upload_id = random_text("ABPtcP", 120)
        self._documents.put(_KIND, upload_id, session, series.owner.key)
        query = {"uploadType": "resumable", "upload_id": upload_id, "part": ",".join(parts)}
        location = f"https://{request.host}{request.path}?{urlencode(query)}"
        return Reply(200, b"", {"location": location, "x-guploader-uploadid": upload_id})

    def take(self, request: Request) -> Reply:
        """Take a part of a file, or tell how much of it is there; the last part publishes."""
        token = self._access.require_for_upload(request)
        person, upload_id = token.grant.person, request.query.get("upload_id")
        session = self._documents.of_owner(_KIND, self._emulator.creator(person).key).get(upload_id)
        if session is None or session["began"] + SESSION_SECONDS <= request.now:
            return accounts.api_error(404, "notFound", "Not Found", "NOT_FOUND")
        if session["video"]:
            return self._video(request, person, session)
        received = ReceivedFile(**session["received"])
        if self._is_question(request, session):
            return _unfinished(received)
        first = _first_byte(request, session)
        if first != received.size:
            return _unfinished(received)
        body = request.body
        if received.size + len(body) < session["size"]:
            session["step"] = session["step"] or len(body)
            if len(body) % UNIT or len(body) != session["step"]:
                return bad_request("Parts must be of one size, a multiple of 262144 bytes.")
            if person == _CUTS_PARTS and not received.size and len(body) > UNIT:
                body = body[: len(body) // 2 // UNIT * UNIT]
        received = received.with_part(body)
        session["received"] = asdict(received)
        if received.size == session["size"]:
            self._publish(person, session, request.now)
        self._documents.put(_KIND, upload_id, session, self._emulator.creator(person).key)
        done = session["video"]
        return self._video(request, person, session, 201) if done else _unfinished(received)

    def _is_question(self, request: Request, session: dict[str, Any]) -> bool:
        asked = request.headers.get("content-range", "")
        return not request.body and asked in (f"bytes */{session['size']}", "bytes */*")

    def _publish(self, person: str, session: dict[str, Any], now: float) -> None:
        file = {"name": session["name"], "mimeType": session["mimeType"], **session["received"]}
        post = new_post(session["resource"], file, now, self._emulator.conduct)
        title = session["resource"].get("snippet", {}).get("title", "")
        work = self._emulator.series(person).publish_post({"title": title, **post}, now)
        session["video"] = self._emulator.work_id(work)

    def _video(
        self, request: Request, person: str, session: dict[str, Any], status: int = 200
    ) -> Reply:
        series = self._emulator.series(person)
        work, parts = self._emulator.find_work(series, session["video"]), session["parts"]
        if work is None:
            return accounts.api_error(404, "notFound", "Not Found", "NOT_FOUND")
        owner, title = channel_id(person), channel_title(series.owner)
        shown = video(work, session["video"], owner, title, parts, request.now)
        return Reply.json(shown, status)

    def set_thumbnail(self, request: Request) -> Reply:
        """Replace the thumbnail of a video."""
        token = self._access.require_for_upload(request)
        if request.query.get("uploadType") != "media":
            return bad_request("This emulator takes uploadType=media only.")
        wanted = request.query.get("videoId")
        if not wanted:
            return missing_parameter("videoId")
        series = self._emulator.series(token.grant.person)
        work = self._emulator.find_work(series, wanted)
        if work is None:
            return not_found("video", "youtube.thumbnail")
        _check_image(request)
        if work.post is None:
            message = "The thumbnail of this video cannot be changed."
            return forbidden("forbidden", message, "youtube.thumbnail")
        image = asdict(ReceivedFile().with_part(request.body))
        series.change_post(work, {**work.post, "thumbnail": image})
        answer = {"kind": "youtube#thumbnailSetResponse", "items": [thumbnails(wanted)]}
        return Reply.json(answer)


def _check_image(request: Request) -> None:
    if not request.body:
        message = "The request does not include the image content."
        raise EarlyReply(invalid("mediaBodyRequired", message, "youtube.thumbnail"))
    is_image = request.headers.get("content-type", "") in _IMAGES
    if not is_image or len(request.body) > MOST_THUMBNAIL_BYTES:
        message = "The provided image content is invalid."
        raise EarlyReply(invalid("invalidImage", message, "youtube.thumbnail"))


def _first_byte(request: Request, session: dict[str, Any]) -> int:
    """Where the part of a call begins. Raises EarlyReply if its range is not that of its body."""
    text = request.headers.get("content-range", "")
    if not text and len(request.body) == session["size"]:
        return 0
    found = re.fullmatch(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", text)
    if found is None:
        raise EarlyReply(bad_request("Content-Range is missing or not valid."))
    first, last, total = (int(number) for number in found.groups())
    if total != session["size"] or last - first + 1 != len(request.body) or last >= total:
        raise EarlyReply(bad_request("Content-Range does not match the body or the file."))
    return first


def _unfinished(received: ReceivedFile) -> Reply:
    """308, which is no redirect here: the part of the file that is there."""
    return Reply(308, b"", {"range": f"bytes=0-{received.size - 1}"} if received.size else {})
