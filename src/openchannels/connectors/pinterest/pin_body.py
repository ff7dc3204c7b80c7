"""Pinterest: a publication as the body of a pin, and recognizing a pin as that publication.

https://developers.pinterest.com/docs/api/v5/pins-create
"""

import base64
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, moment
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.core.publishing import MIB

SENT_TYPES = ("image/jpeg", "image/png")
MAX_SENT = 10 * MIB
FRAME_SECOND = 1
"""Where the cover of a video is taken from if none is given."""
BEFORE, AFTER = 120.0, 600.0
"""How far a pin's time may lie from that of the call."""


def pin_texts(job: Job) -> dict[str, str | None]:
    """Returns the texts of a pin; None for an empty one."""
    texts = {
        "title": job.content.title,
        "description": job.content.body,
        "link": job.option.get("link"),
        "alt_text": job.option.get("altText"),
    }
    return {name: value or None for name, value in texts.items()}


async def pin_body(job: Job, media_id: str | None, *, send: bool) -> dict[str, Any]:
    """Returns the body of a pin. `send` puts images into the call where Pinterest takes that."""
    texts = {name: value for name, value in pin_texts(job).items() if value is not None}
    source = await _images(job, send=send) if media_id is None else await _video(job, media_id)
    return {"board_id": str(job.option["boardId"]), **texts, "media_source": source}


def may_send(file: MediaFile) -> bool:
    """Returns whether an image can be put into the call."""
    return file.mime_type in SENT_TYPES and file.size <= MAX_SENT


async def _images(job: Job, *, send: bool) -> dict[str, Any]:
    sent = send and all(map(may_send, job.images))
    form = "base64" if sent else "url"
    items = [await (_data(one) if sent else _address(one)) for one in job.images]
    if len(items) == 1:
        return {"source_type": f"image_{form}", **items[0]}
    return {"source_type": f"multiple_image_{form}{'' if sent else 's'}", "items": items}


async def _video(job: Job, media_id: str) -> dict[str, Any]:
    source = {"source_type": "video_id", "media_id": media_id}
    if job.option.get("coverImageUrl"):
        return {**source, "cover_image_url": job.option["coverImageUrl"]}
    if job.cover is None:
        return {**source, "cover_image_key_frame_time": FRAME_SECOND}
    if not may_send(job.cover):
        return {**source, "cover_image_url": await job.cover.public_url()}
    sent = await _data(job.cover)
    return {**source, **{f"cover_image_{name}": value for name, value in sent.items()}}


async def _data(file: MediaFile) -> dict[str, str]:
    data = base64.b64encode(await file.read(0, file.size)).decode()
    return {"content_type": file.mime_type, "data": data}


async def _address(file: MediaFile) -> dict[str, str]:
    return {"url": await file.public_url()}


def is_this_pin(pin: Mapping[str, Any], job: Job, committed_at: float) -> bool:
    """Returns whether a pin was made at that time with what this publication says."""
    made_at = moment(pin.get("created_at")) or 0.0
    return (
        committed_at - BEFORE <= made_at <= committed_at + AFTER
        and pin.get("is_owner") is not False
        and pin.get("parent_pin_id") is None
        and dig(pin, "media", "media_type") in (None, _media_type(job))
        and all(_same(pin.get(name), value) for name, value in pin_texts(job).items())
    )


def _media_type(job: Job) -> str:
    if job.video is not None:
        return "video"
    return "image" if len(job.images) == 1 else "multiple_images"


def _same(shown: Any, written: str | None) -> bool:
    return str(shown or "").strip() == (written or "").strip()
