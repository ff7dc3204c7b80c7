"""Videos of Pinterest: registered, uploaded to another host, processed, and then pinned.

https://developers.pinterest.com/docs/work-with-organic-content-and-users/create-boards-and-pins
"""

import base64
from dataclasses import asdict
from typing import Any

from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import random_hex, random_text
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digits
from openchannels.sandbox.platforms.pinterest.access import rate_headers, require_token
from openchannels.sandbox.platforms.pinterest.errors import error_reply
from openchannels.sandbox.received import ReceivedFile

UPLOAD_HOST = "pinterest-media-upload.s3-accelerate.amazonaws.com"
POLICY_SECONDS = 3_600
KIND = "pinterest_media"


class MediaUploads:
    """The calls about media."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents

    def routes(self, host: str) -> list[Route]:
        """The addresses on a host of the API."""
        return [
            Route("POST", host, "/v5/media", self.register),
            Route("GET", host, "/v5/media/{media}", self.show),
        ]

    def upload_route(self) -> Route:
        """The address that takes the files."""
        return Route("POST", UPLOAD_HOST, "/", self.take, max_body=MAX_UPLOAD)

    def register(self, request: Request) -> Reply:
        """Register a video; answers where to send it, with a form that holds for an hour."""
        token = require_token(self._emulator, request, "pins:read", "pins:write")
        if request.json != {"media_type": "video"}:
            return error_reply(400, 1, "'media_type' must be 'video'")
        identifier = digits(19, "pinterest media", random_text())
        form = _form(identifier, request.now)
        owner = self._emulator.creator(token.grant.person).key
        until = request.now + POLICY_SECONDS
        medium = {"owner": owner, "form": form, "until": until, "ready": None}
        self._documents.put(KIND, identifier, medium, owner)
        answer = {
            "media_id": identifier,
            "media_type": "video",
            "upload_url": f"https://{UPLOAD_HOST}/",
            "upload_parameters": form,
        }
        return Reply.json(answer, 201, **rate_headers())

    def take(self, request: Request) -> Reply:
        """Take a file in a form whose fields are those of the registration, `file` the last."""
        if "content-length" not in request.headers:
            message = "You must provide the Content-Length HTTP header."
            return _storage_error(411, "MissingContentLength", message)
        parts = request.parts
        fields = {name: value.decode("utf-8", "replace") for name, value in parts.items()}
        file, identifier = parts.get("file"), fields.get("key", "").rpartition(":")[2]
        medium = self._documents.get(KIND, identifier)
        if medium is None:
            return _storage_error(403, "AccessDenied", "Invalid according to Policy")
        if file is None or list(parts)[-1] != "file":
            return _storage_error(400, "InvalidArgument", "POST requires exactly one file upload")
        if any(fields.get(name) != value for name, value in medium["form"].items()):
            return _storage_error(403, "SignatureDoesNotMatch", "The signature does not match")
        if medium["until"] <= request.now:
            return _storage_error(
                403, "AccessDenied", "Invalid according to Policy: Policy expired."
            )
        conduct = self._emulator.conduct
        medium |= {
            "file": asdict(ReceivedFile().with_part(file)),
            "ready": request.now + conduct.processing_seconds,
            "failed": bool(conduct.reject_media),
        }
        self._documents.put(KIND, identifier, medium, medium["owner"])
        return Reply(204)

    def show(self, request: Request) -> Reply:
        """The status of a video."""
        token = require_token(self._emulator, request, "pins:read")
        identifier = request.params["media"]
        medium = self._require(token.grant.person, identifier)
        body = {"media_id": identifier, "media_type": "video"}
        answer = {**body, "status": _status(medium, request.now)}
        return Reply.json(answer, 200, **rate_headers())

    def file_of(self, person: str, identifier: str, now: float) -> dict[str, Any]:
        """The file of a video that is ready. Raises EarlyReply."""
        medium = self._require(person, identifier)
        status = _status(medium, now)
        if status != "succeeded":
            raise EarlyReply(error_reply(400, 1, f"Media {identifier} is not ready: {status}"))
        file: dict[str, Any] = medium["file"]
        return file

    def _require(self, person: str, identifier: str) -> dict[str, Any]:
        owner = self._emulator.creator(person).key
        medium = self._documents.of_owner(KIND, owner).get(identifier)
        if medium is None:
            raise EarlyReply(error_reply(404, 100, "Media not found."))
        return medium


def _form(identifier: str, now: float) -> dict[str, str]:
    day = utc_text(now)[:10].replace("-", "")
    clock = utc_text(now)[11:].replace(":", "")
    policy = base64.b64encode(f'{{"expiration":"{utc_text(now + POLICY_SECONDS)}Z"}}'.encode())
    return {
        "x-amz-date": f"{day}T{clock}Z",
        "x-amz-signature": random_hex(64),
        "x-amz-security-token": random_text("IQoJb3JpZ2luX2Vj", 60),
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "key": f"uploads/{random_hex(2)}/{random_hex(2)}:video:{identifier}",
        "policy": policy.decode(),
        "x-amz-credential": f"ASIA{random_hex(12).upper()}/{day}/us-east-1/s3/aws4_request",
        "Content-Type": "multipart/form-data",
    }


def _status(medium: dict[str, Any], now: float) -> str:
    """`registered`, `processing`, `succeeded` or `failed`."""
    if medium["ready"] is None:
        return "registered"
    if medium["ready"] > now:
        return "processing"
    return "failed" if medium["failed"] else "succeeded"


def _storage_error(status: int, code: str, message: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
    body = f"{text}<Message>{message}</Message></Error>"
    return Reply(status, body.encode(), {"content-type": "application/xml"})
