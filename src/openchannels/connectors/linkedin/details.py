"""LinkedIn: reading one post by its id."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.linkedin.api import fetch_when_known, get_json
from openchannels.connectors.linkedin.posts import WORK
from openchannels.connectors.linkedin.works import require_organization, with_counts
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

OPERATION = "works.read"
WORK_ID = re.compile("urn:li:(?:share|ugcPost):[0-9]{1,32}")
# A draft is shown to its author only.
PARAMS: Params = {"viewContext": "AUTHOR"}


class LinkedInDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches a post by one call, its counts and its picture by one call each.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
        """
        require_organization(client, account, OPERATION)
        check_id(client, OPERATION, work_id, WORK_ID)
        path = f"rest/posts/{quote(work_id, safe='')}"

        async def fetch() -> Any:
            return await get_json(client, tokens, path, OPERATION, PARAMS)

        post = await fetch_when_known(client, account, fetch)
        text_at(client, OPERATION, post, "id")
        author = text(dig(post, "author"))
        own = author == account.uid
        [item] = await with_counts(client, account, tokens, [post], own=own)
        work = WORK.read(item, account)
        if work is None:
            raise client.malformed(OPERATION)
        name = account.nickname if own else None
        return DetailedWork(replace(work, author_uid=author, author_name=name), author)
