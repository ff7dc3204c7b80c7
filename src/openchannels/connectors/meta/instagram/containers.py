"""Instagram: content and options of a publication as parameters of containers.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.meta.containers import ContainerPlan, ContainerSpec
from openchannels.core.publications import MediumKind

IMAGE, REELS, STORIES, CAROUSEL = "IMAGE", "REELS", "STORIES", "CAROUSEL"


def kind_of(job: Job) -> str:
    """Returns which kind of work is published: the option, or what follows from the files."""
    chosen: str | None = job.option.get("media_type")
    if chosen:
        return chosen
    if len(job.media) > 1:
        return CAROUSEL
    return REELS if job.video is not None else IMAGE


def caption_of(job: Job) -> str:
    """Returns the text of a work; a story has none."""
    if kind_of(job) == STORIES:
        return ""
    return str(job.option.get("caption") or job.content.body)


async def plan_containers(job: Job, *, upload_videos: bool) -> ContainerPlan:
    """Returns the containers of a publication.

    With `upload_videos` the bytes of videos are sent; images are always fetched by the platform.
    """
    kind = kind_of(job)
    if kind == CAROUSEL:
        return await _carousel(job, upload_videos)
    file, params = job.media[0], dict[str, str]()
    if kind != IMAGE:
        params["media_type"] = kind
    if kind != STORIES:
        params |= _shared(job)
    if kind == IMAGE:
        params |= _given(alt_text=job.option.get("alt_text"))
    if kind == REELS:
        params |= {"share_to_feed": "true", **await _cover(job)}
    params |= _tags(job, positions=file.kind is MediumKind.IMAGE)
    spec = await _spec(file, params, upload_videos)
    replaced = job.option.get("image_url")
    if replaced and kind == IMAGE:
        return ContainerPlan(ContainerSpec({**spec.params, "image_url": replaced}))
    return ContainerPlan(spec)


async def _carousel(job: Job, upload_videos: bool) -> ContainerPlan:
    tagged = next((one for one in job.media if one.kind is MediumKind.IMAGE), None)
    children = [
        await _spec(file, _child(job, file, tagged=file is tagged), upload_videos)
        for file in job.media
    ]
    own = {"media_type": CAROUSEL, **_shared(job)}
    return ContainerPlan(ContainerSpec(own), children)


def _child(job: Job, file: MediaFile, *, tagged: bool) -> Mapping[str, str]:
    params = {"is_carousel_item": "true"}
    if file.kind is MediumKind.VIDEO:
        return {**params, "media_type": "VIDEO"}
    tags = _given(user_tags=job.option.get("user_tags")) if tagged else {}
    return {**params, **_given(alt_text=job.option.get("alt_text")), **tags}


async def _spec(file: MediaFile, params: Mapping[str, str], upload_videos: bool) -> ContainerSpec:
    if file.kind is MediumKind.IMAGE:
        return ContainerSpec({**params, "image_url": await file.public_url()})
    if upload_videos:
        return ContainerSpec({**params, "upload_type": "resumable"}, upload=file)
    return ContainerSpec({**params, "video_url": await file.public_url()})


def _shared(job: Job) -> Mapping[str, str]:
    """What a work has that is no story, once for the whole carousel."""
    names = [name.removeprefix("@") for name in job.option.get("collaborators") or ()]
    return _given(
        caption=caption_of(job), collaborators=names, location_id=job.option.get("location_id")
    )


async def _cover(job: Job) -> Mapping[str, str]:
    chosen = job.option.get("cover_url")
    if not chosen and job.cover is not None and job.cover.mime_type == "image/jpeg":
        chosen = await job.cover.public_url()
    return _given(cover_url=chosen)


def _tags(job: Job, *, positions: bool) -> Mapping[str, str]:
    """People and products shown; Instagram takes their positions on images only."""
    named = {name: job.option.get(name) for name in ("user_tags", "product_tags")}
    if positions:
        return _given(**named)
    return _given(**{name: _without_positions(tags or ()) for name, tags in named.items()})


def _without_positions(tags: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: tag[name] for name in tag if name not in ("x", "y")} for tag in tags]


def _given(**values: Any) -> dict[str, str]:
    """Values that say something, lists as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name, value in values.items()
        if value
    }
