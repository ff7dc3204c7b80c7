"""Media of X: uploads in segments, which are processed and then attached to a post.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked
"""

import re
import secrets
from dataclasses import asdict
from typing import Any

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.platforms.twitter.access import rate_headers, require_token
from openchannels.sandbox.platforms.twitter.errors import error_reply, invalid_parameter
from openchannels.sandbox.received import ReceivedFile

EXPIRES_SECONDS = 86_400
MOST_SEGMENT_BYTES = 5 * 1024 * 1024
MOST_BODY = MOST_SEGMENT_BYTES * 2
MOST_SEGMENTS = 1_000
MOST_BYTES = 17_179_869_184
MOST_ALT_TEXT = 1_000
KIND = "x_media"
_EPOCH_MS = 1_288_834_974_657
_TYPES = {
    "image/jpeg", "image/pjpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff",
    "video/mp4", "video/quicktime", "video/webm", "video/mp2t", "text/srt", "text/vtt",
}  # fmt: skip
_CATEGORIES = {
    "tweet_image": ("photo", "3", "image/"),
    "tweet_gif": ("animated_gif", "16", "image/gif"),
    "tweet_video": ("video", "7", "video/"),
}
_FIELDS = {"media_type", "media_category", "total_bytes", "shared", "additional_owners"}
_FAILURES = {"InvalidMedia": 1, "UnsupportedMedia": 3}
STUCK = "stuck"
"""A refusal of media that X shows as one in progress that has an error, for ever."""


class MediaUploads:
    """The calls below `/2/media`."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents

    def routes(self, host: str) -> list[Route]:
        """Their addresses."""
        path = "/2/media/upload"
        return [
            Route("POST", host, f"{path}/initialize", self.initialize),
            Route("POST", host, f"{path}/{{media}}/append", self.append, max_body=MOST_BODY),
            Route("POST", host, f"{path}/{{media}}/finalize", self.finalize),
            Route("GET", host, path, self.status),
            Route("POST", host, "/2/media/metadata", self.describe),
        ]

    def initialize(self, request: Request) -> Reply:
        """Open an upload."""
        token = self._require(request)
        body = request.json
        _check_initialize(body)
        kind, prefix, _ = _CATEGORIES[body["media_category"]]
        ticks = int(request.now * 1000) - _EPOCH_MS
        identifier = str((ticks << 22) + secrets.randbelow(1 << 22))
        medium = {
            "key": f"{prefix}_{identifier}",
            "kind": kind,
            "type": body["media_type"],
            "category": body["media_category"],
            "size": body["total_bytes"],
            "expires": request.now + EXPIRES_SECONDS,
            "segments": {},
            "finalized": None,
            "alt": "",
        }
        self._keep(identifier, medium, token)
        data = {"id": identifier, "media_key": medium["key"], "expires_after_secs": EXPIRES_SECONDS}
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 1_875))

    def append(self, request: Request) -> Reply:
        """Take a segment; one of the same number takes the place of an earlier one."""
        token = self._require(request)
        identifier, medium = self._medium(request, token, request.params["media"])
        index, part = request.parts.get("segment_index", b"").decode(), request.parts.get("media")
        if not re.fullmatch(r"\d{1,3}", index, re.ASCII):
            return invalid_parameter("segment_index", index, "is not between 0 and 999")
        if not part:
            return invalid_parameter("media", "", "is required")
        if len(part) > MOST_SEGMENT_BYTES:
            title = "Request Entity Too Large"
            return error_reply(413, "blank", title, "The segment is larger than 5 MB.")
        if medium["finalized"] is not None:
            return invalid_parameter("id", identifier, "was finalized before")
        medium["segments"][index] = asdict(ReceivedFile().with_part(part))
        self._keep(identifier, medium, token)
        data = {"expires_at": int(medium["expires"])}
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 1_875))

    def finalize(self, request: Request) -> Reply:
        """Close an upload, whose segments must make up the file."""
        token = self._require(request)
        identifier, medium = self._medium(request, token, request.params["media"])
        numbers = sorted(int(index) for index in medium["segments"])
        size = sum(segment["size"] for segment in medium["segments"].values())
        if size != medium["size"] or numbers != list(range(len(numbers))):
            message = "Segments do not add up to provided total file size."
            return invalid_parameter("id", identifier, message)
        refused = self._emulator.conduct.reject_media
        if refused and medium["kind"] == "photo":
            return invalid_parameter("id", identifier, f"{refused}: media type unrecognized.")
        if medium["finalized"] is None:
            seconds = self._emulator.conduct.processing_seconds
            medium |= {"finalized": request.now, "ready": request.now + seconds}
            medium["refused"] = refused
            self._keep(identifier, medium, token)
        data = _described(identifier, medium)
        if medium["kind"] != "photo":
            data["processing_info"] = {"state": "pending", "check_after_secs": 1}
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 1_875))

    def status(self, request: Request) -> Reply:
        """How far the processing of a medium is."""
        token = self._require(request)
        if request.query.get("command", "STATUS") != "STATUS":
            sent = request.query.get("command")
            return invalid_parameter("command", sent, "is not one of [STATUS]")
        identifier, medium = self._medium(request, token, request.query.get("media_id"))
        data = _described(identifier, medium)
        if medium["kind"] != "photo" and medium["finalized"] is not None:
            data["processing_info"] = _processing(medium, request.now)
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 1_000))

    def describe(self, request: Request) -> Reply:
        """Keep the alternative text of an image."""
        token = self._require(request)
        identifier, medium = self._medium(request, token, str(request.json.get("id", "")))
        alt = object_at(request.json, "metadata", "alt_text").get("text")
        if not isinstance(alt, str) or not 0 < len(alt) <= MOST_ALT_TEXT:
            sent = str(alt)[:40]
            return invalid_parameter("metadata.alt_text.text", sent, "has 1 to 1000 characters")
        self._keep(identifier, {**medium, "alt": alt}, token)
        data = {"id": identifier, "associated_metadata": {"alt_text": {"text": alt}}}
        return Reply.json({"data": data}, 200, **rate_headers(request.now, 500))

    def attached(self, token: Token, ids: list[str], now: float) -> list[dict[str, Any]]:
        """The media of a post, as it keeps them. Raises EarlyReply unless all are ready."""
        owned = self._documents.of_owner(KIND, self._owner(token))
        found = [(one, owned[one]) for one in ids if one in owned]
        usable = [(one, medium) for one, medium in found if _is_ready(medium, now)]
        if len(usable) < len(ids):
            raise EarlyReply(
                invalid_parameter("media.media_ids", ids[0], "Your media IDs are invalid.")
            )
        for _, medium in usable:
            if not medium["type"].startswith(_CATEGORIES[medium["category"]][2]):
                detail = "You are not permitted to perform this action."
                raise EarlyReply(error_reply(403, "blank", "Forbidden", detail))
        return [
            {
                "id": one,
                "key": medium["key"],
                "kind": medium["kind"],
                "alt": medium["alt"],
                "size": medium["size"],
                "segments": [medium["segments"][n] for n in sorted(medium["segments"], key=int)],
            }
            for one, medium in usable
        ]

    def _require(self, request: Request) -> Token:
        token = require_token(self._emulator, request)
        if "media.write" not in token.grant.scopes:
            raise EarlyReply(error_reply(403, "blank", "Forbidden", "Forbidden"))
        return token

    def _owner(self, token: Token) -> str:
        return self._emulator.creator(token.grant.person).key

    def _keep(self, identifier: str, medium: dict[str, Any], token: Token) -> None:
        self._documents.put(KIND, identifier, medium, self._owner(token))

    def _medium(
        self, request: Request, token: Token, identifier: str
    ) -> tuple[str, dict[str, Any]]:
        """An upload of the caller that has not expired. Raises EarlyReply with 404."""
        medium = self._documents.of_owner(KIND, self._owner(token)).get(identifier)
        if medium is None or medium["expires"] <= request.now:
            detail = f"Could not find media with id: [{identifier}]."
            raise EarlyReply(error_reply(404, "resource-not-found", "Not Found Error", detail))
        return identifier, medium


def _check_initialize(body: dict[str, Any]) -> None:
    """Raises EarlyReply with 400."""
    size = body.get("total_bytes")
    refused = next(iter(sorted(body.keys() - _FIELDS)), "")
    if not refused and str(body.get("media_type")) not in _TYPES:
        refused = "media_type"
    if not refused and str(body.get("media_category")) not in _CATEGORIES:
        refused = "media_category"
    if not refused and (type(size) is not int or not 0 < size <= MOST_BYTES):
        refused = "total_bytes"
    if refused:
        sent = str(body.get(refused, ""))
        raise EarlyReply(invalid_parameter(refused, sent, f"The field `{refused}` is not valid"))


def _described(identifier: str, medium: dict[str, Any]) -> dict[str, Any]:
    size = {"size": medium["size"], "expires_after_secs": EXPIRES_SECONDS}
    return {"id": identifier, "media_key": medium["key"], **size}


def _processing(medium: dict[str, Any], now: float) -> dict[str, Any]:
    """What X says of the processing of a video or GIF."""
    left = medium["ready"] - now
    took = medium["ready"] - medium["finalized"]
    if left > 0:
        share = 1 - left / took
        info = {"state": "in_progress" if share > 0 else "pending"}
        return {**info, "progress_percent": int(share * 100), "check_after_secs": _wait(left)}
    if not medium["refused"]:
        return {"state": "succeeded", "progress_percent": 100}
    name = "InvalidMedia" if medium["refused"] == STUCK else medium["refused"]
    error = {"code": _FAILURES.get(name, 1), "name": name, "message": f"{name}: not playable"}
    if medium["refused"] == STUCK:
        return {"state": "in_progress", "progress_percent": 99, "error": error}
    return {"state": "failed", "progress_percent": 100, "error": error}


def _wait(left: float) -> int:
    return int(min(max(left, 1), 60))


def _is_ready(medium: dict[str, Any], now: float) -> bool:
    finalized = medium["finalized"] is not None and medium["expires"] > now
    return finalized and (
        medium["kind"] == "photo" or (medium["ready"] <= now and not medium["refused"])
    )
