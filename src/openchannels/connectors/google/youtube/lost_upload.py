"""YouTube: finding an upload whose session is gone, in the channel's list of uploads."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import count, dig, moment
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.google.youtube.api import API, is_listing
from openchannels.connectors.google.youtube.works import uploads_params, video_id
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import NotPublished, Undecided
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

LOOK = "publish.look"
CLOCKS_DIFFER = 120.0
SHOWN_SECONDS = 1800.0
"""After this time an upload that is not in the list has not been made."""


async def find_upload(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job, size: int, filename: str
) -> dict[str, Any] | NotPublished | Undecided:
    """Returns the one video that is this upload, or what its absence means.

    Several that look alike, and one of which YouTube does not tell the file, are for a person.
    """
    started = float(job.state["started_at"])
    alike = [
        video
        for video in await _newest(client, account, tokens)
        if video.get("id") not in job.taken_work_ids
        and dig(video, "snippet", "title") == job.content.title
        and (moment(dig(video, "snippet", "publishedAt")) or 0.0) >= started - CLOCKS_DIFFER
    ]
    ours = [video for video in alike if _is_file(video, size, filename)]
    if len(ours) == 1:
        return ours[0]
    if ours or any(not dig(video, "fileDetails") for video in alike):
        return Undecided(300.0)
    old = job.now - started
    return NotPublished(restart=True) if old > SHOWN_SECONDS else Undecided(SHOWN_SECONDS - old + 1)


def _is_file(video: Mapping[str, Any], size: int, filename: str) -> bool:
    file = dig(video, "fileDetails")
    return dig(file, "fileName") == filename or count(dig(file, "fileSize")) == size


async def _newest(client: PlatformClient, account: Account, tokens: Tokens) -> list[dict[str, Any]]:
    """The newest uploads of the channel, with what is known of their files."""
    try:
        listed = await client.get(
            f"{API}/playlistItems",
            operation=LOOK,
            params={**uploads_params(account), "maxResults": 50},
            headers=bearer(tokens),
        )
    except PlatformFailure as failure:
        # The list of a channel without videos may not exist.
        if failure.reading.code == "playlistNotFound":
            return []
        raise
    ids = ",".join(filter(None, map(video_id, _items(client, listed))))
    if not ids:
        return []
    answer = await client.get(
        f"{API}/videos",
        operation=LOOK,
        params={"part": "snippet,status,fileDetails", "id": ids},
        headers=bearer(tokens),
    )
    videos = _items(client, answer)
    return [{**video, "id": text_at(client, LOOK, video, "id")} for video in videos]


def _items(client: PlatformClient, answer: Any) -> list[dict[str, Any]]:
    return rows_at(client, LOOK, answer, "items", optional=is_listing(answer))
