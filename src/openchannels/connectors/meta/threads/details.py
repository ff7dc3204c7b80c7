"""Threads: reading one post by its id."""

import re
from functools import partial
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.meta.details import OPERATION, detailed, read_with_insights
from openchannels.connectors.meta.insights import OMITTED, SEPARATE
from openchannels.connectors.meta.threads.api import get_json
from openchannels.connectors.meta.threads.works import (
    EXPANSION,
    WORK,
    fields_of_posts,
    insights_mode,
    is_insights_failure,
    post_insights,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.platform_client import PlatformClient

WORK_ID = re.compile("[0-9]{1,32}")


class ThreadsDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one post by one call, or two where its insights do not come with it.

        https://developers.facebook.com/docs/threads/retrieve-posts
        """
        check_id(client, OPERATION, work_id, WORK_ID)

        async def read(inline: bool) -> Any:
            parts = fields_of_posts(client, inline=inline)
            return await get_json(client, tokens, work_id, OPERATION, **parts)

        def fallback(failure: PlatformFailure) -> str | None:
            if not is_insights_failure(failure, client.cache.get(EXPANSION)):
                return None
            return OMITTED if failure.kind is FailureKind.PERMISSION else SEPARATE

        mode = insights_mode(client, account, tokens)
        ask = partial(post_insights, client, tokens)
        post = await read_with_insights(work_id, mode, read, ask, fallback)
        return detailed(client, account, post, WORK, "owner.id", "username")
