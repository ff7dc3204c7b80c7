"""Assets: files that a user uploads, and what holds their bytes."""

import hashlib
import re
import secrets
import string
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

USER_TYPE = "user"
MAX_FILENAME = 255
PLAIN_FOLDER = re.compile(r"(?!u-)[A-Za-z0-9_-]{1,64}")
"""A user's name that is the name of its folder as it is."""
HASHED_FOLDER = "u-"
EXTENSION = re.compile(r"[a-z0-9]{1,8}")
PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){3}(\.[a-z0-9]+)?")
"""The form of the paths that `new_path` makes."""
NANOID = string.ascii_letters + string.digits + "_-"
NANOID_LENGTH = 21


class AssetType(StrEnum):
    """What an asset is for; on the wire, and the name of its folder."""

    AI_IMAGE = "aiImage"
    AI_VIDEO = "aiVideo"
    AI_CARD = "aiCard"
    AI_CHAT_IMAGE = "aiChatImage"
    AIDEO_OUTPUT = "aideoOutput"
    VIDEO_EDIT = "videoEdit"
    DRAMA_RECAP = "dramaRecap"
    STYLE_TRANSFER = "styleTransfer"
    IMAGE_EDIT = "imageEdit"
    SUBTITLE = "subtitle"
    USER_MEDIA = "userMedia"
    USER_FILE = "userFile"
    PUBLISH_MEDIA = "publishMedia"
    AVATAR = "avatar"
    AGENT_SESSION = "agentSession"
    VIDEO_THUMBNAIL = "videoThumbnail"
    GOOGLE_PLACE = "googlePlace"
    BRAND_LIBRARY = "brandLibrary"
    TEMP = "temp"


DOCUMENTS = frozenset({AssetType.USER_FILE, AssetType.SUBTITLE})
"""Types that may also be plain text; all may be an image, a video or audio."""


class AssetStatus(StrEnum):
    """The stage of an asset; a deleted one is never shown."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    DELETED = "deleted"


OPEN = (AssetStatus.PENDING, AssetStatus.UPLOADED)
"""The stages in which bytes may be sent."""


class UploadFault(StrEnum):
    """Why an upload failed; `data.reason` on the wire."""

    NOT_UPLOADED = "not_uploaded"
    BUSY = "busy"
    LENGTH = "length"
    TYPE = "type"
    UNREADABLE = "unreadable"
    DIMENSIONS = "dimensions"


PASSING = frozenset({UploadFault.NOT_UPLOADED, UploadFault.BUSY})
"""Faults that are not the file's."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset, as it is stored.

    `size` is what was signed, or, once confirmed, what is stored; None while it is unknown.
    `reserved` bytes count toward the user's quota. Times are in Unix seconds.
    """

    id: str
    user_id: str
    path: str
    type: str
    status: str
    size: int | None
    reserved: int
    mime_type: str | None
    filename: str
    metadata: Mapping[str, Any]
    fault: str | None
    upload_hash: bytes
    upload_ends_at: float
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class AssetFilter:
    type: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """What the bytes of a file are."""

    mime_type: str
    metadata: Mapping[str, Any]

    @property
    def is_inline(self) -> bool:
        return is_inline(self.mime_type)


class ContentRefused(Exception):
    """The bytes are nothing that may be stored."""

    def __init__(self, fault: UploadFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


class UploadBusy(Exception):
    """Another request is sending the same file."""


ReadRange = Callable[[int, int], Awaitable[bytes]]
"""Returns bytes of a file, from an offset, of a length; fewer at its end."""


class ContentProbe(Protocol):
    """Finds out what a file is."""

    async def probe(self, read: ReadRange, size: int, *, text: bool) -> FileContent:
        """Returns what the bytes are; `text` accepts plain text. Raises ContentRefused."""


@dataclass(frozen=True, slots=True)
class ImageTarget:
    """What an image is turned into: `jpeg`, `png` or `webp`, within bytes and pixels.

    One that `fills` both sides has them exactly: it is scaled, and cut evenly around its centre.
    """

    format: str
    max_size: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    fills: bool = False


class ImageAdapter(Protocol):
    """Turns images into others, and frames of videos into images."""

    async def adapt(self, read: ReadRange, size: int, target: ImageTarget) -> bytes:
        """Returns the image, or the frame that a video shows after a second, as the target has it.

        Raises ContentRefused.
        """


class PartialUpload(Protocol):
    """A file that is arriving; nobody else may write it meanwhile."""

    @property
    def size(self) -> int:
        """Bytes received so far."""

    async def cut(self, size: int) -> None:
        """Forgets what is behind this size."""

    async def append(self, data: bytes) -> None: ...

    async def finish(self) -> None:
        """Makes the file complete: it is on disk when this returns."""

    async def discard(self) -> None: ...


class UploadReceiver(Protocol):
    """A store whose uploads pass through this service."""

    def open(self, path: str) -> AbstractAsyncContextManager[PartialUpload]:
        """Opens the upload of an object. Raises UploadBusy."""

    async def received(self, path: str) -> int:
        """Returns the bytes received so far of an upload that is not complete."""


class AssetStore(Protocol):
    """Holds the bytes of assets under their paths.

    An upload lies apart from the object until it is promoted, and nobody who uploads can change an
    object. Reads raise FileNotFoundError.
    """

    receiver: UploadReceiver | None
    """Takes uploads; None where clients send them to `upload_url`."""

    async def upload_url(self, path: str, seconds: float) -> str | None:
        """Returns an address outside of this service that takes the file by PUT, or None."""

    async def promote(self, path: str) -> int | None:
        """Makes the uploaded file the object; returns its size, None if there is none."""

    async def write(self, path: str, parts: AsyncIterator[bytes]) -> int:
        """Stores an object from its parts and returns its size; nothing if they raise."""

    def path_of(self, url: str) -> str | None:
        """Returns the object that an address of the store outside of this service gives."""

    async def label(self, path: str, mime_type: str) -> None:
        """Lets a store that answers readers itself answer with this type."""

    async def read(self, path: str, start: int, length: int) -> bytes: ...

    def stream(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yields bytes of an object in parts of bounded size."""

    async def download_url(self, path: str) -> str | None:
        """Returns an address outside of this service that gives the object, or None."""

    async def discard_upload(self, path: str) -> None: ...

    async def delete(self, path: str) -> None:
        """Deletes an object and its upload; absent ones are no error."""

    async def delete_folder(self, folder: str) -> None:
        """Deletes everything of a user, by the first segment of the paths."""

    async def close(self) -> None: ...


def is_inline(mime_type: str) -> bool:
    """Whether browsers may show a file of ours in place, which no script can use."""
    return mime_type.partition("/")[0] in ("image", "video", "audio")


def folder_of(user_id: str) -> str:
    """Returns the first segment of the paths of a user's assets, one of its own for each user."""
    if PLAIN_FOLDER.fullmatch(user_id):
        return user_id
    return HASHED_FOLDER + hashlib.sha256(user_id.encode()).hexdigest()[:32]


def new_path(user_id: str, kind: AssetType, filename: str, now: float) -> str:
    """Returns an unguessable path: user, type, year and month, 126 random bits and extension."""
    month = datetime.fromtimestamp(now, UTC).strftime("%Y%m")
    name = "".join(secrets.choice(NANOID) for _ in range(NANOID_LENGTH))
    _, dot, extension = filename.lower().rpartition(".")
    suffix = f".{extension}" if dot and EXTENSION.fullmatch(extension) else ""
    return f"{folder_of(user_id)}/{kind.value}/{month}/{name}{suffix}"
