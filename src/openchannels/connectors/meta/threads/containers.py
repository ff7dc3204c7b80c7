"""Threads: content and options of a publication as parameters of containers.

https://developers.facebook.com/docs/threads/reference/publishing
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.meta.containers import ContainerPlan, ContainerSpec

KINDS = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}
"""How the list names kinds of posts that it names otherwise."""


def kind_of(job: Job) -> str:
    if not job.media:
        return "TEXT"
    return "CAROUSEL" if len(job.media) > 1 else _kind_of_file(job.media[0])


def publishes_itself(job: Job) -> bool:
    """Returns whether the caller wants a text to be published by the call that makes it."""
    return bool(job.option.get("auto_publish_text")) and not job.media


async def plan_containers(job: Job) -> ContainerPlan:
    """Returns the containers of a post; Threads fetches all files."""
    own = {"media_type": kind_of(job), **_shared(job.content.body, job.option)}
    if len(job.media) > 1:
        children = [
            ContainerSpec({"is_carousel_item": "true", **await _file(job, file)})
            for file in job.media
        ]
        return ContainerPlan(ContainerSpec(own), children)
    if job.media:
        own |= await _file(job, job.media[0])
    return ContainerPlan(ContainerSpec(own))


def _shared(text: str, option: Mapping[str, Any]) -> dict[str, str]:
    countries = ",".join(option.get("allowlisted_country_codes") or ()).upper()
    names = (
        *("reply_control", "location_id", "link_attachment"),
        *("reply_to_id", "quote_post_id"),
    )
    known = {
        "text": text,
        "allowlisted_country_codes": countries,
        **{name: option.get(name) for name in names},
    }
    return {name: str(value) for name, value in known.items() if value}


async def _file(job: Job, file: MediaFile) -> dict[str, str]:
    kind = _kind_of_file(file)
    described = {"alt_text": str(job.option["alt_text"])} if job.option.get("alt_text") else {}
    return {"media_type": kind, f"{kind.lower()}_url": await file.public_url(), **described}


def _kind_of_file(file: MediaFile) -> str:
    return file.kind.value.upper()
