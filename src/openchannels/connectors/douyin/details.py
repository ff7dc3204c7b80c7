"""Douyin: single videos."""

import re
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id, no_such_work
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import (
    API,
    VIDEO_SCOPE,
    is_miniapp,
    is_own_answer,
    token_header,
)
from openchannels.connectors.douyin.works import WORK
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ENCRYPTED = "@"
VIDEO_ID = re.compile(f"[0-9]{{6,20}}|{ENCRYPTED}[0-9A-Za-z+/=_-]{{8,200}}")
"""The plain id of a video, or the encrypted one of videos that have no other."""


class DouyinDetails(WorkDetails):
    needs = VIDEO_SCOPE
    own_only = True

    def available(self, app: App) -> bool:
        """Returns whether the app has the scope; a mini-app always has one for it."""
        return is_miniapp(app) or VIDEO_SCOPE in app.scopes

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        video = await read_video(client, account, tokens, work_id)
        work = WORK.read(video, account)
        if work is None:
            raise client.malformed("works.read")
        return DetailedWork(work)


async def read_video(
    client: PlatformClient, account: Account, tokens: Tokens, work_id: str
) -> dict[str, Any]:
    """Returns one of the account's videos; the platform answers for no others.

    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management/douyin/search-video/video-data
    """
    check_id(client, "works.read", work_id, VIDEO_ID)
    path, token = "api/douyin/v1/video/video_data/", tokens.access_token
    if is_miniapp(client.app):
        path = "api/apps/v1/video/query/"
        token = miniapp.access_token_of(tokens, miniapp.VIDEO_SCOPE)
    kind = "item_ids" if work_id.startswith(ENCRYPTED) else "video_ids"
    answer = await client.call(
        "POST",
        f"{API}/{path}",
        operation="works.read",
        idempotent=True,
        params={"open_id": account.uid},
        headers=token_header(token),
        json_body={kind: [work_id]},
    )
    videos = rows_at(
        client,
        "works.read",
        answer,
        "data.list|data.data.list",
        optional=is_own_answer(answer),
    )
    if not videos:
        raise no_such_work(client, "works.read", http_status=200)
    return videos[0]
