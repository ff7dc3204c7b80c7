"""KWAI: single videos."""

import re
from dataclasses import replace

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.base.shapes import object_at
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.kwai.api import get_json
from openchannels.connectors.kwai.works import WORK
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.transport.platform_client import PlatformClient

VIDEO_ID = re.compile("[0-9A-Za-z_-]{5,32}")
# The platform does not say whether it answers for other people's videos, nor whose a video is.
VIDEO = replace(
    WORK,
    fields={name: source for name, source in WORK.fields.items() if name not in BY_ACCOUNT},
)


class KwaiDetails(WorkDetails):
    proves_owner = False

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one video.

        https://open.kuaishou.com/platformDocs/develop/web-app.html
        """
        check_id(client, "works.read", work_id, VIDEO_ID)
        answer = await get_json(
            client, tokens, "openapi/photo/info", "works.read", photo_id=work_id
        )
        work = VIDEO.read(object_at(client, "works.read", answer, "video_info"))
        if work is None:
            raise client.malformed("works.read")
        return DetailedWork(work)
