"""What a pin is made of: images that are sent or fetched, or a video that was uploaded.

https://developers.pinterest.com/docs/api/v5/pins-create
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.media_fetcher import MediaFetcher
from openchannels.sandbox.platforms.pinterest.errors import error_reply
from openchannels.sandbox.received import ReceivedFile

LEAST_ITEMS, MOST_ITEMS = 2, 5
_ITEM = {"title", "description", "link"}
_SENT, _FETCHED = {"content_type", "data"}, {"url"}
_COVERS = {
    "cover_image_url",
    "cover_image_content_type",
    "cover_image_data",
    "cover_image_key_frame_time",
}
_FIELDS = {
    "image_url": _FETCHED,
    "image_base64": _SENT,
    "multiple_image_urls": {"items", "index"},
    "multiple_image_base64": {"items", "index"},
    "video_id": {"media_id", *_COVERS},
}
_KINDS = {"video_id": "video", "image_url": "image", "image_base64": "image"}
_IMAGE_TYPES = ("image/jpeg", "image/png")

Source = dict[str, Any]
VideoFile = Callable[[str], dict[str, Any]]


def addresses_of(source: object) -> list[str]:
    """The addresses that Pinterest fetches for a source."""
    if not isinstance(source, dict):
        return []
    listed = source.get("items") or []
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    found = [source.get("url"), source.get("cover_image_url"), *(one.get("url") for one in items)]
    return [address for address in found if isinstance(address, str)]


def read_source(source: Source, fetched: MediaFetcher, video: VideoFile) -> dict[str, Any]:
    """Kind, files and items of a source. Raises EarlyReply for what Pinterest refuses."""
    kind = str(source.get("source_type", ""))
    if source.keys() - {"source_type"} - _FIELDS.get(kind, set()) or kind not in _FIELDS:
        raise _invalid(f"media_source.source_type: {kind!r} or a field of it is not valid")
    if kind == "video_id":
        return _video(source, fetched, video)
    items = source.get("items", []) if kind.startswith("multiple") else [source]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _invalid("media_source.items: not a list of objects")
    if kind.startswith("multiple") and not LEAST_ITEMS <= len(items) <= MOST_ITEMS:
        raise _invalid(f"media_source.items: {len(items)} items, constraint: maxItems={MOST_ITEMS}")
    by_address = kind in ("image_url", "multiple_image_urls")
    known = (_FETCHED if by_address else _SENT) | _ITEM
    if any(item.keys() - known - {"source_type"} for item in items):
        raise _invalid("media_source.items: unknown field")
    read = _fetched if by_address else _sent
    files = [read(item, fetched) for item in items]
    texts = [{name: item.get(name) for name in _ITEM} for item in items]
    many = kind.startswith("multiple")
    return {"kind": _KINDS.get(kind, "multiple_images"), "files": files, "items": texts * many}


def _video(source: Source, fetched: MediaFetcher, video: VideoFile) -> dict[str, Any]:
    identifier = source.get("media_id", "")
    if not re.fullmatch(r"\d+", str(identifier)):
        raise _invalid(rf"media_source.media_id: {identifier!r} does not match '^\d+$'")
    if not source.keys() & _COVERS:
        raise _invalid("One of cover_image_url or cover_image_content_type is required")
    moment = source.get("cover_image_key_frame_time", 0)
    if type(moment) is not int or moment < 0:
        raise _invalid("media_source.cover_image_key_frame_time: not a whole number of seconds")
    files = [video(identifier)]
    if "cover_image_url" in source:
        files.append(_fetched({"url": source["cover_image_url"]}, fetched))
    if "cover_image_content_type" in source:
        cover = {"content_type": source["cover_image_content_type"]}
        files.append(_sent({**cover, "data": source.get("cover_image_data", "")}, fetched))
    return {"kind": "video", "files": files, "items": []}


def _fetched(item: dict[str, Any], fetched: MediaFetcher) -> dict[str, Any]:
    """An image that was fetched before the call is answered."""
    found = fetched.result(str(item.get("url", "")))
    if found is None or not found.is_there or not found.mime_type.startswith("image/"):
        raise _invalid("Sorry we could not fetch the image.")
    return {"size": found.size, "checksum": found.checksum}


def _sent(item: dict[str, Any], fetched: MediaFetcher) -> dict[str, Any]:
    """An image within the call."""
    if item.get("content_type") not in _IMAGE_TYPES:
        raise _invalid("content_type: must be image/jpeg or image/png")
    data = str(item.get("data", ""))
    if not re.fullmatch(r"[a-zA-Z0-9+/=]+", data):
        raise _invalid("data: does not match '^[a-zA-Z0-9+/=]+$'")
    try:
        return asdict(ReceivedFile().with_part(base64.b64decode(data, validate=True)))
    except binascii.Error:
        raise _invalid("data: is not base64") from None


def _invalid(message: str) -> EarlyReply:
    return EarlyReply(error_reply(400, 1, message))
