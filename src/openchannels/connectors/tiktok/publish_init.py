"""TikTok: the call that begins a publication, for a video, photos or a draft.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.post_info import (
    PULL,
    Creator,
    photo_cover,
    photo_info,
    video_info,
)
from openchannels.connectors.tiktok.publish_failures import REFUSALS, limits_of_account
from openchannels.transport.oauth import bearer

INIT = "publish.init"


async def begin(turn: Turn, call: tuple[str, dict[str, Any]]) -> Any:
    """Makes the call of this path and body; returns its answer.

    Raises PublicationRefused where TikTok refuses the content.
    """
    path, body = call
    return await REFUSALS.call(
        turn.client,
        "POST",
        f"{API}/post/publish/{path}/init/",
        operation=INIT,
        classify=limits_of_account(turn.client),
        headers=bearer(turn.tokens),
        json_body=body,
    )


def video_call(job: Job, source: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the call that announces a video: its path and body. A draft has no text."""
    if job.state["mode"] == "inbox":
        return "inbox/video", {"source_info": source}
    info = video_info(job, Creator(**job.state["creator"]), job.state["level"])
    return "video", {"post_info": info, "source_info": source}


async def pull_call(job: Job) -> tuple[str, dict[str, Any]]:
    """Returns the call by which TikTok fetches the files: its path and body."""
    addresses = [await file.public_url() for file in job.media]
    if job.video is not None:
        return video_call(job, {"source": PULL, "video_url": addresses[0]})
    direct = job.state["mode"] == "direct"
    creator = Creator(**job.state["creator"]) if direct else None
    return "content", {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST" if direct else "MEDIA_UPLOAD",
        "post_info": photo_info(job, creator, job.state.get("level")),
        "source_info": {
            "source": PULL,
            "photo_cover_index": photo_cover(job),
            "photo_images": addresses,
        },
    }
