"""Instagram: reading one work by its id."""

import re
from functools import partial
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.meta.details import OPERATION, detailed, read_with_insights
from openchannels.connectors.meta.failures import WORK_WITHOUT_INSIGHTS
from openchannels.connectors.meta.insights import INLINE, OMITTED
from openchannels.connectors.meta.instagram.api import get_json
from openchannels.connectors.meta.instagram.works import (
    WORK,
    fallback_mode,
    insights_cache_key,
    may_have_insights,
    media_fields,
    media_insights,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.core.platform_errors import PlatformFailure
from openchannels.transport.platform_client import PlatformClient

WORK_ID = re.compile("[0-9]{1,32}")


class InstagramDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one work by one call, or two where its insights do not come with it."""
        check_id(client, OPERATION, work_id, WORK_ID)

        async def read(inline: bool) -> Any:
            fields = {"fields": media_fields(tokens, inline=inline)}
            return await get_json(client, tokens, work_id, OPERATION, fields)

        known = client.cache.get(insights_cache_key(account)) or INLINE
        mode = known if may_have_insights(tokens) else OMITTED
        ask = partial(media_insights, client, tokens)
        media = await read_with_insights(work_id, mode, read, ask, fallback_of_one)
        return detailed(client, account, media, WORK, "owner.id", "username")


def fallback_of_one(failure: PlatformFailure) -> str | None:
    """Returns the mode in which to read one work after a refusal; None if the work is refused."""
    if failure.reading.detail == WORK_WITHOUT_INSIGHTS:
        return OMITTED
    return fallback_mode(failure)
