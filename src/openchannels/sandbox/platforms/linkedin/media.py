"""Images, videos and documents of LinkedIn: uploads, and whether they are ready.

A token that may only write is not told about images and documents; `mara` may ask about videos
with it, anybody else may not.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
"""

from dataclasses import asdict
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.platforms.linkedin.authors import WRITING_SCOPES, require_author
from openchannels.sandbox.platforms.linkedin.pages import RequireToken, error_reply
from openchannels.sandbox.platforms.linkedin.posts import described_media
from openchannels.sandbox.received import ReceivedFile

PART = 4 * 1024 * 1024
MOST_VIDEO_BYTES = 5 * 1024**3
URL_SECONDS = {"image": 86_400, "document": 86_400, "video": 30 * 86_400}
KIND = "li_media"
_API, _WWW = "api.linkedin.com", "www.linkedin.com"
_UPLOADS = "/dms-uploads/sp/{media}"
_PATHS = {
    "image": "uploaded-image/0",
    "document": "uploaded-document/0",
    "video": "uploadedVideo",
    "thumbnail": "uploaded-thumbnail/0",
}
_READING = "r_organization_social"
_TOLD = "mara"


class MediaUploads:
    """The calls that upload media, and those that ask about one."""

    def __init__(self, emulator: Emulator, require_token: RequireToken) -> None:
        self._emulator = emulator
        self._documents: Documents = emulator.context.documents
        self._require_token = require_token

    def routes(self) -> list[Route]:
        """Their addresses; the uploads have a host of their own."""
        uploads = {
            "image": self.take_file,
            "document": self.take_file,
            "video": self.take_part,
            "thumbnail": self.take_thumbnail,
        }
        return [
            Route("POST", _API, "/rest/images", self.initialize_image),
            Route("POST", _API, "/rest/documents", self.initialize_document),
            Route("POST", _API, "/rest/videos", self.video_action),
            Route("GET", _API, "/rest/images/{urn}", self.show),
            Route("GET", _API, "/rest/documents/{urn}", self.show),
            Route("GET", _API, "/rest/videos/{urn}", self.show),
            *(
                Route("PUT", _WWW, f"{_UPLOADS}/{_PATHS[kind]}", take, max_body=MAX_UPLOAD)
                for kind, take in uploads.items()
            ),
        ]

    def initialize_image(self, request: Request) -> Reply:
        """Open the upload of an image."""
        return self._initialize_file(request, "image")

    def initialize_document(self, request: Request) -> Reply:
        """Open the upload of a document."""
        return self._initialize_file(request, "document")

    def _initialize_file(self, request: Request, kind: str) -> Reply:
        if request.query.get("action") != "initializeUpload":
            return error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "action")
        urn, medium = self._opened(request, kind, parts=[{"first": 0, "last": -1}])
        answer = {
            "uploadUrlExpiresAt": int(medium["expires"] * 1000),
            "uploadUrl": _url(urn, medium, _PATHS[kind], "&cn=uploads&sync=0"),
            kind: urn,
        }
        return Reply.json({"value": answer})

    def video_action(self, request: Request) -> Reply:
        """Open or close the upload of a video."""
        actions = {"initializeUpload": self._initialize_video, "finalizeUpload": self._finalize}
        action = actions.get(request.query.get("action"))
        return action(request) if action else error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "action")

    def _initialize_video(self, request: Request) -> Reply:
        asked = object_at(request.json, "initializeUploadRequest")
        size = asked.get("fileSizeBytes")
        if type(size) is not int or not 0 < size <= MOST_VIDEO_BYTES:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "fileSizeBytes")
        parts = [
            {"first": first, "last": min(first + PART, size) - 1} for first in range(0, size, PART)
        ]
        urn, medium = self._opened(request, "video", parts=parts)
        answer = {
            "uploadUrlsExpireAt": int(medium["expires"] * 1000),
            "video": urn,
            "uploadToken": "",
            "uploadInstructions": [
                {
                    "uploadUrl": _url(urn, medium, _PATHS["video"], f"&part={number}"),
                    "firstByte": part["first"],
                    "lastByte": part["last"],
                }
                for number, part in enumerate(parts)
            ],
        }
        if asked.get("uploadThumbnail"):
            answer["thumbnailUploadUrl"] = _url(urn, medium, _PATHS["thumbnail"], "")
        return Reply.json({"value": answer})

    def _opened(
        self, request: Request, kind: str, parts: list[dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """A new upload for the owner that the call names. Raises EarlyReply."""
        token = self._require_token(request, *WRITING_SCOPES)
        owner = str(object_at(request.json, "initializeUploadRequest").get("owner", ""))
        author = require_author(token, owner)
        if not author.may_upload:
            message = f"Not enough permissions to access: {kind}s.ACTION-initializeUpload"
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", message))
        urn = f"urn:li:{kind}:{random_text('D4E10AQ', 14)}"
        medium: dict[str, Any] = {
            "owner": owner,
            "secret": random_text(length=12),
            "expires": int(request.now) + URL_SECONDS[kind],
            "parts": parts,
            "ready": None,
            "failed": False,
        }
        self._documents.put(KIND, urn, medium, owner)
        return urn, medium

    def take_file(self, request: Request) -> Reply:
        """Take an image or a document in one piece; the call needs a token."""
        self._require_token(request)
        urn, medium = self._medium(request)
        if not request.body:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "The body is empty")
        medium["parts"] = [{**medium["parts"][0], **_received(request)}]
        self._close(urn, medium, request.now)
        return Reply(201)

    def take_part(self, request: Request) -> Reply:
        """Take a part of a video, exactly as long as it was told; a token is not looked at."""
        urn, medium = self._medium(request)
        number = request.query.integer("part", 0)
        if number is None or not 0 <= number < len(medium["parts"]):
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "part")
        part = medium["parts"][number]
        if len(request.body) != part["last"] - part["first"] + 1:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "The part is of another length")
        etag = f"/ambry-video/signedId/{random_text(length=24)}.bin"
        medium["parts"][number] = {**part, **_received(request), "etag": etag}
        self._documents.put(KIND, urn, medium, medium["owner"])
        return Reply(200, b"", {"etag": etag})

    def take_thumbnail(self, request: Request) -> Reply:
        """Take the cover of a video."""
        urn, medium = self._medium(request)
        medium["thumbnail"] = _received(request)
        self._documents.put(KIND, urn, medium, medium["owner"])
        return Reply(201)

    def _finalize(self, request: Request) -> Reply:
        """Close a video whose parts are named in their order; a repeated call changes nothing."""
        self._require_token(request, *WRITING_SCOPES)
        asked = object_at(request.json, "finalizeUploadRequest")
        urn = str(asked.get("video", ""))
        medium = self._documents.get(KIND, urn)
        if medium is None:
            return error_reply(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}")
        named = [part.get("etag") for part in medium["parts"]]
        if asked.get("uploadedPartIds") != named or asked.get("uploadToken") != "":
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "uploadedPartIds or uploadToken")
        if medium["ready"] is None:
            self._close(urn, medium, request.now)
        return Reply()

    def _close(self, urn: str, medium: dict[str, Any], now: float) -> None:
        conduct = self._emulator.conduct
        medium["ready"] = now + conduct.processing_seconds
        medium["failed"] = bool(conduct.reject_media)
        medium["reason"] = conduct.reject_media
        self._documents.put(KIND, urn, medium, medium["owner"])

    def _medium(self, request: Request) -> tuple[str, dict[str, Any]]:
        """The upload that an address leads to. Raises EarlyReply if it does not, or no more."""
        kind = next(name for name, path in _PATHS.items() if request.path.endswith(path))
        kind = "video" if kind == "thumbnail" else kind
        urn = f"urn:li:{kind}:{request.params['media']}"
        medium = self._documents.get(KIND, urn)
        if medium is None or medium["secret"] != request.query.get("ut"):
            raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", "No such upload"))
        if medium["expires"] <= request.now:
            raise EarlyReply(error_reply(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired"))
        return urn, medium

    def show(self, request: Request) -> Reply:
        """One medium and its status."""
        token = self._require_token(request)
        urn = request.params["urn"]
        kind = request.path.split("/")[2].removesuffix("s")
        if not urn.startswith(f"urn:li:{kind}:"):
            return error_reply(400, "ILLEGAL_ARGUMENT", kind)
        told = kind == "video" and token.grant.person == _TOLD
        if _READING not in token.grant.scopes and not told:
            message = f"Accessing this {kind} resource is forbidden. Please check your permissions"
            return error_reply(403, "ACCESS_DENIED", f"{message} for this resource")
        medium = self._documents.get(KIND, urn)
        shown = described_media(urn, "downloadUrl", request.now)
        if medium is not None:
            shown |= {"owner": medium["owner"], "status": self.status(medium, request.now)}
            if shown["status"] == "PROCESSING_FAILED":
                shown["processingFailureReason"] = medium["reason"]
        return Reply.json(shown)

    def status(self, medium: dict[str, Any], now: float) -> str:
        """`WAITING_UPLOAD`, `PROCESSING`, `AVAILABLE` or `PROCESSING_FAILED`."""
        if medium["ready"] is None:
            return "WAITING_UPLOAD"
        if medium["ready"] > now:
            return "PROCESSING"
        return "PROCESSING_FAILED" if medium["failed"] else "AVAILABLE"

    def require_ready(self, urn: str, owner: str, now: float) -> dict[str, Any]:
        """The files of a medium that its owner posts. Raises EarlyReply unless it is available."""
        medium = self._documents.get(KIND, urn)
        if medium is None or medium["owner"] != owner:
            message = f"The owner of {urn} is not the author"
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", message))
        status = self.status(medium, now)
        if status == "PROCESSING_FAILED":
            message = f"{urn} could not be processed"
            raise EarlyReply(error_reply(400, "MEDIA_ASSET_PROCESSING_FAILED", message))
        if status != "AVAILABLE":
            message = f"{urn} is not available: {status}"
            raise EarlyReply(error_reply(400, "MEDIA_ASSET_WAITING_UPLOAD", message))
        sums = [{"size": part["size"], "checksum": part["checksum"]} for part in medium["parts"]]
        return {"urn": urn, "parts": sums}


def _received(request: Request) -> dict[str, Any]:
    return asdict(ReceivedFile().with_part(request.body))


def _url(urn: str, medium: dict[str, Any], path: str, more: str) -> str:
    name = urn.rpartition(":")[2]
    return f"https://{_WWW}/dms-uploads/sp/{name}/{path}?ca=feed{more}&ut={medium['secret']}"
