"""TikTok: single videos."""

import re
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id, no_such_work
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.works import VIDEO_FIELDS, WORK
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

VIDEO_ID = re.compile("[0-9]{6,20}")


def is_query_answer(answer: Any) -> bool:
    """Returns whether an answer without a list means that no video was found."""
    return dig(answer, "error", "code") == "ok" and isinstance(dig(answer, "data"), dict)


class TikTokDetails(WorkDetails):
    own_only = True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one video; the platform leaves out others' and such as are not public.

        https://developers.tiktok.com/doc/tiktok-api-v2-video-query
        """
        check_id(client, "works.read", work_id, VIDEO_ID)
        answer = await client.call(
            "POST",
            f"{API}/video/query/",
            operation="works.read",
            idempotent=True,
            params={"fields": VIDEO_FIELDS},
            headers=bearer(tokens),
            json_body={"filters": {"video_ids": [work_id]}},
        )
        optional = is_query_answer(answer)
        videos = rows_at(client, "works.read", answer, "data.videos", optional=optional)
        for video in videos:
            work = WORK.read(video, account)
            if work is not None and text(video["id"]) == work_id:
                return DetailedWork(work)
        raise no_such_work(client, "works.read", http_status=200)
