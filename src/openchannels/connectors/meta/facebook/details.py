"""Facebook: reading one post or video by its id."""

import re
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id, no_such_work
from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.parse import dig
from openchannels.connectors.meta.details import OPERATION, detailed
from openchannels.connectors.meta.facebook.works import (
    WORK,
    post_fields,
    read_url,
    with_accepted_metrics,
)
from openchannels.connectors.meta.graph import graph_get
from openchannels.connectors.meta.insights import insight_values
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_client import PlatformClient

POST_ID, VIDEO_ID = re.compile("[0-9]{1,32}_[0-9]{1,32}"), re.compile("[0-9]{1,32}")
# https://developers.facebook.com/docs/graph-api/reference/video
VIDEO_FIELDS = (
    "id,title,description,created_time,permalink_url,picture,published,status,views,from{id,name}"
)
STATES = {
    **dict.fromkeys(("uploading", "upload_complete", "processing"), WorkStatus.PROCESSING),
    **dict.fromkeys(("error", "expired", "upload_failed"), WorkStatus.FAILED),
}


def read_video_status(video: Any) -> WorkStatus:
    live = WorkStatus.DRAFT if dig(video, "published") is False else WorkStatus.PUBLISHED
    return STATES.get(str(dig(video, "status", "video_status")), live)


# A video that is asked for by its own id, not by that of its post, has none of a post's metrics.
VIDEO = WorkMap(
    {
        "id": "id",
        "mode": ContentMode.VIDEO,
        "title": "title",
        "description": "description",
        "url": read_url,
        "cover_url": "picture",
        "published_at": "created_time",
        "status": read_video_status,
    },
    metrics={"plays": "views"},
)


class FacebookDetails(WorkDetails):
    """Reads posts, whose id begins with that of the Page, and videos."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        if VIDEO_ID.fullmatch(work_id):
            item, work_map = await self._video(client, tokens, work_id), VIDEO
        else:
            check_id(client, OPERATION, work_id, POST_ID)
            item, work_map = await self._post(client, account, tokens, work_id), WORK
        return detailed(client, account, item, work_map, "from.id", "from.name")

    async def _post(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> Any:
        async def read(metrics: tuple[str, ...]) -> Any:
            fields = {"fields": post_fields(metrics)}
            return await graph_get(client, work_id, tokens.access_token, OPERATION, fields)

        # What is refused of another Page's post says nothing of the own ones.
        post = await with_accepted_metrics(client, account, tokens, read, remember=False)
        return {**post, "numbers": insight_values(post)}

    async def _video(self, client: PlatformClient, tokens: Tokens, work_id: str) -> Any:
        fields = {"fields": VIDEO_FIELDS}
        try:
            return await graph_get(client, work_id, tokens.access_token, OPERATION, fields)
        except PlatformFailure as failure:
            # The object of this number is no video: it has not these fields.
            if failure.kind is FailureKind.INVALID:
                raise no_such_work(client, OPERATION, http_status=failure.http_status) from failure
            raise
