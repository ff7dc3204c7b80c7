"""TikTok: finding the work of a publication among the creator's public ones.

https://developers.tiktok.com/doc/tiktok-api-v2-video-list
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import moment, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.post_info import caption_of
from openchannels.connectors.tiktok.publish_outcome import link_of
from openchannels.connectors.tiktok.works import VIDEO_FIELDS, is_video_list, read_url
from openchannels.core.publications import Published
from openchannels.transport.oauth import bearer

LOOK = "publish.look"
CLOCK_SECONDS = 60.0
"""Seconds by which TikTok's clock may be behind ours."""
CUT_DESCRIPTION = 100
"""TikTok cuts descriptions at 150 characters; from so many on, the beginning proves enough."""


async def find_listed(turn: Turn) -> Published | None:
    """Returns the one public work that can be this one; None if there is none, or several."""
    answer = await turn.client.call(
        "POST",
        f"{API}/video/list/",
        operation=LOOK,
        idempotent=True,
        params={"fields": VIDEO_FIELDS},
        headers=bearer(turn.tokens),
        json_body={"max_count": 20},
    )
    listed = rows_at(turn.client, LOOK, answer, "data.videos", optional=is_video_list(answer))
    fitting = [video for video in listed if fits(turn.job, video)]
    if len(fitting) != 1:
        return None
    work_id = text_at(turn.client, LOOK, fitting[0], "id")
    return Published(work_id, read_url(fitting[0]) or link_of(turn, work_id))


def fits(job: Job, video: Mapping[str, Any]) -> bool:
    """Returns whether a listed video can be the one of a publication."""
    at, since = moment(video.get("create_time")), (job.committed_at or job.now) - CLOCK_SECONDS
    work_id = text(video.get("id"))
    if at is None or at < since or work_id is None or work_id in job.taken_work_ids:
        return False
    said = {text(video.get(name)) or "" for name in ("title", "video_description")}
    captions = {caption_of(job).strip(), job.content.body.strip()}
    return any(_same(one.strip(), caption) for one in said for caption in captions)


def _same(shown: str, caption: str) -> bool:
    shown = shown.removesuffix("...").removesuffix("…")
    return shown == caption or (len(shown) >= CUT_DESCRIPTION and caption.startswith(shown))
